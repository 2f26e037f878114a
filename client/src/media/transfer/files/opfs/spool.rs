//! Sealed files: written from what the browser has, and read where they lie.

use super::{Part, Source};
use crate::media::seal::{SealError, Sealed, Sealer, seal};
use crate::media::transfer::stream::Reader;
use crate::opfs::{Directory, Handle, float, io_error};
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use wasm_bindgen::JsValue;
use web_sys::Blob;
use zeroize::Zeroizing;

/// Seals a file into another.
pub(super) async fn seal_into(
    folder: &Directory,
    name: &str,
    from: &Source,
) -> Result<Sealed, SealError> {
    let spool = folder.create(name).await;
    let mut spool = spool.map_err(SealError::Write)?;
    spool.cut(0).map_err(SealError::Write)?;
    let sealed = match from {
        Source::Blob(blob) => seal_blob(blob, &mut spool).await?,
        Source::Bytes(bytes) => seal(&mut bytes.as_ref(), &mut spool)?,
    };
    spool.sync().map_err(SealError::Write)?;
    Ok(sealed)
}

/// Finds some of the bytes of a file.
pub(super) async fn part(folder: &Directory, name: &str, bytes: Range<u64>) -> io::Result<Part> {
    let spool = folder.file(name).await?;
    let (from, to) = (float(bytes.start), float(bytes.end));
    // Found out while it is sent it would look like a network that fails.
    if spool.size() < to {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let part = spool.slice_with_f64_and_f64(from, to);
    part.map_err(|error| io_error(&error))
}

/// Seals piece by piece; others have their turn while one is read.
async fn seal_blob(blob: &Blob, spool: &mut Handle) -> Result<Sealed, SealError> {
    let unread = |error: JsValue| SealError::Read(io_error(&error));
    let mut sealer = Sealer::new()?;
    let mut reader = Reader::new(&blob.stream()).map_err(unread)?;
    while let Some(piece) = reader.next().await.map_err(unread)? {
        let piece = Zeroizing::new(piece);
        sealer.push(&piece, |sealed| spool.write_all(sealed))?;
    }
    sealer.finish(|sealed| spool.write_all(sealed))
}

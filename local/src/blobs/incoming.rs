//! A body on its way into the store: counted and hashed while it comes, and gone unless it is kept.

use super::PutError;
use super::store::off_the_runtime;
use bytes::Bytes;
use futures_util::future::try_join;
use futures_util::{Stream, StreamExt};
use heliograph_domain::ports::Body;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

/// How long a client may send nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// A name for a file, which is removed when this goes, or for a folder: what is to stay has another name
/// by then.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Temporary {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left here is found at the next start.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes a body into a file behind `offset` bytes, if it is exactly the one that was said. Each piece is
/// hashed and written while the next one comes.
///
/// # Errors
/// [`PutError`]; what has been written goes with the file.
pub(super) async fn receive<S, E>(
    to: &Temporary,
    offset: u64,
    stream: S,
    body: &Body,
) -> Result<File, PutError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut stream = pin!(stream);
    let mut next = async || match tokio::time::timeout(IDLE_TIMEOUT, stream.next()).await {
        Ok(piece) => piece.transpose().map_err(|_| PutError::Length),
        Err(_) => Err(PutError::Length),
    };
    let mut written = Written::new(to, offset)?;
    let mut left = body.bytes;
    let mut come = next().await?;
    while let Some(piece) = come {
        let bytes = u64::try_from(piece.len()).map_err(io::Error::other)?;
        left = left.checked_sub(bytes).ok_or(PutError::Length)?;
        let with_it = off_the_runtime(move || Ok::<_, PutError>(written.with(&piece)?));
        (written, come) = try_join(with_it, next()).await?;
    }
    match written.hash.finalize()[..] == body.sha256 {
        _ if left > 0 => Err(PutError::Length),
        false => Err(PutError::Hash),
        true => Ok(written.file),
    }
}

/// What has been written, and its hash.
struct Written {
    file: File,
    hash: Sha256,
}

impl Written {
    fn new(to: &Temporary, offset: u64) -> io::Result<Self> {
        let mut file = File::create(to.path())?;
        file.seek(SeekFrom::Start(offset))?;
        let hash = Sha256::new();
        Ok(Self { file, hash })
    }

    fn with(mut self, piece: &[u8]) -> io::Result<Self> {
        self.hash.update(piece);
        self.file.write_all(piece)?;
        Ok(self)
    }
}

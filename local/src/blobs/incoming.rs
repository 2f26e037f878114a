//! A body on its way into the store: counted and hashed while it comes, and gone unless it is kept.

use super::PutError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use heliograph_domain::ports::Body;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt, BufWriter};

/// How much is written at a time, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;
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

/// Writes a body into a file behind `offset` bytes, if it is exactly the one that was said.
///
/// # Errors
/// [`PutError`]; what has been written goes with the file.
pub(super) async fn receive<S, E>(
    to: &Temporary,
    offset: u64,
    stream: S,
    body: &Body,
) -> Result<std::fs::File, PutError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut file = File::create(to.path()).await?;
    file.seek(SeekFrom::Start(offset)).await?;
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
    let (mut hash, mut left) = (Sha256::new(), body.bytes);
    let mut stream = pin!(stream);
    loop {
        let next = tokio::time::timeout(IDLE_TIMEOUT, stream.next()).await;
        let next = next.map_err(|_| PutError::Length)?;
        let Some(chunk) = next else { break };
        let chunk = chunk.map_err(|_| PutError::Length)?;
        let bytes = u64::try_from(chunk.len()).map_err(io::Error::other)?;
        left = left.checked_sub(bytes).ok_or(PutError::Length)?;
        hash.update(&chunk);
        file.write_all(&chunk).await?;
    }
    if left > 0 {
        return Err(PutError::Length);
    }
    if hash.finalize()[..] != body.sha256 {
        return Err(PutError::Hash);
    }
    file.flush().await?;
    Ok(file.into_inner().into_std().await)
}

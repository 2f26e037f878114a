//! Where transfers are noted and files lie on their way: natively a folder, in a browser its memory.
//!
//! Both have the same functions, none of which waits for anything but the disk; natively they are called
//! [off the runtime](off_the_runtime).

#[cfg(not(target_arch = "wasm32"))]
mod folder;
#[cfg(any(target_arch = "wasm32", test))]
mod memory;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use folder::{Folder as Files, Part, PartialFile};
#[cfg(target_arch = "wasm32")]
pub(super) use memory::{Memory as Files, Part, PartialFile};

use bytes::Bytes;
use std::path::PathBuf;

/// Is a file that is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// One on the disk; not in browsers.
    File(PathBuf),
    /// One in memory, as a [photo](crate::media::image::Photo) is.
    Bytes(Bytes),
}

impl std::fmt::Debug for Source {
    /// Hides which.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

/// Runs what reads or writes the disk, or takes long, where it keeps nobody waiting.
#[cfg(not(target_arch = "wasm32"))]
pub(super) async fn off_the_runtime<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<std::io::Error> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
}

/// Runs it here: there is nowhere else.
#[cfg(target_arch = "wasm32")]
pub(super) async fn off_the_runtime<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    std::future::ready(work()).await
}

//! Natively: tokio.

use std::future::pending;
use std::io;
use std::panic::resume_unwind;
use tokio::task::{AbortHandle, spawn_blocking};

/// Runs something beside everything else, to its end.
pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

/// Is something that runs beside everything else, until this is dropped.
pub(crate) struct Task(AbortHandle);

impl Task {
    pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs what waits for the disk, or takes long, off the runtime's threads.
pub(crate) async fn off_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime ends.
        Err(_) => pending().await,
    }
}

/// Does it all, also where nobody waits for it any more.
pub(crate) async fn to_its_end<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
{
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

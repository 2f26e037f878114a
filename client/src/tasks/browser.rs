//! In a browser: the event loop of a worker, which is its only thread.

use futures_channel::oneshot;
use futures_util::future::{AbortHandle, abortable};
use std::future::ready;
use std::io;
use wasm_bindgen_futures::spawn_local;

/// Runs something beside everything else, to its end.
pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) {
    spawn_local(work);
}

/// Is something that runs beside everything else, until this is dropped.
pub(crate) struct Task(AbortHandle);

impl Task {
    pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) -> Self {
        let (work, handle) = abortable(work);
        spawn_local(async move { _ = work.await });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs it here: there is nowhere else.
pub(crate) async fn off_runtime<T>(work: impl FnOnce() -> T) -> T {
    ready(work()).await
}

/// Does it all, also where nobody waits for it any more: what a browser opens for who is gone would else
/// stay open.
pub(crate) async fn to_its_end<T, E>(
    work: impl Future<Output = Result<T, E>> + 'static,
) -> Result<T, E>
where
    T: 'static,
    E: From<io::Error> + 'static,
{
    let (done, doing) = oneshot::channel();
    // Who is gone wants nothing; what was opened closes then.
    spawn_local(async move { _ = done.send(work.await) });
    doing
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

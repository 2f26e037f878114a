//! What runs beside what: in a browser there is one thread.

use futures_channel::oneshot;
use std::io;
use wasm_bindgen_futures::spawn_local;

/// Runs it here: there is nowhere else.
pub(in crate::media::transfer) async fn off_the_runtime<T, E>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    std::future::ready(work()).await
}

/// Does it all, also where nobody waits for it any more: what a browser opens for who is gone would else
/// stay open.
pub(in crate::media::transfer) async fn to_its_end<T, E>(
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

//! One open socket: reads frames, writes what waits, ends it by the rules of protocol §2.

use super::dispatch::{Identity, dispatch, event};
use super::outbox::{Close, Outbox};
use crate::server::Server;
use futures_util::{FutureExt, SinkExt, StreamExt};
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// A socket without frames from its client is closed after this (API Gateway quotas).
const IDLE: Duration = Duration::from_secs(10 * 60);
/// A socket is closed after this, whatever happens on it (API Gateway quotas).
const LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// How long a write may wait for a client that does not read.
const STALL: Duration = Duration::from_secs(10);
/// A socket with writes closer together than this is busy.
const BUSY: Duration = Duration::from_millis(5);
/// How many frames of one socket are worked on at a time; the next one is not read until then.
const FRAMES_AT_ONCE: usize = 32;
/// 10 KB a socket instead of tungstenite's 135 KB.
const READ_BUFFER_BYTES: usize = 4096;

/// A socket that was let in.
pub(super) struct Connection {
    pub(super) server: Arc<Server>,
    pub(super) identity: Arc<Identity>,
    pub(super) outbox: Arc<Outbox>,
}

type Socket = WebSocketStream<TcpStream>;

impl Connection {
    /// Serves the socket until it ends, and says so to `$disconnect`.
    pub(super) async fn run(self, stream: TcpStream, read: Vec<u8>) {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let mut socket =
            WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await;
        let code = self.serve(&mut socket).await;
        self.server.hub.forget(&self.identity.id);
        // In a box, so that every open socket does not keep room for its end.
        let end = async {
            if let Some(code) = code {
                let _ = timeout(STALL, close(&mut socket, code)).await;
            }
            self.disconnected().await;
        };
        Box::pin(end).await;
    }

    /// Serves the socket; the close code to end it with, or `None` when the client has ended it.
    async fn serve(&self, socket: &mut Socket) -> Option<CloseCode> {
        let end_of_life = Instant::now() + LIFE;
        let mut last_frame = Instant::now();
        let mut last_write = last_frame;
        // Set anew when it rings, not with every frame.
        let mut alarm = std::pin::pin!(tokio::time::sleep(IDLE));
        let in_work = Arc::new(Semaphore::new(FRAMES_AT_ONCE));
        loop {
            let may_read = in_work.available_permits() > 0;
            tokio::select! {
                message = socket.next(), if may_read => {
                    match message? {
                        Ok(Message::Text(text)) => self.take(text.as_str().to_owned(), &in_work),
                        Ok(Message::Binary(_)) => return Some(CloseCode::Unsupported),
                        Ok(Message::Close(_)) => {
                            // Forgotten first: a client that has its answer may be back at once, and
                            // nothing is to be posted to its old socket then.
                            self.server.hub.forget(&self.identity.id);
                            let _ = timeout(STALL, socket.flush()).await;
                            return None;
                        }
                        Ok(_) => {}
                        Err(error) => return close_code(&error),
                    }
                    last_frame = Instant::now();
                }
                () = self.outbox.changed() => {
                    // A socket that was just written to is busy, and whatever else is due now may
                    // have more for it: one write for all of it.
                    if last_write.elapsed() < BUSY {
                        tokio::task::yield_now().await;
                    }
                    last_write = Instant::now();
                }
                () = &mut alarm => {
                    let end = end_of_life.min(last_frame + IDLE);
                    if end <= Instant::now() {
                        return Some(CloseCode::Away);
                    }
                    alarm.as_mut().reset(end);
                }
            }
            if let Some(end) = self.write(socket).await {
                return end;
            }
        }
    }

    /// Works on a frame beside the others of its socket.
    ///
    /// Its function is begun here and now, so that what a client sends in order is queued to the
    /// store in order; only what has to wait goes on in a task of its own.
    fn take(&self, body: String, in_work: &Arc<Semaphore>) {
        let Ok(permit) = in_work.clone().try_acquire_owned() else {
            return;
        };
        let outbox = self.outbox.clone();
        let work = dispatch(self.server.clone(), self.identity.clone(), outbox, body);
        let mut work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(work);
        if work.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(()) {
            return;
        }
        let outbox = self.outbox.clone();
        self.server.tasks.spawn(work.map(move |()| {
            drop(permit);
            outbox.wake();
        }));
    }

    /// Writes what waits; `Some` when the socket is to end.
    async fn write(&self, socket: &mut Socket) -> Option<Option<CloseCode>> {
        let (frames, closing) = self.outbox.take();
        if !frames.is_empty() && write_all(socket, frames).await.is_err() {
            return Some(None);
        }
        closing.map(|why| match why {
            Close::Asked => Some(CloseCode::Normal),
            Close::GoingAway => Some(CloseCode::Away),
            Close::Slow => None,
        })
    }

    /// Ends a connection whose client went away during the handshake.
    pub(super) async fn never_opened(self) {
        self.server.hub.forget(&self.identity.id);
        self.disconnected().await;
    }

    async fn disconnected(&self) {
        if self
            .server
            .dice
            .roll(self.server.dice.faults.lose_disconnect)
        {
            return;
        }
        let cx = self.server.app.context();
        let event = event(&self.server, &self.identity, "$disconnect", None);
        heliograph_disconnect::handle(&self.server.app, &cx, event).await;
        self.server.metrics.invoked("$disconnect", &cx);
    }
}

/// Writes frames; a client that takes none of it for a while has stalled, one that reads slowly has
/// not.
async fn write_all(socket: &mut Socket, frames: Vec<String>) -> Result<(), Stalled> {
    for json in frames {
        let feed = socket.feed(Message::text(json));
        timeout(STALL, feed)
            .await
            .map_err(|_| Stalled)?
            .map_err(|_| Stalled)?;
    }
    timeout(STALL, socket.flush())
        .await
        .map_err(|_| Stalled)?
        .map_err(|_| Stalled)
}

/// A client that does not read, or is gone.
struct Stalled;

/// Says why the socket ends, and reads on until its client has closed it too: what comes in and is
/// not read would make the system reset the connection, and the client would not see why.
async fn close(socket: &mut Socket, code: CloseCode) -> io::Result<()> {
    let reason = "".into();
    let _ = socket.close(Some(CloseFrame { code, reason })).await;
    while let Some(Ok(_)) = socket.next().await {}
    let stream = socket.get_mut();
    stream.shutdown().await?;
    tokio::io::copy(stream, &mut tokio::io::sink()).await?;
    Ok(())
}

/// The close code for a socket that cannot be read on.
fn close_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Some(CloseCode::Size),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Protocol(_) => Some(CloseCode::Protocol),
        _ => None,
    }
}

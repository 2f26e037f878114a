//! Sockets natively: tokio, rustls, tungstenite.

mod dial;

use super::driver::Report;
use crate::connection::SocketEvent;
use crate::tasks::spawn;
use dial::dial;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::{Either, select};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, Stream, StreamExt};
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, RETRY_AFTER};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// 8 KB a socket instead of tungstenite's 256 KB; a phone has one, a test thousands.
const BUFFER_BYTES: usize = 4096;
/// How long a server may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Is a socket; dropping it closes it.
pub(super) struct Link(UnboundedSender<String>);

impl Link {
    /// Begins to open one, and reports what comes of it.
    pub(super) fn open(url: &str, token: String, report: Report) -> Self {
        let (texts, mut taken) = unbounded();
        let url = url.to_owned();
        spawn(async move {
            // Nothing is sent before it is open, so what comes here is the end.
            let opening = pin!(open(&url, &token));
            let opened = match select(opening, taken.next()).await {
                Either::Left((opened, _)) => opened,
                Either::Right(_) => return,
            };
            match opened {
                Ok(socket) => {
                    report.tell(SocketEvent::Opened);
                    run(socket, taken, &report).await;
                }
                Err(refused) => report.tell(refused),
            }
        });
        Self(texts)
    }

    /// Sends a text, unless the socket has ended.
    pub(super) fn send(&self, text: String) {
        _ = self.0.unbounded_send(text);
    }
}

type Socket = WebSocketStream<Box<dyn Bytes>>;

/// Is a stream of bytes, with TLS or without.
trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

async fn open(url: &str, token: &str) -> Result<Socket, SocketEvent> {
    let (uri, stream) = dial(url).await.map_err(|_| SocketEvent::Unreachable)?;
    let request = ClientRequestBuilder::new(uri)
        .with_header(AUTHORIZATION.as_str(), format!("Bearer {token}"));
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX));
    let opened = client_async_with_config(request, stream, Some(config)).await;
    let opened = opened.map(|(socket, _)| socket);
    opened.map_err(|error| match error {
        Error::Http(answer) => SocketEvent::Refused {
            status: Some(answer.status().as_u16()),
            retry_after_ms: retry_after_ms(&answer),
        },
        _ => SocketEvent::Unreachable,
    })
}

/// Reads the seconds of a `Retry-After`.
fn retry_after_ms<T>(answer: &Response<T>) -> Option<u64> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    Some(seconds.parse::<u64>().ok()?.saturating_mul(1_000))
}

/// Reads and writes beside each other, until one of them ends.
async fn run(socket: Socket, texts: UnboundedReceiver<String>, report: &Report) {
    let (mut sink, mut stream) = socket.split();
    let ended = {
        let reads = pin!(read(&mut stream, report));
        let writes = pin!(write(&mut sink, texts));
        match select(reads, writes).await {
            Either::Left((code, _)) => Some(code),
            // What the server has said last may still be there to be read.
            Either::Right((Err(Broken), reads)) => {
                Some(timeout(CLOSE_TIMEOUT, reads).await.unwrap_or(None))
            }
            Either::Right((Ok(()), _)) => None,
        }
    };
    match ended {
        Some(code) => report.tell(SocketEvent::Closed { code }),
        None => {
            let closing = async {
                _ = sink.close().await;
                while let Some(Ok(_)) = stream.next().await {}
            };
            _ = timeout(CLOSE_TIMEOUT, closing).await;
        }
    }
}

/// Reads until the socket is closed: by which code, if there is one.
async fn read(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    report: &Report,
) -> Option<u16> {
    while let Some(message) = stream.next().await {
        match message {
            Ok(Message::Text(text)) => report.tell(SocketEvent::Text(text.as_str().to_owned())),
            Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
    None
}

/// The socket takes nothing any more.
struct Broken;

/// Writes until nobody has anything to say any more.
async fn write(
    sink: &mut SplitSink<Socket, Message>,
    mut texts: UnboundedReceiver<String>,
) -> Result<(), Broken> {
    while let Some(text) = texts.next().await {
        sink.send(Message::text(text)).await.map_err(|_| Broken)?;
    }
    Ok(())
}

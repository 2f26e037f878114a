//! One client's socket.

use crate::hub::{Hub, Out};
use anyhow::{Context, Result};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

type Socket = WebSocketStream<TcpStream>;

#[derive(Deserialize)]
struct Frame<'a> {
    action: &'a str,
    #[serde(default)]
    to: &'a str,
    #[serde(default)]
    id: &'a str,
    #[serde(default)]
    body: &'a str,
}

/// Serves a client until it goes; one that does not speak the protocol is dropped.
pub(crate) async fn serve(hub: Arc<Hub>, stream: TcpStream, read_buffer: usize) {
    let Ok((user, socket)) = accept(stream, read_buffer).await else {
        return;
    };
    let (sink, mut source) = socket.split();
    let (out, queue) = unbounded_channel();
    hub.connect(&user, &out);
    let writing = tokio::spawn(write(sink, queue));
    while let Some(Ok(message)) = source.next().await {
        if let Message::Text(text) = message {
            handle(&hub, &user, &out, &text);
        }
    }
    hub.disconnect(&user, &out);
    writing.abort();
}

/// Upgrades, and reads the user from `?user=`.
async fn accept(stream: TcpStream, read_buffer: usize) -> Result<(String, Socket)> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(read_buffer);
    let mut user = None;
    #[expect(clippy::result_large_err, reason = "the library's signature")]
    let callback = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let query = request.uri().query();
        user = query
            .and_then(|q| q.strip_prefix("user="))
            .map(str::to_string);
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(stream, callback, Some(config)).await?;
    Ok((user.context("no user")?, socket))
}

/// Writes what waits in one go.
async fn write(mut sink: SplitSink<Socket, Message>, mut queue: UnboundedReceiver<Message>) {
    while let Some(message) = queue.recv().await {
        let mut next = Some(message);
        while let Some(message) = next {
            if sink.feed(message).await.is_err() {
                return;
            }
            next = queue.try_recv().ok();
        }
        if sink.flush().await.is_err() {
            return;
        }
    }
}

fn handle(hub: &Hub, user: &str, out: &Out, text: &str) {
    let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else {
        return;
    };
    match frame.action {
        "send" => hub.send(user, frame.to, frame.id, frame.body, out),
        "join" => hub.join(user, frame.to),
        "ack" => hub.ack(user, frame.id),
        "receipt" => hub.receipt(frame.to, frame.id),
        _ => {}
    }
}

//! A socket as a client has it: requests out, replies and events in.

mod devices;
mod groups;
mod handshake;
mod media;
mod people;
mod presence;
mod requests;

pub use handshake::Handshake;
pub use media::{hash, parts_of};

use crate::reply::Reply;
use futures_util::{SinkExt, StreamExt};
use heliograph_protocol::event::{Envelope, Event, Receipt};
use heliograph_protocol::frame::{ServerFrame, decode_frame};
use heliograph_protocol::groups::GroupEvent;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::people::Presence;
use heliograph_protocol::reply::{DeviceSummary, KeysUploadOk};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// An open socket of a person. What comes is kept by kind until it is asked for.
#[derive(Debug)]
pub struct Socket {
    name: String,
    patience: Duration,
    stream: WebSocketStream<TcpStream>,
    protocol: Option<String>,
    requests: u64,
    replies: Vec<Reply>,
    messages: VecDeque<Envelope>,
    receipts: VecDeque<Receipt>,
    devices: VecDeque<Vec<DeviceSummary>>,
    keys_low: VecDeque<KeysUploadOk>,
    presence: VecDeque<Presence>,
    changes: VecDeque<GroupEvent>,
    displaced: bool,
    closed: Option<Closed>,
}

/// The socket is closed, with the code that the server gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed(pub Option<u16>);

impl Socket {
    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The subprotocol that the server chose.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Waits for the next message.
    pub async fn next_message(&mut self) -> Envelope {
        let next = self.try_next_message().await;
        next.unwrap_or_else(|closed| panic!("{}: {closed:?} instead of a message", self.name))
    }

    /// Waits for the next message, or the end of the socket.
    pub async fn try_next_message(&mut self) -> Result<Envelope, Closed> {
        let end = self.deadline();
        loop {
            if let Some(message) = self.messages.pop_front() {
                return Ok(message);
            }
            self.take_one(end, "a message").await?;
        }
    }

    /// Waits for the next message for so long, or the end of the socket.
    pub async fn try_message_within(&mut self, wait: Duration) -> Result<Option<Envelope>, Closed> {
        let message = timeout(wait, self.try_next_message()).await;
        message.map_or(Ok(None), |message| message.map(Some))
    }

    /// Waits for the next receipt.
    pub async fn next_receipt(&mut self) -> Receipt {
        let end = self.deadline();
        loop {
            if let Some(receipt) = self.receipts.pop_front() {
                return receipt;
            }
            self.must_take_one(end, "a receipt").await;
        }
    }

    /// Waits for the word that the own devices have changed.
    pub async fn next_devices(&mut self) -> Vec<DeviceSummary> {
        let end = self.deadline();
        loop {
            if let Some(devices) = self.devices.pop_front() {
                return devices;
            }
            self.must_take_one(end, "its devices").await;
        }
    }

    /// Waits for the word that few one-time keys are left.
    pub async fn next_keys_low(&mut self) -> KeysUploadOk {
        let end = self.deadline();
        loop {
            if let Some(left) = self.keys_low.pop_front() {
                return left;
            }
            self.must_take_one(end, "word of its keys").await;
        }
    }

    /// Waits for the word that another socket took this one's place.
    pub async fn is_displaced(&mut self) {
        let end = self.deadline();
        while !self.displaced {
            self.must_take_one(end, "its displacement").await;
        }
    }

    /// Waits for the end of the socket.
    pub async fn is_closed(&mut self) -> Closed {
        let end = self.deadline();
        loop {
            if let Err(closed) = self.take_one(end, "its end").await {
                return closed;
            }
        }
    }

    /// The messages that have come and nobody has asked for.
    pub fn unseen(&mut self) -> Vec<Envelope> {
        self.messages.drain(..).collect()
    }

    /// The receipts that have come and nobody has asked for.
    pub fn unseen_receipts(&mut self) -> Vec<Receipt> {
        self.receipts.drain(..).collect()
    }

    /// Closes the socket, and waits until the server has closed it too.
    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
        self.is_closed().await;
    }

    /// Sends anything that a WebSocket can carry.
    pub async fn send_raw(&mut self, message: Message) -> Result<(), Closed> {
        let end = self.deadline();
        let sent = timeout_at(end, self.stream.send(message)).await;
        match sent.unwrap_or_else(|_| panic!("{}: the server does not read", self.name)) {
            Ok(()) => Ok(()),
            // What the server said last may still be there to be read.
            Err(_) => Err(self.is_closed().await),
        }
    }

    /// Waits for a reply that fits.
    async fn reply(&mut self, fits: impl Fn(&Reply) -> bool) -> Result<Reply, Closed> {
        let end = self.deadline();
        loop {
            if let Some(at) = self.replies.iter().position(&fits) {
                return Ok(self.replies.swap_remove(at));
            }
            self.take_one(end, "a reply").await?;
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    async fn must_take_one(&mut self, end: Instant, what: &str) {
        let taken = self.take_one(end, what).await;
        taken.unwrap_or_else(|closed| panic!("{}: {closed:?} instead of {what}", self.name));
    }

    /// Takes one frame and keeps what is in it. Safe to cancel.
    async fn take_one(&mut self, end: Instant, what: &str) -> Result<(), Closed> {
        if let Some(closed) = self.closed {
            return Err(closed);
        }
        let taken = timeout_at(end, self.stream.next()).await;
        let taken = taken
            .unwrap_or_else(|_| panic!("{}: waited {:?} for {what}", self.name, self.patience));
        let closed = match taken {
            Some(Ok(Message::Text(text))) => {
                self.keep(text.as_str());
                return Ok(());
            }
            Some(Ok(Message::Close(frame))) => Closed(frame.map(|frame| frame.code.into())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(other)) => panic!("{}: the server sent {other:?}", self.name),
            Some(Err(_)) | None => Closed(None),
        };
        self.closed = Some(closed);
        // Answers the server's close, so that it need not wait.
        let _ = timeout_at(end, self.stream.flush()).await;
        Err(closed)
    }

    fn keep(&mut self, text: &str) {
        // API Gateway carries no more, so no client is given more anywhere.
        assert!(
            text.len() <= FRAME_BYTES_MAX,
            "{}: {} bytes",
            self.name,
            text.len()
        );
        if text.starts_with("{\"errorMessage\":") {
            // The gateway's own words for a function that was not done in time: there is no reply to wait for.
            self.closed = Some(Closed(None));
            return;
        }
        let frame = decode_frame(text);
        match frame.unwrap_or_else(|_| panic!("{}: not of this protocol: {text}", self.name)) {
            ServerFrame::Reply { id, outcome } => self.replies.push(Reply { id, outcome }),
            ServerFrame::Event(Event::Messages(messages)) => self.messages.extend(messages),
            ServerFrame::Event(Event::Receipts(receipts)) => self.receipts.extend(receipts),
            ServerFrame::Event(Event::Devices(devices)) => self.devices.push_back(devices),
            ServerFrame::Event(Event::Presence(presence)) => self.presence.push_back(presence),
            ServerFrame::Event(Event::Group(change)) => self.changes.push_back(change),
            ServerFrame::Event(Event::KeysLow(left)) => self.keys_low.push_back(left),
            ServerFrame::Event(Event::Displaced) => self.displaced = true,
            other => panic!("{}: unexpected: {other:?}", self.name),
        }
    }
}

//! What an app is told.

use super::message::ShownMessage;
use crate::connection::SignedOut;
use crate::engine::Progress;
use crate::history::{MessageRef, Position};
use crate::media::transfer::{Event as TransferEvent, JobId};
use crate::store::messages::Status;
use futures_util::{Stream, stream};
use heliograph_protocol::groups::GroupChange;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Is something that has happened. What it is about is stored already.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// There is a connection, and what waited is here.
    Connected,
    /// There is no connection; it is tried again by itself.
    Offline {
        /// When, ms since the epoch.
        retry_at: u64,
    },
    /// A message is shown in a chat, at its place: one's own too.
    Message {
        /// The chat.
        chat: Recipient,
        /// The message.
        message: Box<ShownMessage>,
    },
    /// A message is shown otherwise: it was edited, deleted or reacted to.
    Changed {
        /// The chat.
        chat: Recipient,
        /// The message, which may not be there yet.
        message: MessageRef,
    },
    /// A message has disappeared, as its chat's timer had said.
    Gone {
        /// The chat.
        chat: Recipient,
        /// The message.
        message: MessageRef,
    },
    /// Right before a message something is missing, or is no longer.
    Gap {
        /// The chat.
        chat: Recipient,
        /// Where the message stands.
        before: Position,
        /// Whether something is missing.
        is_open: bool,
    },
    /// One's own message got further; or what was done to one, as a reaction, was refused.
    Progress {
        /// The chat.
        chat: Recipient,
        /// The message.
        message_id: MessageId,
        /// How far it got.
        status: Status,
    },
    /// A group has changed; what it is now is [known](super::Client::group) a moment later.
    Group {
        /// Which.
        group_id: GroupId,
        /// What has changed.
        change: GroupChange,
    },
    /// A chat was read on another one of this user's devices.
    Read {
        /// The chat.
        chat: Recipient,
    },
    /// Something was [set](super::Client::set) on another one of this user's devices.
    Set {
        /// What.
        name: String,
    },
    /// Somebody is writing, or no longer.
    Typing {
        /// In which chat.
        chat: Recipient,
        /// Who.
        user_id: UserId,
        /// Whether they are.
        is_typing: bool,
    },
    /// Somebody's keys are others than before: they have a new phone, a further device, or somebody between.
    /// Where they had been compared, nothing is sent to them until they are
    /// [compared](super::Client::verified) or [accepted](super::Client::accept_keys) again. Of one's own user
    /// it is a further device, which gets a copy of what is written here: one that the user knows of?
    KeysChanged {
        /// Whose.
        user_id: UserId,
    },
    /// The keys that the server hands out for somebody are not to be trusted, or it does not know them: what
    /// waits for them is tried again with the next connection.
    Unreachable {
        /// Whom.
        user_id: UserId,
    },
    /// A message came that could not be read.
    Unreadable {
        /// Who sent it.
        user_id: UserId,
    },
    /// A device was linked with what [`link_token`](super::Client::link_token) gave, and gets the contacts and what
    /// was said lately.
    Linked {
        /// Which.
        device_id: DeviceId,
    },
    /// What the device knew that has linked this one is here.
    History {
        /// How many messages that were.
        messages: usize,
    },
    /// A file is on its way, or has come to its end: one of a message, or what is handed over to a device that was
    /// linked.
    Transfer(TransferEvent),
    /// A file was put into the store, but not told of, as where this user is not in the group any more.
    NotSent {
        /// The transfer.
        id: JobId,
    },
    /// Another client is connected as this device: nothing is done until [`connect`](super::Client::connect).
    Displaced,
    /// This device has to be registered anew.
    SignedOut(SignedOut),
    /// The store failed, as where the disk is full; it is tried again.
    StoreFailed,
    /// Events were missed, as they were not taken in time: what is shown is to be read anew.
    Missed,
}

impl From<Progress> for Event {
    fn from(progress: Progress) -> Self {
        let Progress {
            chat,
            message_id,
            status,
        } = progress;
        Self::Progress {
            chat,
            message_id,
            status,
        }
    }
}

/// Are the events from a [subscription](super::Client::subscribe) on.
#[derive(Debug)]
pub struct Events(pub(super) Receiver<Event>);

impl Events {
    /// Waits for the next one; there is none once the client has ended.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(_)) => Some(Event::Missed),
            Err(RecvError::Closed) => None,
        }
    }

    /// Makes a stream of them.
    pub fn into_stream(self) -> impl Stream<Item = Event> {
        stream::unfold(self, async |mut events| {
            events.next().await.map(|event| (event, events))
        })
    }
}

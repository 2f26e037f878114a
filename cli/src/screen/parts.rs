//! What the screen is made of.

use crate::print;
use heliograph_client::client::ChatSummary;
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;

/// Is a chat as it is listed.
#[derive(Clone)]
pub(super) struct Listed {
    /// Which.
    pub(super) chat: Recipient,
    /// What the group is called; nothing of a person, nor of a group that this user has left.
    pub(super) name: Option<String>,
    /// How many messages were not read.
    pub(super) unread: u64,
    /// Who said what last.
    pub(super) last: Option<(UserId, String)>,
}

impl Listed {
    /// Takes a chat with what its group is called.
    pub(super) fn new(chat: ChatSummary, name: Option<String>) -> Self {
        Self {
            chat: chat.chat,
            name,
            unread: chat.unread,
            last: chat.last.map(|it| (it.author, print::says(&it.says))),
        }
    }

    /// Takes a chat in which nothing was said yet.
    pub(super) fn silent(chat: Recipient, name: Option<String>) -> Self {
        Self {
            chat,
            name,
            unread: 0,
            last: None,
        }
    }
}

/// Says where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// To the list of chats.
    Chats,
    /// To the messages.
    Messages,
    /// To what is being written.
    Input,
}

/// Says whether there is a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Not yet.
    Connecting,
    /// There is.
    Connected,
    /// There is none; it is tried again.
    Offline,
    /// Another client is connected as this device.
    Displaced,
    /// There will be none any more, for this reason.
    SignedOut(String),
}

/// Is something that is told at the bottom.
pub(super) struct Notice {
    /// Of which chat, whose name goes before: it may become known while it is told.
    pub(super) of: Option<Recipient>,
    /// What.
    pub(super) text: String,
    /// For how many seconds yet; a warning stays until it is seen.
    pub(super) left_s: Option<u8>,
}

/// Is what has to be read anew.
#[derive(Default)]
pub(super) struct Stale {
    /// The list of chats.
    pub(super) chats: bool,
    /// That again at the next tick: what a group is now is known a moment after it has changed.
    pub(super) chats_soon: bool,
    /// The messages of the chat that is open.
    pub(super) messages: bool,
    /// Who is in the chat that is open: they are to be told that this user is writing.
    pub(super) typing: bool,
    /// Whether others have written what is to be marked as read once it is seen.
    pub(super) to_read: bool,
}

//! What is shown of a message.

use crate::content::{Body, Content};
use crate::history::{MessageRef, Position};
use crate::store::messages::{Message, Status};
use crate::store::{StoreError, marks};
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;

/// Is a message as it is to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownMessage {
    /// Where it stands; the time is that of its id.
    pub position: Position,
    /// Who wrote it.
    pub author: UserId,
    /// How far it got.
    pub status: Status,
    /// What it says.
    pub says: Says,
    /// Who has reacted, and how.
    pub reactions: Vec<(UserId, String)>,
}

/// Is what a message says, as it is to be shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Says {
    /// This, as it was written.
    Content(Body),
    /// This text, as it was edited last.
    Edited(String),
    /// Nothing any more: its author has deleted it.
    Deleted,
    /// Something that could not be read.
    Unreadable,
}

impl Says {
    /// Gives the text, of what has one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Content(Body::Text(text)) => Some(&text.text),
            Self::Content(Body::Reply(reply)) => Some(&reply.text),
            Self::Content(Body::Media(media)) => media.caption.as_deref(),
            Self::Edited(text) => Some(text),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Says {
    /// Tells the kind, and nothing of what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Content(body) => body.fmt(f),
            Self::Edited(_) => f.write_str("Edited"),
            Self::Deleted => f.write_str("Deleted"),
            Self::Unreadable => f.write_str("Unreadable"),
        }
    }
}

impl std::fmt::Debug for ShownMessage {
    /// Tells nothing of what it says, nor of how others react.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownMessage")
            .field("position", &self.position)
            .field("author", &self.author)
            .field("status", &self.status)
            .field("says", &self.says)
            .finish_non_exhaustive()
    }
}

impl ShownMessage {
    /// Names the message.
    pub fn name(&self) -> MessageRef {
        MessageRef {
            author: self.author.clone(),
            message_id: self.position.message_id,
        }
    }

    /// Reads what was done to a message, and so what it says.
    pub(super) fn read(
        step: &Transaction<'_>,
        chat: &Recipient,
        message: Message,
    ) -> Result<Self, StoreError> {
        let marks = marks::get(step, chat, &message.name())?;
        let reactions = marks.reactions();
        let reactions = reactions.map(|(by, emoji)| (by.clone(), emoji.to_owned()));
        let reactions = reactions.collect();
        let says = match (marks.is_deleted(), marks.edited()) {
            (true, _) => Says::Deleted,
            (false, Some(text)) => Says::Edited(text.to_owned()),
            (false, None) => match Content::decode(&message.body) {
                Ok(content) => Says::Content(content.body),
                Err(_) => Says::Unreadable,
            },
        };
        Ok(Self {
            position: message.position,
            author: message.author,
            status: message.status,
            says,
            reactions,
        })
    }
}

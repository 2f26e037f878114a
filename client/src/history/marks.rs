//! What is done to a message after it was written.

use super::{Position, Register};
use heliograph_protocol::{MessageId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Names a message by its author too: an id that somebody else uses again is another message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    /// Who wrote it.
    pub author: UserId,
    /// Which of theirs.
    #[serde(with = "super::message_id")]
    pub message_id: MessageId,
}

/// Is something done to a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Mark {
    /// Its author has written it anew.
    Edit(String),
    /// Its author has deleted it, for everyone.
    Delete,
    /// Somebody has reacted, or taken that back.
    Reaction(Option<String>),
}

/// Holds all that was done to one message, in whichever order it came.
///
/// A store keeps it beside the message under its [`MessageRef`], and before the message is there: what comes
/// first waits, and is not lost. That an edit or a deletion is its author's needs no rule: what is done to a
/// message of somebody else under one's own name is done to none.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edit: Option<Register<String>>,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reactions: BTreeMap<UserId, Register<Option<String>>>,
}

impl Marks {
    /// Takes what a user has done by the message at a position; tells whether that shows.
    pub fn apply(&mut self, mark: Mark, by: &UserId, at: Position) -> bool {
        if self.is_deleted {
            return false;
        }
        match mark {
            Mark::Edit(text) => Register::set_in(&mut self.edit, text, at),
            Mark::Reaction(emoji) => self.react(emoji, by, at),
            Mark::Delete => {
                // Nothing is kept of it, and nothing can be done to it any more.
                *self = Self::default();
                self.is_deleted = true;
                true
            }
        }
    }

    fn react(&mut self, emoji: Option<String>, by: &UserId, at: Position) -> bool {
        if let Some(register) = self.reactions.get_mut(by) {
            return register.set(emoji, at);
        }
        let shows = emoji.is_some();
        self.reactions.insert(by.clone(), Register::new(emoji, at));
        shows
    }

    /// Takes what else was done, as another device knows: of each the last counts.
    pub fn merge(&mut self, others: Self) {
        if self.is_deleted || others.is_deleted {
            *self = Self::default();
            self.is_deleted = true;
            return;
        }
        Register::merge(&mut self.edit, others.edit);
        for (by, other) in others.reactions {
            let mut slot = self.reactions.remove(&by);
            Register::merge(&mut slot, Some(other));
            self.reactions.extend(slot.map(|register| (by, register)));
        }
    }

    /// Tells whether the message is deleted for everyone.
    pub fn is_deleted(&self) -> bool {
        self.is_deleted
    }

    /// Reads what the message says now, if that is something else than it said.
    pub fn edited(&self) -> Option<&str> {
        self.edit.as_ref().map(|edit| edit.value().as_str())
    }

    /// Gives who has reacted and how, one each, in the order of their ids.
    pub fn reactions(&self) -> impl Iterator<Item = (&UserId, &str)> {
        let reactions = self.reactions.iter();
        reactions.filter_map(|(by, emoji)| Some((by, emoji.value().as_deref()?)))
    }
}

impl fmt::Debug for Mark {
    /// Tells what was done, and hides what with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edit(_) => "Edit",
            Self::Delete => "Delete",
            Self::Reaction(_) => "Reaction",
        })
    }
}

impl fmt::Debug for Marks {
    /// Tells how much was done, and hides what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks")
            .field("is_edited", &self.edit.is_some())
            .field("is_deleted", &self.is_deleted)
            .field("reactions", &self.reactions.len())
            .finish()
    }
}

//! What is done to a message that was written.

use super::{Kind, hidden};
use crate::content::{EMOJI_BYTES_MAX, Field, InvalidContent, TEXT_BYTES_MAX};
use crate::history::MessageRef;
use heliograph_protocol::MessageId;
use serde::{Deserialize, Serialize};

/// Is a reaction to a message: one a user, the last counts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// What is reacted to.
    pub to: MessageRef,
    /// The emoji, 1 to [`EMOJI_BYTES_MAX`] bytes; none takes the reaction back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
}

/// Writes a message of one's own anew.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Which: one of who sends this.
    #[serde(with = "crate::history::message_id")]
    pub message_id: MessageId,
    /// What it, or its caption, says now, 1 to [`TEXT_BYTES_MAX`] bytes.
    pub text: String,
}

/// Deletes a message of one's own for everyone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// Which: one of who sends this.
    #[serde(with = "crate::history::message_id")]
    pub message_id: MessageId,
}

hidden!(Reaction, Edit, Delete);

impl Kind for Reaction {
    const NAME: &'static str = "reaction";

    fn check(&self) -> Result<(), InvalidContent> {
        let Some(emoji) = &self.emoji else {
            return Ok(());
        };
        Field::Emoji.check_some(emoji.len(), EMOJI_BYTES_MAX)
    }
}

impl Kind for Edit {
    const NAME: &'static str = "edit";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::Text.check_some(self.text.len(), TEXT_BYTES_MAX)
    }
}

impl Kind for Delete {
    const NAME: &'static str = "delete";

    fn check(&self) -> Result<(), InvalidContent> {
        Ok(())
    }
}

//! What is of this moment only, and has no place in a chat.

use super::{Kind, hidden};
use crate::content::{CALL_BYTES_MAX, Field, InvalidContent};
use heliograph_protocol::MessageId;
use serde::{Deserialize, Serialize};

/// Says that somebody is writing, or no longer. It is sent as `ephemeral` (protocol §4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typing {
    /// Whether they are.
    pub is_typing: bool,
}

/// Is a call's signalling (protocol §10). The kind is reserved: what is in it is for calls to say.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The signal, 1 to [`CALL_BYTES_MAX`] bytes.
    #[serde(with = "serde_bytes")]
    pub signal: Vec<u8>,
}

/// Asks for a message again that could not be read. Whoever is asked sends it under the same id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// Which message of theirs.
    #[serde(with = "crate::history::message_id")]
    pub message_id: MessageId,
}

hidden!(Typing, Call, Resend);

impl Kind for Typing {
    const NAME: &'static str = "typing";

    fn check(&self) -> Result<(), InvalidContent> {
        Ok(())
    }
}

impl Kind for Call {
    const NAME: &'static str = "call";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::Call.check_some(self.signal.len(), CALL_BYTES_MAX)
    }
}

impl Kind for Resend {
    const NAME: &'static str = "resend";

    fn check(&self) -> Result<(), InvalidContent> {
        Ok(())
    }
}

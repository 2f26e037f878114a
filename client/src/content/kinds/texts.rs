//! What somebody writes.

use super::{Kind, hidden};
use crate::content::{Field, InvalidContent, TEXT_BYTES_MAX};
use crate::history::MessageRef;
use serde::{Deserialize, Serialize};

/// Is a text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What it says, 1 to [`TEXT_BYTES_MAX`] bytes.
    pub text: String,
}

/// Is a text that answers a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What it answers.
    pub to: MessageRef,
    /// What it says, 1 to [`TEXT_BYTES_MAX`] bytes.
    pub text: String,
}

hidden!(Text, Reply);

impl Kind for Text {
    const NAME: &'static str = "text";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::Text.check_some(self.text.len(), TEXT_BYTES_MAX)
    }
}

impl Kind for Reply {
    const NAME: &'static str = "reply";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::Text.check_some(self.text.len(), TEXT_BYTES_MAX)
    }
}

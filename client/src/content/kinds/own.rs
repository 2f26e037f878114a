//! What a user's devices tell each other.

use super::{Kind, Media, hidden};
use crate::content::{
    Field, InvalidContent, SENT_BYTES_MAX, SETTING_BYTES_MAX, SETTING_NAME_BYTES_MAX,
};
use crate::history::Position;
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

/// Says up to where a chat was read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The chat.
    pub chat: Recipient,
    /// The last message that was read, and so were all before it. The highest counts, whichever comes last.
    pub up_to: Position,
}

/// Is a message that another one of one's own devices has sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// To whom.
    pub to: Recipient,
    /// Under which id.
    #[serde(with = "crate::history::message_id")]
    pub message_id: MessageId,
    /// What, as it was encoded, 1 to [`SENT_BYTES_MAX`] bytes. It is decoded like what comes from others.
    #[serde(with = "serde_bytes")]
    pub content: Vec<u8>,
}

/// Sets something for all of one's own devices: the last write counts
/// ([`Registers`](crate::history::Registers)).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// What, 1 to [`SETTING_NAME_BYTES_MAX`] bytes.
    pub name: String,
    /// To which value, at most [`SETTING_BYTES_MAX`] bytes; none takes it back.
    #[serde(default, with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub value: Option<Vec<u8>>,
}

/// Says that a device was linked, to the one that has linked it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// [Proves](crate::e2ee::LinkSecret::proof) that it is the one that the user has linked.
    pub proof: ByteArray<32>,
}

/// Is what a device knows of contacts and chats, to one that it has linked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The file, and in it another one, sealed.
    pub file: Media,
    /// What opens that one, [wrapped](crate::e2ee::LinkSecret::wrap).
    pub wrapped_key: ByteArray<32>,
    /// [Proves](crate::e2ee::LinkSecret::proof) that it is from the device that has linked this one.
    pub proof: ByteArray<32>,
}

hidden!(Read, Sent, Setting, Linked, History);

impl Kind for Linked {
    const NAME: &'static str = "linked";

    fn check(&self) -> Result<(), InvalidContent> {
        Ok(())
    }
}

impl Kind for History {
    const NAME: &'static str = "history";

    fn check(&self) -> Result<(), InvalidContent> {
        self.file.check()
    }
}

impl Kind for Read {
    const NAME: &'static str = "read";

    fn check(&self) -> Result<(), InvalidContent> {
        Ok(())
    }
}

impl Kind for Sent {
    const NAME: &'static str = "sent";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::Sent.check_some(self.content.len(), SENT_BYTES_MAX)
    }
}

impl Kind for Setting {
    const NAME: &'static str = "setting";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::SettingName.check_some(self.name.len(), SETTING_NAME_BYTES_MAX)?;
        let value = self.value.as_ref().map_or(0, Vec::len);
        Field::SettingValue.check(value, SETTING_BYTES_MAX)
    }
}

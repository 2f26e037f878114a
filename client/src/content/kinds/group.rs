//! What members of a group tell each other, one by one.

use super::{Kind, hidden};
use crate::content::{Field, InvalidContent, SENDER_KEY_BYTES_MAX};
use heliograph_protocol::GroupId;
use serde::{Deserialize, Serialize};

/// Gives the key to what a device will write to a group. It goes to each device of each member through
/// its own session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderKey {
    /// Which group.
    pub group_id: GroupId,
    /// What begins the ratchet, 1 to [`SENDER_KEY_BYTES_MAX`] bytes; encryption knows what is in it.
    #[serde(with = "serde_bytes")]
    pub key: Vec<u8>,
}

hidden!(SenderKey);

impl Kind for SenderKey {
    const NAME: &'static str = "sender_key";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::SenderKey.check_some(self.key.len(), SENDER_KEY_BYTES_MAX)
    }
}

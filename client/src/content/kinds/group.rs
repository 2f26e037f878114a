//! What members of a group tell each other, one by one.

use super::{Kind, hidden};
use crate::content::{DISTRIBUTION_BYTES_MAX, Field, InvalidContent};
use serde::{Deserialize, Serialize};

/// Gives the key to what a device will write to a group. It goes to each device of each member through
/// its own session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// What a sender key [distributes](crate::e2ee::group::SenderKey::distribution), 1 to
    /// [`DISTRIBUTION_BYTES_MAX`] bytes: the group and what begins the ratchet.
    #[serde(with = "serde_bytes")]
    pub key: Vec<u8>,
}

hidden!(Distribution);

impl Kind for Distribution {
    const NAME: &'static str = "sender_key";

    fn check(&self) -> Result<(), InvalidContent> {
        Field::Distribution.check_some(self.key.len(), DISTRIBUTION_BYTES_MAX)
    }
}

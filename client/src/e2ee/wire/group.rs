//! A message under a sender key.

use super::GROUP;
use serde::{Deserialize, Serialize};
use std::fmt;
use vodozemac::megolm::{MegolmMessage, SessionKey};
use zeroize::Zeroizing;

/// Is where the signing key stands in a session key.
const SIGNING_KEY_AT: usize = 1 + 4 + 128;

/// Names a sender key among those of its device: the first 16 bytes of the Ed25519 key that its messages
/// are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SenderKeyId([u8; 16]);

/// Is a Megolm message and the name of its key.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupMessage {
    key: SenderKeyId,
    message: MegolmMessage,
}

impl GroupMessage {
    pub(in crate::e2ee) fn new(key: SenderKeyId, message: MegolmMessage) -> Self {
        Self { key, message }
    }

    /// Names the sender key.
    pub fn sender_key_id(&self) -> SenderKeyId {
        self.key
    }

    pub(in crate::e2ee) fn megolm(&self) -> &MegolmMessage {
        &self.message
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (key, bytes) = bytes.split_first_chunk()?;
        let message = MegolmMessage::try_from(bytes).ok()?;
        (message.to_bytes() == bytes).then(|| Self::new(SenderKeyId(*key), message))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&[GROUP], &self.key.0[..], &self.message.to_bytes()].concat()
    }
}

impl fmt::Debug for GroupMessage {
    /// Leaves out the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupMessage")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl SenderKeyId {
    /// Names the key that is distributed: its signing key stands behind version, index and ratchet.
    pub(in crate::e2ee) fn of(key: &SessionKey) -> Self {
        let bytes = Zeroizing::new(key.to_bytes());
        let signing = bytes.get(SIGNING_KEY_AT..).and_then(<[u8]>::first_chunk);
        // A session key has 229 bytes, so the zeros are never taken.
        Self(*signing.unwrap_or(&[0; 16]))
    }

    /// Reads out the bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

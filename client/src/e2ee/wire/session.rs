//! A message of a session.

use super::SESSION;
use std::fmt;
use vodozemac::olm::Message;

/// Is the version of Olm messages whose MACs are not truncated.
const OLM_VERSION: u8 = 4;

/// Bounds by how much an Olm message of up to 2 MiB is longer than its plaintext, in bytes: version; ratchet key,
/// number and length, each with its tag; padding of AES-CBC; MAC.
pub(super) const OLM_AROUND_BYTES_MAX: usize = 1 + (2 + 32) + (1 + 10) + (1 + 3) + 16 + 32;

/// Is an Olm message: the sender's ratchet key, the number of the message in its chain, ciphertext, MAC.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionMessage(Message);

impl SessionMessage {
    pub(in crate::e2ee) fn new(message: Message) -> Self {
        Self(message)
    }

    pub(in crate::e2ee) fn olm(&self) -> &Message {
        &self.0
    }

    /// Reads a message as it stands behind the byte that says the kind.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let message = Message::try_from(bytes).ok()?;
        let is_canonical = message.version() == OLM_VERSION && message.to_bytes() == bytes;
        is_canonical.then_some(Self(message))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&[SESSION], &self.0.to_bytes()[..]].concat()
    }
}

impl fmt::Debug for SessionMessage {
    /// Leaves out all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionMessage")
    }
}

//! What a session is called.

use crate::e2ee::wire::{FirstHeader, HEADER_BYTES};
use heliograph_protocol::keys::IdentityKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Stands before what is hashed.
const TAG: &[u8] = b"heliograph-session-v1";

/// Names a session, alike on both sides: the first 16 bytes of the SHA-256 over the header of its first
/// message and the identity of whom that is for.
///
/// A first message that names a session which is there is a repetition: it is decrypted with that one,
/// and its one-time keys, which are gone, are not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId([u8; 16]);

impl SessionId {
    pub(in crate::e2ee) fn new(header: &FirstHeader, recipient: &IdentityKey) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        header.write(&mut bytes);
        let hash = Sha256::new_with_prefix(TAG);
        let hash = hash.chain_update(bytes).chain_update(recipient.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        // Of 32 bytes there are 16.
        Self(*hash.first_chunk().unwrap_or(&[0; 16]))
    }

    /// Reads out the bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

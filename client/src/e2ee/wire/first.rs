//! The first message of a session.

use super::session::OLM_AROUND_BYTES_MAX;
use super::{FIRST, SessionMessage};
use crate::e2ee::SessionId;
use crate::e2ee::kem::KEM_CIPHERTEXT_BYTES;
use heliograph_protocol::keys::{Base64Bytes, IdentityKey};
use heliograph_protocol::limits::{IDENTITY_KEY_BYTES, X25519_KEY_BYTES};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Is the length of a header in bytes.
pub(in crate::e2ee) const HEADER_BYTES: usize =
    IDENTITY_KEY_BYTES + X25519_KEY_BYTES + 4 + 1 + 4 + 4 + KEM_CIPHERTEXT_BYTES;

/// Bounds by how much the first message of a session is longer than its plaintext, in bytes.
pub(in crate::e2ee) const FIRST_AROUND_BYTES_MAX: usize = 1 + HEADER_BYTES + OLM_AROUND_BYTES_MAX;

type HeaderBytes = Base64Bytes<HEADER_BYTES>;

/// Is what PQXDH needs on the other side, in fields of fixed length:
///
/// | bytes | field |
/// |---|---|
/// | 64 | the sender's identity |
/// | 32 | its ephemeral key |
/// | 4 | `key_id` of the signed pre-key, big endian |
/// | 1 | 1 when there is a one-time pre-key, else 0 |
/// | 4 | its `key_id`, else 0 |
/// | 4 | `key_id` of the ML-KEM pre-key |
/// | 1568 | ML-KEM ciphertext |
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "HeaderBytes", try_from = "HeaderBytes")]
pub struct FirstHeader {
    pub(in crate::e2ee) identity: IdentityKey,
    pub(in crate::e2ee) ephemeral: [u8; X25519_KEY_BYTES],
    pub(in crate::e2ee) signed_prekey_id: u32,
    pub(in crate::e2ee) one_time_prekey_id: Option<u32>,
    pub(in crate::e2ee) kem_prekey_id: u32,
    pub(in crate::e2ee) kem_ciphertext: Box<[u8; KEM_CIPHERTEXT_BYTES]>,
}

/// Is the first message of a session: its header, and a message of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstMessage {
    pub(in crate::e2ee) header: FirstHeader,
    pub(in crate::e2ee) message: SessionMessage,
}

/// Reports a header that would be written otherwise.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("header is malformed")]
pub struct InvalidHeader;

impl FirstHeader {
    /// Tells who the sender says it is.
    pub fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    /// Names the signed pre-key that was used.
    pub fn signed_prekey_id(&self) -> u32 {
        self.signed_prekey_id
    }

    /// Names the one-time pre-key that was used, if one was.
    pub fn one_time_prekey_id(&self) -> Option<u32> {
        self.one_time_prekey_id
    }

    /// Names the ML-KEM pre-key that was used, a one-time or the last-resort one.
    pub fn kem_prekey_id(&self) -> u32 {
        self.kem_prekey_id
    }

    pub(in crate::e2ee) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.identity.as_bytes());
        to.extend_from_slice(&self.ephemeral);
        to.extend_from_slice(&self.signed_prekey_id.to_be_bytes());
        to.push(u8::from(self.one_time_prekey_id.is_some()));
        to.extend_from_slice(&self.one_time_prekey_id.unwrap_or(0).to_be_bytes());
        to.extend_from_slice(&self.kem_prekey_id.to_be_bytes());
        to.extend_from_slice(self.kem_ciphertext.as_slice());
    }

    /// Reads a header from the front of bytes, and gives what is behind it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (identity, rest) = bytes.split_first_chunk::<IDENTITY_KEY_BYTES>()?;
        let (ephemeral, rest) = rest.split_first_chunk()?;
        let (signed_prekey_id, rest) = rest.split_first_chunk()?;
        let ([has_one_time], rest) = rest.split_first_chunk()?;
        let (one_time_prekey_id, rest) = rest.split_first_chunk()?;
        let (kem_prekey_id, rest) = rest.split_first_chunk()?;
        let (kem_ciphertext, rest) = rest.split_first_chunk()?;
        let header = Self {
            identity: (*identity).into(),
            ephemeral: *ephemeral,
            signed_prekey_id: u32::from_be_bytes(*signed_prekey_id),
            one_time_prekey_id: match (has_one_time, u32::from_be_bytes(*one_time_prekey_id)) {
                (0, 0) => None,
                (1, id) => Some(id),
                _ => return None,
            },
            kem_prekey_id: u32::from_be_bytes(*kem_prekey_id),
            kem_ciphertext: Box::new(*kem_ciphertext),
        };
        Some((header, rest))
    }
}

impl FirstMessage {
    /// Reads out the header.
    pub fn header(&self) -> &FirstHeader {
        &self.header
    }

    /// Names the session that it begins with whom it is for; both sides name it alike.
    pub fn session_id(&self, recipient: &IdentityKey) -> SessionId {
        SessionId::new(&self.header, recipient)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (header, rest) = FirstHeader::read(bytes)?;
        let message = SessionMessage::from_bytes(rest)?;
        Some(Self { header, message })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let message = self.message.olm().to_bytes();
        let mut bytes = Vec::with_capacity(1 + HEADER_BYTES + message.len());
        bytes.push(FIRST);
        self.header.write(&mut bytes);
        bytes.extend(message);
        bytes
    }
}

impl From<FirstHeader> for HeaderBytes {
    fn from(header: FirstHeader) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        header.write(&mut bytes);
        // As long as it says, so the zeros are never taken.
        Self::try_from(bytes).unwrap_or_else(|_| [0; HEADER_BYTES].into())
    }
}

impl TryFrom<HeaderBytes> for FirstHeader {
    type Error = InvalidHeader;

    fn try_from(bytes: HeaderBytes) -> Result<Self, InvalidHeader> {
        match Self::read(bytes.as_bytes()) {
            Some((header, [])) => Ok(header),
            _ => Err(InvalidHeader),
        }
    }
}

impl fmt::Debug for FirstHeader {
    /// Shows the ids alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstHeader")
            .field("signed_prekey_id", &self.signed_prekey_id)
            .field("one_time_prekey_id", &self.one_time_prekey_id)
            .field("kem_prekey_id", &self.kem_prekey_id)
            .finish_non_exhaustive()
    }
}

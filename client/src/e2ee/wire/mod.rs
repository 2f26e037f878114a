//! Ciphertexts as they are sent: base64 without padding of a byte that says the kind, and what it says.
//!
//! | kind | then |
//! |---|---|
//! | 1, the first of a session, repeated until the peer answers | [`FirstHeader`], Olm message |
//! | 2, of a session | Olm message |
//! | 3, under a sender key | 16 bytes that name the key, Megolm message |
//!
//! Olm and Megolm messages are those of [Olm] and [Megolm], here with untruncated MACs in sessions. Each
//! ciphertext has one spelling: what would be written otherwise than it was read is refused.
//!
//! [Olm]: https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/olm.md
//! [Megolm]: https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md

mod first;
mod group;
mod session;
#[cfg(test)]
mod tests;

pub(super) use first::{FIRST_AROUND_BYTES_MAX, HEADER_BYTES};
pub use first::{FirstHeader, FirstMessage, InvalidHeader};
pub use group::{GroupMessage, SenderKeyId};
pub use session::SessionMessage;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use heliograph_protocol::limits::CONTENT_BYTES_MAX;
use std::fmt;
use std::str::FromStr;

const FIRST: u8 = 1;
const SESSION: u8 = 2;
const GROUP: u8 = 3;

/// Bounds the text of a ciphertext, in characters: the protocol counts its two quotes too.
const TEXT_CHARS_MAX: usize = CONTENT_BYTES_MAX - 2;

/// Is a ciphertext that was read, and not yet decrypted: nothing in it is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ciphertext {
    /// The first message of a session.
    First(FirstMessage),
    /// A message of a session.
    Session(SessionMessage),
    /// A message under a sender key.
    Group(GroupMessage),
}

/// Says why text is no ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCiphertext {
    /// It is longer than the protocol allows.
    #[error("ciphertext is too long")]
    TooLong,
    /// It is not base64 without padding.
    #[error("ciphertext is no base64")]
    Base64,
    /// It is of a kind that this version does not know: the sender is newer.
    #[error("ciphertext has an unknown kind {0}")]
    Kind(u8),
    /// It is empty, or what its kind says is not in it.
    #[error("ciphertext is malformed")]
    Malformed,
}

impl Ciphertext {
    /// Reads the bytes that are behind the base64.
    ///
    /// # Errors
    /// [`InvalidCiphertext::Kind`], [`InvalidCiphertext::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidCiphertext> {
        let (kind, rest) = bytes.split_first().ok_or(InvalidCiphertext::Malformed)?;
        let read = match *kind {
            FIRST => FirstMessage::from_bytes(rest).map(Self::First),
            SESSION => SessionMessage::from_bytes(rest).map(Self::Session),
            GROUP => GroupMessage::from_bytes(rest).map(Self::Group),
            kind => return Err(InvalidCiphertext::Kind(kind)),
        };
        read.ok_or(InvalidCiphertext::Malformed)
    }

    /// Writes the bytes that are to be put into base64.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::First(message) => message.to_bytes(),
            Self::Session(message) => message.to_bytes(),
            Self::Group(message) => message.to_bytes(),
        }
    }
}

impl FromStr for Ciphertext {
    type Err = InvalidCiphertext;

    fn from_str(text: &str) -> Result<Self, InvalidCiphertext> {
        if text.len() > TEXT_CHARS_MAX {
            return Err(InvalidCiphertext::TooLong);
        }
        let bytes = BASE64.decode(text).map_err(|_| InvalidCiphertext::Base64)?;
        Self::from_bytes(&bytes)
    }
}

impl fmt::Display for Ciphertext {
    /// Writes it as it is sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.to_bytes()))
    }
}

//! The key of a file.

use crate::random::{self, NoRandomness};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Opens one file: 256 random bits. It travels inside the message that tells of the file, is kept as 43
/// characters of base64, and is wiped from memory when it goes.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaKey(#[serde(with = "crate::media::base64")] [u8; 32]);

/// Reports bytes that are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a key of 32 bytes")]
pub struct InvalidKey;

impl MediaKey {
    /// Draws a key, for one sealing.
    pub(super) fn draw() -> Result<Self, NoRandomness> {
        random::bytes().map(Self)
    }

    /// Reads out the key, to be written into a message.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&[u8]> for MediaKey {
    type Error = InvalidKey;

    /// Takes the key of a file that came with a message.
    ///
    /// # Errors
    /// [`InvalidKey`] for other than 32 bytes.
    fn try_from(bytes: &[u8]) -> Result<Self, InvalidKey> {
        bytes.try_into().map(Self).map_err(|_| InvalidKey)
    }
}

impl fmt::Debug for MediaKey {
    /// Hides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_43_characters_as_json_and_back() {
        let key = MediaKey([251; 32]);
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(json.len(), 45);
        assert_eq!(serde_json::from_str::<MediaKey>(&json).unwrap(), key);
    }

    #[test]
    fn is_in_no_debug_and_no_error() {
        let key = MediaKey([251; 32]);
        assert_eq!(format!("{key:?}"), "MediaKey");
        let error = serde_json::from_str::<MediaKey>("\"secret\"").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn takes_32_bytes_only() {
        assert_eq!(MediaKey::try_from(&[1; 31][..]), Err(InvalidKey));
        assert!(MediaKey::try_from(&[1; 32][..]).is_ok());
    }

    #[test]
    fn no_two_are_the_same() {
        assert_ne!(MediaKey::draw().unwrap(), MediaKey::draw().unwrap());
    }
}

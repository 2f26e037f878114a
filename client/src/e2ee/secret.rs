//! Bytes that nobody else may see.

use crate::random::{self, NoRandomness};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Holds `N` secret bytes where they do not move, and wipes them when it goes.
///
/// Serialised it is base64 in formats for people, and the bytes themselves in others.
#[derive(Clone)]
pub(super) struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Draws bytes from the system.
    pub(super) fn draw() -> Result<Self, NoRandomness> {
        let mut secret = Self::zero();
        random::fill(secret.as_mut())?;
        Ok(secret)
    }

    /// Makes a place to write into.
    pub(super) fn zero() -> Self {
        Self(Box::new([0; N]))
    }

    /// Copies bytes; the source is the caller's to wipe.
    pub(super) fn copied(bytes: &[u8; N]) -> Self {
        let mut secret = Self::zero();
        secret.as_mut().copy_from_slice(bytes);
        secret
    }

    /// Takes bytes over.
    pub(super) fn owned(bytes: Box<[u8; N]>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    pub(super) fn as_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::copied)
    }
}

impl Secret<64> {
    /// Copies its halves.
    pub(super) fn halves(&self) -> (Secret<32>, Secret<32>) {
        let mut halves = (Secret::zero(), Secret::zero());
        halves.0.as_mut().copy_from_slice(&self.0[..32]);
        halves.1.as_mut().copy_from_slice(&self.0[32..]);
        halves
    }
}

impl<const N: usize> Drop for Secret<N> {
    /// Wipes it.
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    /// Hides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<const N: usize> Serialize for Secret<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.serialize_str(&Zeroizing::new(BASE64.encode(self.as_bytes())))
        } else {
            to.serialize_bytes(self.as_bytes())
        }
    }
}

impl<'de, const N: usize> Deserialize<'de> for Secret<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            from.deserialize_str(Bytes)
        } else {
            from.deserialize_bytes(Bytes)
        }
    }
}

struct Bytes<const N: usize>;

impl<const N: usize> Visitor<'_> for Bytes<N> {
    type Value = Secret<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} secret bytes")
    }

    // No word of the text in errors: it may be a key.
    fn visit_str<E: Error>(self, text: &str) -> Result<Secret<N>, E> {
        let bytes = BASE64.decode(text).map(Zeroizing::new).ok();
        let secret = bytes.and_then(|bytes| Secret::of(&bytes));
        secret.ok_or_else(|| E::custom("expected a secret in base64"))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Secret<N>, E> {
        Secret::of(bytes).ok_or_else(|| E::custom("expected a secret of another length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_text_in_json_and_bytes_elsewhere() {
        let secret = Secret::copied(&[251; 32]);
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(json.len(), 45);
        let back: Secret<32> = serde_json::from_str(&json).unwrap();
        assert_eq!(back.as_bytes(), &[251; 32]);
        let packed = rmp_serde::to_vec(&secret).unwrap();
        assert_eq!(packed.len(), 34);
        let back: Secret<32> = rmp_serde::from_slice(&packed).unwrap();
        assert_eq!(back.as_bytes(), &[251; 32]);
    }

    #[test]
    fn is_in_no_debug_and_no_error() {
        assert_eq!(format!("{:?}", Secret::copied(&[251; 32])), "Secret");
        for json in ["\"hidden\"", "\"c2VjcmV0\"", "7"] {
            let error = serde_json::from_str::<Secret<32>>(json).unwrap_err();
            assert!(!error.to_string().contains("hidden"), "{error}");
            assert!(!error.to_string().contains("c2Vj"), "{error}");
        }
    }

    #[test]
    fn no_two_are_the_same() {
        let (one, other) = (Secret::<32>::draw().unwrap(), Secret::draw().unwrap());
        assert_ne!(one.as_bytes(), other.as_bytes());
    }
}

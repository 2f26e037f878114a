//! ChaCha20-Poly1305 by ring, in the processor's own instructions.

use super::CipherFailed;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

/// ChaCha20-Poly1305 with a key. ring does not wipe its copy of the key.
pub(super) struct Aead(LessSafeKey);

impl Aead {
    pub(super) fn new(key: &[u8; 32]) -> Result<Self, CipherFailed> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key);
        key.map(|key| Self(LessSafeKey::new(key)))
            .map_err(|_| CipherFailed)
    }

    /// Encrypts in place and appends the tag.
    pub(super) fn seal(&self, nonce: [u8; 12], bytes: &mut Vec<u8>) -> Result<(), CipherFailed> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(nonce, Aad::empty(), bytes)
            .map_err(|_| CipherFailed)
    }

    /// Decrypts in place; the tag stays as it is.
    pub(super) fn open(&self, nonce: [u8; 12], bytes: &mut [u8]) -> Result<(), CipherFailed> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.0.open_in_place(nonce, Aad::empty(), bytes);
        opened.map(|_| ()).map_err(|_| CipherFailed)
    }
}

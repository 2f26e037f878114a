//! ChaCha20-Poly1305 in Rust, for where ring is not.

use super::{CipherFailed, TAG_BYTES};
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit, Tag};

/// ChaCha20-Poly1305 with a key, which is wiped when it goes.
pub(super) struct Aead(ChaCha20Poly1305);

impl Aead {
    #[expect(clippy::unnecessary_wraps, reason = "ring's may fail")]
    pub(super) fn new(key: &[u8; 32]) -> Result<Self, CipherFailed> {
        Ok(Self(ChaCha20Poly1305::new(key.into())))
    }

    /// Encrypts in place and appends the tag.
    pub(super) fn seal(&self, nonce: [u8; 12], bytes: &mut Vec<u8>) -> Result<(), CipherFailed> {
        self.0
            .encrypt_in_place(&nonce.into(), b"", bytes)
            .map_err(|_| CipherFailed)
    }

    /// Decrypts in place; the tag stays as it is.
    pub(super) fn open(&self, nonce: [u8; 12], bytes: &mut [u8]) -> Result<(), CipherFailed> {
        let (bytes, tag) = bytes.split_last_chunk_mut().ok_or(CipherFailed)?;
        let tag: &[u8; TAG_BYTES] = tag;
        let tag: &Tag = tag.into();
        self.0
            .decrypt_inout_detached(&nonce.into(), b"", bytes.into(), tag)
            .map_err(|_| CipherFailed)
    }
}

//! One chunk: XChaCha20-Poly1305 with the nonces of STREAM.
//!
//! XChaCha20-Poly1305 is ChaCha20-Poly1305 with a key made of the key and the nonce's first 16 bytes, and
//! with the nonce's last 8. The first 16 are the same for all chunks of a file, so that key is made
//! once; and ChaCha20-Poly1305 is everywhere: natively ring's, which is nearly twice as fast as the
//! portable one.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(target_arch = "wasm32", test))]
mod portable;

use super::layout::TAG_BYTES;
use super::{MediaKey, OpenError};
use chacha20::{R20, hchacha};
#[cfg(not(target_arch = "wasm32"))]
use native::Aead;
#[cfg(target_arch = "wasm32")]
use portable::Aead;
use zeroize::Zeroizing;

/// Stands before the counter in each nonce. A key seals one file only, so this need not be random; it
/// says what the key is for.
pub(super) const NONCE_PREFIX: &[u8; 19] = b"heliograph media v1";

/// Is the nonce's beginning, which makes the key, and the rest of the prefix.
const SPLIT: (&[u8; 16], &[u8; 3]) = match NONCE_PREFIX.split_first_chunk() {
    Some((first, rest)) => match rest.first_chunk() {
        Some(rest) => (first, rest),
        None => (&[0; 16], &[0; 3]),
    },
    None => (&[0; 16], &[0; 3]),
};

/// Reports that the cipher refused its input, as it does for none that this crate gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cipher refused its input")]
pub struct CipherFailed;

/// Seals and opens the chunks of one file.
pub(super) struct ChunkCipher(Aead);

impl ChunkCipher {
    pub(super) fn new(key: &MediaKey) -> Result<Self, CipherFailed> {
        Aead::new(&subkey(key)).map(Self)
    }

    /// Encrypts a chunk in place and appends its tag.
    pub(super) fn seal(
        &self,
        index: u32,
        is_last: bool,
        chunk: &mut Vec<u8>,
    ) -> Result<(), CipherFailed> {
        self.0.seal(nonce(index, is_last), chunk)
    }

    /// Decrypts a chunk in place and removes its tag; of one that was not sealed there with this key,
    /// nothing is left.
    pub(super) fn open(
        &self,
        index: u32,
        is_last: bool,
        chunk: &mut Vec<u8>,
    ) -> Result<(), OpenError> {
        match self.0.open(nonce(index, is_last), chunk) {
            Ok(()) => {
                chunk.truncate(chunk.len().saturating_sub(TAG_BYTES));
                Ok(())
            }
            Err(CipherFailed) => {
                chunk.clear();
                Err(OpenError::Forged(index))
            }
        }
    }
}

/// Makes the key of ChaCha20-Poly1305.
fn subkey(key: &MediaKey) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hchacha::<R20>(key.as_bytes().into(), SPLIT.0.into()).0)
}

/// Makes a chunk's nonce: four zeros, the end of the prefix, the chunk's number, whether it is the last.
fn nonce(index: u32, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..7].copy_from_slice(SPLIT.1);
    nonce[7..11].copy_from_slice(&index.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;
    use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
    use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
    use proptest::prelude::*;

    /// What the crate that STREAM comes with makes of a chunk.
    fn by_the_book(key: &MediaKey, index: u32, is_last: bool, plain: &[u8]) -> Vec<u8> {
        let aead = XChaCha20Poly1305::new(key.as_bytes().into());
        let stream = StreamBE32::from_aead(aead, NONCE_PREFIX.into());
        let mut chunk = plain.to_vec();
        stream
            .encrypt_in_place(index, is_last, b"", &mut chunk)
            .unwrap();
        chunk
    }

    proptest! {
        #[test]
        fn both_are_stream_over_xchacha20_poly1305(
            key in any::<[u8; 32]>(),
            index in any::<u32>(),
            is_last in any::<bool>(),
            plain in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let key = MediaKey::try_from(&key[..]).unwrap();
            let sealed = by_the_book(&key, index, is_last, &plain);
            let nonce = nonce(index, is_last);

            let native = Aead::new(&subkey(&key)).unwrap();
            let mut chunk = plain.clone();
            native.seal(nonce, &mut chunk).unwrap();
            prop_assert_eq!(&chunk, &sealed);
            native.open(nonce, &mut chunk).unwrap();
            prop_assert_eq!(&chunk[..plain.len()], &plain);

            let portable = portable::Aead::new(&subkey(&key)).unwrap();
            let mut chunk = plain.clone();
            portable.seal(nonce, &mut chunk).unwrap();
            prop_assert_eq!(&chunk, &sealed);
            portable.open(nonce, &mut chunk).unwrap();
            prop_assert_eq!(&chunk[..plain.len()], &plain);
        }
    }
}

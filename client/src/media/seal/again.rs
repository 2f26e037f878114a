//! What was opened, as it was sealed: so that a file which came in pieces can be hashed as a whole.

use super::cipher::ChunkCipher;
use super::{CipherFailed, MediaKey, SEALED_CHUNK_BYTES};
use zeroize::Zeroizing;

/// Makes of opened chunks what they were opened from.
///
/// What it makes is to be hashed, never sent: of a chunk that has changed since, the same key and nonce
/// would have sealed two things.
pub(in crate::media) struct Resealer {
    cipher: ChunkCipher,
    chunk: Zeroizing<Vec<u8>>,
}

impl Resealer {
    pub(in crate::media) fn new(key: &MediaKey) -> Result<Self, CipherFailed> {
        Ok(Self {
            cipher: ChunkCipher::new(key)?,
            chunk: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES)),
        })
    }

    /// Gives a chunk, counted from 0, as it was sealed.
    pub(in crate::media) fn reseal(
        &mut self,
        index: u32,
        is_last: bool,
        plain: &[u8],
    ) -> Result<&[u8], CipherFailed> {
        self.chunk.clear();
        self.chunk.extend_from_slice(plain);
        self.cipher.seal(index, is_last, &mut self.chunk)?;
        Ok(&self.chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CHUNK_BYTES, seal};
    use super::*;

    #[test]
    fn is_what_was_sealed() {
        let plain = vec![7; CHUNK_BYTES * 2 + 5];
        let mut sealed = Vec::new();
        let facts = seal(&mut &plain[..], &mut sealed).unwrap();
        let mut resealer = Resealer::new(&facts.key).unwrap();
        let mut again = Vec::new();
        for (index, chunk) in (0..).zip(plain.chunks(CHUNK_BYTES)) {
            again.extend_from_slice(resealer.reseal(index, index == 2, chunk).unwrap());
        }
        assert_eq!(again, sealed);
    }
}

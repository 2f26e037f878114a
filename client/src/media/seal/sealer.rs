//! Sealing.

use super::cipher::ChunkCipher;
use super::hashes::Hashes;
use super::{CHUNK_BYTES, MediaKey, PLAIN_BYTES_MAX, SEALED_CHUNK_BYTES, SealError};
use heliograph_protocol::media::Sha256;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use zeroize::Zeroize;

/// Seals one file, piece by piece, with a key that it draws and that seals nothing else.
///
/// It keeps one chunk, and of a file of several parts a few more that wait to be hashed as a whole on
/// another thread; it does no I/O: what is sealed goes to the `sink` that is given with the plain
/// pieces. After an error it is of no use any more, nor is what has been sealed.
pub struct Sealer {
    key: MediaKey,
    cipher: ChunkCipher,
    chunk: Vec<u8>,
    index: u32,
    plain_bytes: u64,
    sealed_bytes: u64,
    hashes: Hashes,
}

/// Is what is known of a file once it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// What opens it.
    pub key: MediaKey,
    /// How long the file is, in bytes.
    pub plain_bytes: u64,
    /// How long it is when sealed, in bytes.
    pub sealed_bytes: u64,
    /// The SHA-256 of what is sealed.
    pub sha256: Sha256,
    /// The SHA-256 of each 8 MiB of what is sealed and of the rest, in order; at least one.
    pub parts_sha256: Vec<Sha256>,
}

impl Sealer {
    /// Draws a key and begins a file.
    ///
    /// # Errors
    /// [`SealError::Random`] when the system gives no randomness.
    pub fn new() -> Result<Self, SealError> {
        Self::with(MediaKey::draw()?)
    }

    /// Begins a file with a key that nothing was sealed with.
    pub(super) fn with(key: MediaKey) -> Result<Self, SealError> {
        Ok(Self {
            cipher: ChunkCipher::new(&key)?,
            key,
            chunk: Vec::with_capacity(SEALED_CHUNK_BYTES),
            index: 0,
            plain_bytes: 0,
            sealed_bytes: 0,
            hashes: Hashes::new(),
        })
    }

    /// Takes the next piece of the file, of any length, and gives the chunks that are full to `sink`.
    ///
    /// # Errors
    /// [`SealError::TooLarge`]; [`SealError::Write`] when `sink` fails.
    pub fn push(
        &mut self,
        mut plain: &[u8],
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), SealError> {
        self.plain_bytes = self.plain_bytes.saturating_add(plain.len() as u64);
        if self.plain_bytes > PLAIN_BYTES_MAX {
            return Err(SealError::TooLarge);
        }
        while !plain.is_empty() {
            // A full chunk waits until something follows: it may be the last.
            if self.chunk.len() == CHUNK_BYTES {
                self.seal_chunk(false, &mut sink)?;
            }
            let room = CHUNK_BYTES - self.chunk.len();
            let (now, rest) = plain.split_at(room.min(plain.len()));
            self.chunk.extend_from_slice(now);
            plain = rest;
        }
        Ok(())
    }

    /// Gives the last chunk to `sink`, and tells the key and the hashes.
    ///
    /// # Errors
    /// [`SealError::Write`] when `sink` fails.
    pub fn finish(
        mut self,
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<Sealed, SealError> {
        self.seal_chunk(true, &mut sink)?;
        let hashes = std::mem::replace(&mut self.hashes, Hashes::new());
        let (sha256, parts_sha256) = hashes.finish();
        Ok(Sealed {
            key: self.key.clone(),
            plain_bytes: self.plain_bytes,
            sealed_bytes: self.sealed_bytes,
            sha256,
            parts_sha256,
        })
    }

    fn seal_chunk(
        &mut self,
        is_last: bool,
        sink: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), SealError> {
        self.cipher.seal(self.index, is_last, &mut self.chunk)?;
        self.hashes.update(&self.chunk);
        sink(&self.chunk).map_err(SealError::Write)?;
        self.sealed_bytes += self.chunk.len() as u64;
        self.chunk.clear();
        self.index = self.index.checked_add(1).ok_or(SealError::TooLarge)?;
        Ok(())
    }
}

impl Drop for Sealer {
    /// Wipes what has not been sealed.
    fn drop(&mut self) {
        self.chunk.zeroize();
    }
}

/// Seals all that `from` gives into `to`, in one pass and half a megabyte of memory.
///
/// `to` is not flushed or synced.
///
/// # Errors
/// [`SealError`]; what is in `to` is of no use then.
pub fn seal(from: &mut dyn Read, to: &mut dyn Write) -> Result<Sealed, SealError> {
    let mut sealer = Sealer::new()?;
    let mut buffer = zeroize::Zeroizing::new(vec![0; CHUNK_BYTES]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return sealer.finish(|sealed| to.write_all(sealed)),
            Ok(read) => sealer.push(&buffer[..read], |sealed| to.write_all(sealed))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(SealError::Read(error)),
        }
    }
}

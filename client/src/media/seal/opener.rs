//! Opening.

use super::cipher::ChunkCipher;
use super::layout::{chunks, plain_len};
use super::{CHUNK_BYTES, MediaKey, OpenError, SEALED_CHUNK_BYTES};
use std::io::{self, Read, Write};
use zeroize::Zeroize;

/// Opens one file, piece by piece, from its beginning or from any chunk on.
///
/// It keeps one chunk, and does no I/O: what is opened goes to the `sink` that is given with the sealed
/// pieces, chunk by chunk and only after it was found genuine. The file is genuine as a whole when
/// [`Opener::finish`] says so. After an error it is of no use any more.
pub struct Opener {
    cipher: ChunkCipher,
    chunk: Vec<u8>,
    next: u32,
    last: u32,
    last_bytes: usize,
    is_done: bool,
}

impl Opener {
    /// Begins with the first chunk of a file that has so many bytes when sealed.
    ///
    /// # Errors
    /// [`OpenError::Length`] when no sealed file has.
    pub fn new(key: &MediaKey, sealed_bytes: u64) -> Result<Self, OpenError> {
        let plain_bytes = plain_len(sealed_bytes).ok_or(OpenError::Length(sealed_bytes))?;
        let last = chunks(plain_bytes) - 1;
        let last_bytes = sealed_bytes - last * SEALED_CHUNK_BYTES as u64;
        let unfit = |_| OpenError::Length(sealed_bytes);
        Ok(Self {
            cipher: ChunkCipher::new(key)?,
            chunk: Vec::with_capacity(SEALED_CHUNK_BYTES),
            next: 0,
            last: u32::try_from(last).map_err(unfit)?,
            last_bytes: usize::try_from(last_bytes).map_err(|_| OpenError::Length(sealed_bytes))?,
            is_done: false,
        })
    }

    /// Goes on at a chunk, counted from 0: what is pushed next begins at
    /// [`sealed_offset`](super::sealed_offset) of it. A chunk that is not there is as the last one.
    pub fn at(mut self, chunk: u32) -> Self {
        self.next = chunk.min(self.last);
        self
    }

    /// Takes the next piece of the sealed file, of any length, and gives what it opens to `sink`.
    ///
    /// # Errors
    /// [`OpenError::Forged`] at the first chunk that is not what was sealed; [`OpenError::TooLong`] for
    /// what is behind the last; [`OpenError::Write`] when `sink` fails.
    pub fn push(
        &mut self,
        mut sealed: &[u8],
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), OpenError> {
        while !sealed.is_empty() {
            if self.is_done {
                return Err(OpenError::TooLong);
            }
            let wanted = self.chunk_bytes();
            let room = wanted.saturating_sub(self.chunk.len());
            let (now, rest) = sealed.split_at(room.min(sealed.len()));
            self.chunk.extend_from_slice(now);
            sealed = rest;
            if self.chunk.len() == wanted {
                self.open_chunk(&mut sink)?;
            }
        }
        Ok(())
    }

    /// Tells which chunk comes next, counted from 0: those before it were genuine.
    pub fn next_chunk(&self) -> u32 {
        self.next + u32::from(self.is_done)
    }

    /// Says that nothing follows.
    ///
    /// # Errors
    /// [`OpenError::Truncated`] when the last chunk has not come.
    pub fn finish(self) -> Result<(), OpenError> {
        match self.is_done {
            true => Ok(()),
            false => Err(OpenError::Truncated),
        }
    }

    fn chunk_bytes(&self) -> usize {
        match self.next == self.last {
            true => self.last_bytes,
            false => SEALED_CHUNK_BYTES,
        }
    }

    fn open_chunk(
        &mut self,
        sink: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), OpenError> {
        let is_last = self.next == self.last;
        self.cipher.open(self.next, is_last, &mut self.chunk)?;
        sink(&self.chunk).map_err(OpenError::Write)?;
        self.chunk.clear();
        match is_last {
            true => self.is_done = true,
            false => self.next += 1,
        }
        Ok(())
    }
}

impl Drop for Opener {
    /// Wipes what it held.
    fn drop(&mut self) {
        self.chunk.zeroize();
    }
}

/// Opens all that `from` gives into `to`, in 128 KiB of memory.
///
/// `sealed_bytes` is how long the sealed file is said to be. What is in `to` is not to be used before
/// this has come to its end.
///
/// # Errors
/// [`OpenError`].
pub fn open(
    key: &MediaKey,
    sealed_bytes: u64,
    from: &mut dyn Read,
    to: &mut dyn Write,
) -> Result<(), OpenError> {
    let mut opener = Opener::new(key, sealed_bytes)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return opener.finish(),
            Ok(read) => opener.push(&buffer[..read], |plain| to.write_all(plain))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(OpenError::Read(error)),
        }
    }
}

//! A file as it comes: opened, hashed and written, chunk by chunk.
//!
//! Whether the whole is what the message tells of is known at its end, by the SHA-256 of what was sealed,
//! also where it came in several runs: what is there already is read, sealed again in memory and hashed
//! when the file goes on. So nothing need be noted meanwhile, and a disk that has lost or changed
//! something is found out.

#[cfg(test)]
mod tests;

use super::Attachment;
use crate::media::hash::{Hasher, Whole};
use crate::media::seal::{CHUNK_BYTES, OpenError, Opener, Resealer, chunks, sealed_offset};
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use std::io::{self, Read, Seek, SeekFrom, Write};
use zeroize::Zeroizing;

/// Is a file that plaintext is written to, and that can be cut off.
pub(super) trait Partial: Read + Write + Seek {
    /// Cuts the file off behind so many bytes.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;

    /// Waits until all that was written is on the disk, if it lies on one.
    fn settle(&mut self) -> io::Result<()>;
}

impl Partial for io::Cursor<Vec<u8>> {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        let bytes = usize::try_from(bytes).map_err(io::Error::other)?;
        self.get_mut().truncate(bytes);
        Ok(())
    }

    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says what became of a file at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is what the message tells of.
    Genuine,
    /// What was there from before is not what it was: all is to come again.
    Again,
    /// It is something else.
    Forged,
}

/// Receives one file. After an error it is of no use any more: another one goes on with what is there.
pub(super) struct Receiver<P> {
    of: Attachment,
    opener: Opener,
    hash: Whole,
    partial: P,
    /// How many chunks there are, and how many were there when it went on.
    chunks: u32,
    found: u32,
}

impl<P: Partial> Receiver<P> {
    /// Goes on with what is there of a file.
    pub(super) fn resume(of: &Attachment, partial: P) -> Result<Self, OpenError> {
        let unfit = || OpenError::Length(of.sealed_bytes);
        let plain_bytes = of.plain_bytes().ok_or_else(unfit)?;
        let mut receiver = Self {
            opener: Opener::new(&of.key, of.sealed_bytes)?,
            of: of.clone(),
            hash: Whole::Here(Hasher::new()),
            partial,
            chunks: u32::try_from(chunks(plain_bytes)).map_err(|_| unfit())?,
            found: 0,
        };
        receiver.find(plain_bytes)?;
        Ok(receiver)
    }

    /// Begins the file anew.
    pub(super) fn restart(&mut self) -> Result<(), OpenError> {
        self.partial.cut(0).map_err(OpenError::Write)?;
        self.partial.rewind().map_err(OpenError::Write)?;
        self.opener = Opener::new(&self.of.key, self.of.sealed_bytes)?;
        self.hash = hash(&self.of, Hasher::new());
        self.found = 0;
        Ok(())
    }

    /// Takes the next piece, of any length.
    pub(super) fn push(&mut self, sealed: &[u8]) -> Result<(), OpenError> {
        let partial = &mut self.partial;
        // Little by little, so that little waits to be hashed.
        for sealed in sealed.chunks(CHUNK_BYTES) {
            self.hash.update(sealed);
            self.opener.push(sealed, |plain| partial.write_all(plain))?;
        }
        Ok(())
    }

    /// Waits until all that came is on the disk: from then on it needs its name only.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.partial.settle()
    }

    /// Tells where what comes next begins in the sealed file, in bytes, once it is resumed or restarted.
    pub(super) fn next_byte(&self) -> u64 {
        match self.is_whole() {
            true => self.of.sealed_bytes,
            false => sealed_offset(self.opener.next_chunk().max(self.found)),
        }
    }

    /// Tells whether all of it is there.
    pub(super) fn is_whole(&self) -> bool {
        self.found == self.chunks || self.opener.next_chunk() == self.chunks
    }

    /// Tells whether what is there, once it is whole, is what the message tells of. It tells that once.
    pub(super) fn verdict(&mut self) -> Verdict {
        let hash = std::mem::replace(&mut self.hash, Whole::Here(Hasher::new()));
        let is_genuine = hash.finish() == self.of.sha256;
        match (is_genuine, self.found) {
            (true, _) => Verdict::Genuine,
            (false, 0) => Verdict::Forged,
            (false, _) => Verdict::Again,
        }
    }

    /// Finds the chunks that are there, cuts off what is behind, and hashes them as they were sealed.
    fn find(&mut self, plain_bytes: u64) -> Result<(), OpenError> {
        let chunk_bytes = CHUNK_BYTES as u64;
        let there = self
            .partial
            .seek(SeekFrom::End(0))
            .map_err(OpenError::Read)?;
        let there = match there >= plain_bytes {
            true => plain_bytes,
            false => there - there % chunk_bytes,
        };
        self.partial.cut(there).map_err(OpenError::Write)?;
        self.partial.rewind().map_err(OpenError::Read)?;
        let (mut resealer, mut found) = (Resealer::new(&self.of.key)?, Hasher::new());
        let mut chunk = Zeroizing::new(vec![0; CHUNK_BYTES]);
        let mut left = there;
        // An empty file is one chunk.
        while left > 0 || plain_bytes == 0 && self.found == 0 {
            let bytes = usize::try_from(left.min(chunk_bytes)).unwrap_or(CHUNK_BYTES);
            let plain = chunk.get_mut(..bytes).unwrap_or_default();
            self.partial.read_exact(plain).map_err(OpenError::Read)?;
            let is_last = self.found + 1 == self.chunks;
            found.update(resealer.reseal(self.found, is_last, plain)?);
            self.found += 1;
            left -= bytes as u64;
        }
        let opener = Opener::new(&self.of.key, self.of.sealed_bytes)?;
        self.opener = opener.at(self.found);
        self.hash = hash(&self.of, found);
        Ok(())
    }
}

/// Goes on with a file's hash: beside the opening, where that is worth a thread.
fn hash(of: &Attachment, found: Hasher) -> Whole {
    match of.sealed_bytes > MEDIA_PART_BYTES {
        true => Whole::begun(found),
        false => Whole::Here(found),
    }
}

//! A file as it comes. It is synced beside while it is written: its end waits for the last of it only, and
//! where the disk is slower than the network, the network waits.

use crate::media::transfer::receiver::Partial;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// After how much that was written a sync begins, in bytes.
const SYNC_BYTES: u64 = 8 << 20;

/// Is what is there of a file that is to come.
#[derive(Debug)]
pub(in crate::media::transfer) struct PartialFile {
    file: File,
    /// The same file, opened once more: a sync that outlasts this holds no lock.
    beside: Arc<File>,
    unsynced: u64,
    syncing: Option<JoinHandle<io::Result<()>>>,
}

impl PartialFile {
    pub(super) fn new(file: File, beside: File) -> Self {
        Self {
            file,
            beside: Arc::new(beside),
            unsynced: 0,
            syncing: None,
        }
    }

    fn sync_beside(&mut self) -> io::Result<()> {
        self.wait()?;
        let beside = Arc::clone(&self.beside);
        let syncing = Builder::new().spawn(move || sync_or_empty(&beside));
        // Where there is no thread, its end syncs all of it.
        self.syncing = syncing.ok();
        self.unsynced = 0;
        Ok(())
    }

    /// Waits for the sync that is under way.
    fn wait(&mut self) -> io::Result<()> {
        let synced = self.syncing.take().map(JoinHandle::join);
        let panicked = |_| Err(io::Error::other("panicked while it synced"));
        synced.map_or(Ok(()), |synced| synced.unwrap_or_else(panicked))
    }
}

/// Syncs a file that comes. When that fails it is emptied: the disk tells an error once, and what it has
/// lost may still be read from memory, so it would be taken for a file that is there.
fn sync_or_empty(file: &File) -> io::Result<()> {
    let synced = file.sync_all();
    if synced.is_err() {
        file.set_len(0)?;
    }
    synced
}

impl Read for PartialFile {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.file.read(to)
    }
}

impl Write for PartialFile {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let written = self.file.write(from)?;
        self.unsynced += written as u64;
        if self.unsynced >= SYNC_BYTES {
            self.sync_beside()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for PartialFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Partial for PartialFile {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    fn settle(&mut self) -> io::Result<()> {
        self.wait()?;
        sync_or_empty(&self.beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_synced_beside_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        let path = folder.path().join("file");
        let file = options.open(&path).unwrap();
        let beside = File::options().write(true).open(&path).unwrap();
        let mut partial = PartialFile::new(file, beside);
        let bytes: Vec<u8> = (0..20 << 20).map(|n: u32| n.to_le_bytes()[1]).collect();
        partial.write_all(&bytes).unwrap();
        assert!(partial.syncing.is_some());
        partial.settle().unwrap();
        assert!(partial.syncing.is_none());
        partial.cut(9 << 20).unwrap();
        partial.rewind().unwrap();
        let mut read = Vec::new();
        partial.read_to_end(&mut read).unwrap();
        assert!(read == bytes[..9 << 20]);
    }
}

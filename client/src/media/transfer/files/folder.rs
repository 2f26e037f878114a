//! A folder, with two files for a transfer: `<id>.json`, what is known of it, and for an upload
//! `<id>.sealed`, what is put. What comes of a download lies beside where it goes.
//!
//! A note is written beside its place, synced, and renamed: after a crash there is the old one or the new.

mod disk;
mod partial;
#[cfg(test)]
mod tests;

use super::Source;
use crate::media::seal::{SealError, Sealed, seal};
use crate::media::transfer::JobId;
use crate::media::transfer::job::{End, Job};
use bytes::{Bytes, BytesMut};
use disk::{private_dir, private_file, remove, sync_dir};
pub(in crate::media::transfer) use partial::PartialFile;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much of a part is read at a time, in bytes.
const BUFFER_BYTES: usize = 128 * 1024;

/// Keeps transfers.
pub(in crate::media::transfer) struct Folder {
    root: PathBuf,
    /// Those that are there. What still writes of one that was removed writes nothing.
    live: Mutex<BTreeSet<JobId>>,
    /// Held by this process as long as something writes.
    _lock: File,
}

impl Folder {
    /// Opens a folder, which is made when missing, and removes what belongs to no transfer.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::WouldBlock`] while somebody else has it open.
    pub(in crate::media::transfer) fn open(root: PathBuf) -> io::Result<Self> {
        private_dir().create(&root)?;
        sync_dir(root.parent().unwrap_or(Path::new("")))?;
        let lock = private_file().create(true).open(root.join("lock"))?;
        lock.try_lock()?;
        let folder = Self {
            root,
            live: Mutex::default(),
            _lock: lock,
        };
        folder.find()?;
        Ok(folder)
    }

    /// Reads all that were noted, the oldest first. One that a later version has noted is left alone.
    pub(in crate::media::transfer) fn load(&self) -> io::Result<Vec<(JobId, Job)>> {
        let mut jobs = Vec::new();
        for id in self.live().iter() {
            let note = fs::read(self.note(*id))?;
            jobs.extend(serde_json::from_slice(&note).ok().map(|job| (*id, job)));
        }
        Ok(jobs)
    }

    /// Notes a transfer that begins.
    pub(in crate::media::transfer) fn add(&self, id: JobId, job: &Job) -> io::Result<()> {
        self.live().insert(id);
        self.save(id, job)
    }

    /// Notes how far a transfer is, unless it was removed.
    pub(in crate::media::transfer) fn save(&self, id: JobId, job: &Job) -> io::Result<()> {
        let live = self.live();
        match live.contains(&id) {
            true => self.write_note(id, job),
            false => Ok(()),
        }
    }

    fn write_note(&self, id: JobId, job: &Job) -> io::Result<()> {
        let note = serde_json::to_vec(job)?;
        let new = self.root.join(format!("{id}.new"));
        let mut file = private_file().create(true).truncate(true).open(&new)?;
        file.write_all(&note)?;
        file.sync_all()?;
        fs::rename(new, self.note(id))?;
        sync_dir(&self.root)
    }

    /// Forgets a transfer, with what there is of a file that was to come.
    pub(in crate::media::transfer) fn remove(
        &self,
        id: JobId,
        to: Option<&Path>,
    ) -> io::Result<()> {
        let mut live = self.live();
        live.remove(&id);
        // First: who finds the note after a crash finds this too.
        if let Some(to) = to {
            remove(&beside(id, to))?;
        }
        remove(&self.note(id))?;
        sync_dir(&self.root)?;
        self.remove_sealed(id)
    }

    /// Seals a file that is to be put.
    pub(in crate::media::transfer) fn seal(
        &self,
        id: JobId,
        from: &Source,
    ) -> Result<Sealed, SealError> {
        let sealed = self.seal_into(&self.sealed(id), from);
        if sealed.is_err() {
            // What is left is found at the next start.
            _ = self.remove_sealed(id);
        }
        sealed
    }

    /// Opens some of the sealed bytes.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::UnexpectedEof`] where they are not all there.
    pub(in crate::media::transfer) fn part(
        &self,
        id: JobId,
        bytes: &Range<u64>,
    ) -> io::Result<Part> {
        let mut file = File::open(self.sealed(id))?;
        // Found out while it is sent it would look like a network that fails.
        if file.metadata()?.len() < bytes.end {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        file.seek(SeekFrom::Start(bytes.start))?;
        Ok(Part {
            file,
            left: bytes.end.saturating_sub(bytes.start),
        })
    }

    /// Removes the sealed bytes.
    pub(in crate::media::transfer) fn remove_sealed(&self, id: JobId) -> io::Result<()> {
        remove(&self.sealed(id))
    }

    /// Opens what is there of a file that is to come.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::WouldBlock`] while somebody else has it open: what was given up while it
    /// wrote goes on for a moment.
    pub(in crate::media::transfer) fn partial(
        &self,
        id: JobId,
        to: &Path,
    ) -> io::Result<PartialFile> {
        let live = self.live();
        if !live.contains(&id) {
            return Err(ErrorKind::NotFound.into());
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let path = beside(id, to);
        let partial = options.open(&path)?;
        let syncs = OpenOptions::new().write(true).open(path)?;
        match partial.try_lock() {
            Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
            // Not everywhere where files go there are locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(PartialFile::new(partial, syncs)),
        }
    }

    /// Gives a file that is whole and on the disk its name, in place of what has it, unless the transfer was
    /// removed.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::NotFound`] where it has its name already.
    pub(in crate::media::transfer) fn publish(&self, id: JobId, to: &Path) -> io::Result<()> {
        let partial = beside(id, to);
        fs::metadata(&partial)?;
        let live = self.live();
        if !live.contains(&id) {
            return Ok(());
        }
        // Before the name is given: after a crash in between this note says that it is to be. The other way
        // round the file would be taken for one of which nothing is there, and come again.
        self.write_note(id, &Job::Ended(End::Downloaded(to.to_owned())))?;
        fs::rename(partial, to)?;
        sync_dir(to.parent().unwrap_or(Path::new("")))
    }

    /// Removes what is there of a file that is not to come.
    pub(in crate::media::transfer) fn remove_partial(
        &self,
        id: JobId,
        to: &Path,
    ) -> io::Result<()> {
        remove(&beside(id, to))
    }

    fn seal_into(&self, path: &Path, from: &Source) -> Result<Sealed, SealError> {
        let spool = private_file().create_new(true).open(path);
        let mut spool = spool.map_err(SealError::Write)?;
        let sealed = match from {
            Source::File(path) => {
                let mut file = File::open(path).map_err(SealError::Read)?;
                seal(&mut file, &mut spool)?
            }
            Source::Bytes(bytes) => seal(&mut bytes.as_ref(), &mut spool)?,
        };
        spool.sync_all().map_err(SealError::Write)?;
        Ok(sealed)
    }

    /// Finds the notes, and removes sealed bytes and halves of notes that belong to none.
    fn find(&self) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            let stem = path.file_stem().and_then(OsStr::to_str);
            if let Some(id) = stem.and_then(|stem| stem.parse::<JobId>().ok()) {
                names.push((id, path));
            }
        }
        let is_note = |path: &Path| path.extension() == Some(OsStr::new("json"));
        let notes = names.iter().filter(|(_, path)| is_note(path));
        let live: BTreeSet<JobId> = notes.map(|(id, _)| *id).collect();
        for (id, path) in &names {
            let is_half = path.extension() == Some(OsStr::new("new"));
            if is_half || !live.contains(id) {
                remove(path)?;
            }
        }
        *self.live() = live;
        Ok(())
    }

    fn live(&self) -> MutexGuard<'_, BTreeSet<JobId>> {
        // Whoever panicked left it as it was.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: JobId) -> PathBuf {
        self.root.join(format!("{id}.json"))
    }

    fn sealed(&self, id: JobId) -> PathBuf {
        self.root.join(format!("{id}.sealed"))
    }
}

/// Reads some of the sealed bytes.
pub(in crate::media::transfer) struct Part {
    file: File,
    left: u64,
}

impl Part {
    /// Gives the next piece; nothing at the end.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::UnexpectedEof`] where the file has become shorter.
    pub(in crate::media::transfer) fn next(&mut self) -> io::Result<Option<Bytes>> {
        let bytes = usize::try_from(self.left).unwrap_or(usize::MAX);
        let mut piece = BytesMut::zeroed(bytes.min(BUFFER_BYTES));
        if piece.is_empty() {
            return Ok(None);
        }
        self.file.read_exact(&mut piece)?;
        self.left -= piece.len() as u64;
        Ok(Some(piece.freeze()))
    }
}

/// Where a file lies while it comes: in the folder it goes to, so that it can be renamed.
fn beside(id: JobId, to: &Path) -> PathBuf {
    to.with_file_name(format!(".heliograph-{id}.part"))
}

//! Files in a folder.
//!
//! A file that came whole is one file: a header, then its bytes. It is written beside its place, synced,
//! and published by a hard link. One that came in parts is a folder, which moves to its place: a file with
//! the header, and one a part. Of several only one is the first, and whoever is told that it is there
//! finds it after a crash. Names never become paths: a path is the hash of a name.
//!
//! `media/` goes after 30 days, as by the rule of the bucket on AWS; `photos/` stays.

use super::found::Found;
use super::header::{HEADER_BYTES, Header};
use super::incoming::{Temporary, receive};
use super::room::{Room, Taken};
use bytes::Bytes;
use futures_util::Stream;
use heliograph_domain::ports::{BlobKey, Body, Clock, Ids, Labels};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How long a file under `media/` lives, in milliseconds.
pub(super) const LIFE_MS: u64 = heliograph_domain::tables::media::LIFE_S * 1000;
/// The two kinds of names, and what they lie under.
const PREFIXES: [&str; 2] = ["media", "photos"];

/// Keeps files in a folder.
pub struct BlobStore {
    pub(super) root: PathBuf,
    pub(super) room: Arc<Room>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
}

/// What became of a body that was as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    New,
    /// There was a file of that name before.
    Exists,
}

/// Why a body was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It is longer or shorter than was said, or ceased to come.
    #[error("not as long as was said")]
    Length,
    /// It has another hash than was said.
    #[error("not what was said")]
    Hash,
    /// There is no room.
    #[error("no room")]
    Full,
    /// There is no such upload.
    #[error("no such upload")]
    Gone,
    /// It is no name of a file.
    #[error("no name of a file")]
    Name,
    /// The disk failed.
    #[error("not written")]
    Disk(#[from] io::Error),
}

impl BlobStore {
    /// Opens a folder, which is made when missing; what was on its way in is forgotten.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(
        folder: &Path,
        max_bytes: u64,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> io::Result<Self> {
        // What is inside is as safe as the folder is: nobody else enters it.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let incoming = folder.join("incoming");
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&incoming)?,
        }
        fs::create_dir_all(folder.join("parts"))?;
        for prefix in PREFIXES {
            for shard in 0..=u8::MAX {
                fs::create_dir_all(folder.join(prefix).join(format!("{shard:02x}")))?;
            }
            sync_dir(&folder.join(prefix))?;
        }
        sync_dir(folder)?;
        let used = used_by(folder)?;
        Ok(Self {
            root: folder.to_owned(),
            room: Arc::new(Room::new(used, max_bytes)),
            clock,
            ids,
        })
    }

    /// How many bytes are kept, with those on their way in.
    pub fn used_bytes(&self) -> u64 {
        self.room.used()
    }

    /// Takes a whole file from a stream, unless there is one of that name.
    ///
    /// # Errors
    /// [`PutError`]; nothing of it is kept then.
    pub async fn put<S, E>(
        &self,
        key: &BlobKey,
        body: &Body,
        labels: &Labels,
        stream: S,
    ) -> Result<Added, PutError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let path = self.path(key).ok_or(PutError::Name)?;
        if tokio::fs::try_exists(&path).await? {
            off_the_runtime(move || sync_parent(&path)).await?;
            return Ok(Added::Exists);
        }
        let room = self.room_for(body.bytes)?;
        let temporary = self.temporary();
        let file = receive(&temporary, HEADER_BYTES, stream, body).await?;
        let body = (body.bytes, Some(body.sha256));
        let header = Header::new(key, body, labels, self.clock.now_ms());
        off_the_runtime(move || publish(file, &temporary, &header, &path, room)).await
    }

    /// Room for a file of so many bytes.
    pub(super) fn room_for(&self, bytes: u64) -> Result<Taken, PutError> {
        let with_header = bytes.checked_add(HEADER_BYTES);
        let taken = with_header.and_then(|bytes| self.room.take(bytes));
        taken.ok_or(PutError::Full)
    }

    pub(super) fn temporary(&self) -> Temporary {
        let name = self.ids.uuid().to_string();
        Temporary::new(self.root.join("incoming").join(name))
    }

    /// Where a file of that name is or would be.
    pub(super) fn path(&self, key: &BlobKey) -> Option<PathBuf> {
        let (prefix, _) = key.as_str().split_once('/')?;
        let prefix = PREFIXES.into_iter().find(|known| *known == prefix)?;
        let hash = hex(&Sha256::digest(key.as_str()));
        let (shard, name) = hash.split_at(2);
        Some(self.root.join(prefix).join(shard).join(name))
    }

    /// Finds a file; `None` when there is none, or its time is over.
    pub(super) fn find(&self, key: &BlobKey) -> io::Result<Option<Found>> {
        let Some(path) = self.path(key) else {
            return Ok(None);
        };
        let is_over = |found: &Found| {
            key.as_str().starts_with("media/")
                && found.header.created_at.saturating_add(LIFE_MS) <= self.clock.now_ms()
        };
        let found = Found::at(&path)?;
        Ok(found.filter(|found| !is_over(found)))
    }

    /// Copies a file to another name, in place of what is there; tells whether there was one.
    pub(super) fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PutError> {
        let Some(found) = self.find(from)? else {
            return Ok(false);
        };
        let header = &found.header;
        let room = self.room_for(header.bytes)?;
        let path = self.path(to).ok_or(PutError::Name)?;
        let temporary = self.temporary();
        let mut copy = File::create_new(temporary.path())?;
        let body = (header.bytes, header.sha256.map(|hash| hash.0));
        let header = Header::new(to, body, &header.labels(), self.clock.now_ms());
        header.write(&mut copy)?;
        found.copy_to(&mut copy)?;
        self.delete(to)?;
        publish(copy, &temporary, &header, &path, room)?;
        Ok(true)
    }

    /// Deletes a file; none there is fine.
    pub(super) fn delete(&self, key: &BlobKey) -> io::Result<()> {
        self.path(key).map_or(Ok(()), |path| self.remove(&path))
    }

    /// Takes a file or a folder away at once, then what is in it: a crash in between leaves what the next
    /// start removes.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        let gone = self.temporary();
        match fs::rename(path, gone.path()) {
            // Somebody else has.
            Err(error) if error.kind() == ErrorKind::NotFound => return sync_parent(path),
            renamed => renamed?,
        }
        let found = fs::metadata(gone.path())?;
        let bytes = match found.is_dir() {
            true => used_by(gone.path())?,
            false => found.len(),
        };
        self.room.free(bytes);
        // What is deleted does not come back when the power fails.
        sync_parent(path)?;
        match found.is_dir() {
            true => fs::remove_dir_all(gone.path()),
            false => fs::remove_file(gone.path()),
        }
    }
}

impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobStore")
            .field("root", &self.root)
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

/// Gives a written file its name, unless there is one of that name.
pub(super) fn publish(
    mut file: File,
    temporary: &Temporary,
    header: &Header,
    path: &Path,
    room: Taken,
) -> Result<Added, PutError> {
    header.write(&mut file)?;
    file.sync_all()?;
    let added = match fs::hard_link(temporary.path(), path) {
        Ok(()) => Added::New,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Added::Exists,
        Err(error) => return Err(error.into()),
    };
    if added == Added::New {
        room.keep();
    }
    // Also of a file that is there already: whoever is told of it finds it after a crash.
    sync_parent(path)?;
    Ok(added)
}

/// Runs what reads or writes the disk where it keeps nobody waiting.
pub(super) async fn off_the_runtime<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Makes sure that the name of a file is on the disk, or that it is gone.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_dir)
}

/// The length of all files in a folder and below.
fn used_by(folder: &Path) -> io::Result<u64> {
    let mut used = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        used += match entry.metadata()? {
            found if found.is_dir() => used_by(&entry.path())?,
            found => found.len(),
        };
    }
    Ok(used)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

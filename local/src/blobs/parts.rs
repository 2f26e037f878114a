//! Files that come in parts: a folder each, which moves to its place when all are there.

use super::header::Header;
use super::incoming::receive;
use super::store::{Added, BlobStore, PutError, hex, off_the_runtime, sync_dir, sync_parent};
use bytes::Bytes;
use futures_util::Stream;
use heliograph_domain::ports::{BlobKey, Body, Labels, Part};
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What the file of a folder is called that says what the parts are of.
pub(super) const ABOUT: &str = "about";

/// Why parts are not a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum JoinError {
    /// There is no such upload.
    #[error("no such upload")]
    Gone,
    /// Parts are missing, or others than was said.
    #[error("parts are missing")]
    Missing,
    /// The file was not written.
    #[error("not joined")]
    Put(#[from] PutError),
}

impl From<io::Error> for JoinError {
    fn from(error: io::Error) -> Self {
        JoinError::Put(error.into())
    }
}

impl BlobStore {
    /// Begins a file of parts; answers what it is called until it is whole.
    pub(super) fn begin_parts(&self, key: &BlobKey, labels: &Labels) -> Result<String, PutError> {
        let room = self.room_for(0)?;
        self.path(key).ok_or(PutError::Name)?;
        let upload_id = self.ids.uuid().to_string();
        // Made beside its place, so that a crash leaves a folder that says what it is, or none.
        let made = self.temporary();
        fs::create_dir(made.path())?;
        let mut about = File::create_new(made.path().join(ABOUT))?;
        Header::new(key, (0, None), labels, self.clock.now_ms()).write(&mut about)?;
        about.sync_all()?;
        sync_dir(made.path())?;
        let parts = self.root.join("parts");
        fs::rename(made.path(), parts.join(&upload_id))?;
        sync_dir(&parts)?;
        room.keep();
        Ok(upload_id)
    }

    /// Takes a part from a stream; the same part may come again.
    ///
    /// # Errors
    /// [`PutError`]; nothing of it is kept then.
    pub async fn put_part<S, E>(
        &self,
        key: &BlobKey,
        (upload_id, number): (&str, u16),
        body: &Body,
        stream: S,
    ) -> Result<(), PutError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let dir = self.parts_dir(upload_id).ok_or(PutError::Gone)?;
        let about = dir.join(ABOUT);
        let read = off_the_runtime(move || Header::read(&mut File::open(about)?));
        let about = read.await.map_err(|error: io::Error| match error.kind() {
            ErrorKind::NotFound => PutError::Gone,
            _ => error.into(),
        })?;
        if about.key != key.as_str() {
            return Err(PutError::Gone);
        }
        let room = self.room.take(body.bytes).ok_or(PutError::Full)?;
        let temporary = self.temporary();
        let file = receive(&temporary, 0, stream, body).await?;
        let path = dir.join(part_name(number, &body.sha256));
        off_the_runtime(move || {
            file.sync_all()?;
            match fs::hard_link(temporary.path(), path) {
                Ok(()) => {}
                // It came before: its address takes nothing else.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Ok(sync_dir(&dir)?);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(PutError::Gone),
                Err(error) => return Err(error.into()),
            }
            room.keep();
            match sync_dir(&dir) {
                // Who takes all parts away just now has counted this one.
                Err(error) if error.kind() == ErrorKind::NotFound => Err(PutError::Gone),
                synced => Ok(synced?),
            }
        })
        .await
    }

    /// Makes a file of its parts, unless there is one of that name: their folder moves to its place, and
    /// no byte of them.
    pub(super) fn join_parts(
        &self,
        key: &BlobKey,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<Added, JoinError> {
        let dir = self.parts_dir(upload_id).ok_or(JoinError::Gone)?;
        let path = self.path(key).ok_or(PutError::Name)?;
        let moved = self.move_parts(key, &dir, parts, &path);
        let joined = match moved {
            Ok(()) => Ok(Added::New),
            Err(JoinError::Put(PutError::Disk(error))) => match error.kind() {
                ErrorKind::AlreadyExists
                | ErrorKind::DirectoryNotEmpty
                | ErrorKind::NotADirectory => Ok(Added::Exists),
                // Somebody else has joined or removed them.
                ErrorKind::NotFound => Err(JoinError::Gone),
                _ => Err(error.into()),
            },
            // They are missing because their folder has moved meanwhile.
            Err(JoinError::Missing) if !dir.exists() => Err(JoinError::Gone),
            Err(error) => Err(error),
        };
        // Also of a file that is there already: whoever is told of it finds it after a crash.
        sync_parent(&path)?;
        sync_parent(&dir)?;
        joined
    }

    fn move_parts(
        &self,
        key: &BlobKey,
        dir: &Path,
        parts: &[Part],
        path: &Path,
    ) -> Result<(), JoinError> {
        let about = Header::read(&mut File::open(dir.join(ABOUT))?)?;
        if about.key != key.as_str() {
            return Err(JoinError::Gone);
        }
        let mut bytes = 0;
        for (part, number) in parts.iter().zip(1..) {
            let file = fs::metadata(dir.join(part_name(part.number, &part.sha256)));
            let file = file.map_err(|_| JoinError::Missing)?;
            if part.number != number || part.etag.trim_matches('"') != hex(&part.sha256) {
                return Err(JoinError::Missing);
            }
            bytes += file.len();
        }
        if parts.is_empty() {
            return Err(JoinError::Missing);
        }
        let header = Header::new(key, (bytes, None), &about.labels(), self.clock.now_ms());
        let about = self.temporary();
        let mut file = File::create_new(about.path())?;
        header.write(&mut file)?;
        file.sync_all()?;
        fs::rename(about.path(), dir.join(ABOUT))?;
        sync_dir(dir)?;
        Ok(fs::rename(dir, path)?)
    }

    /// An id is a UUID, and so is its folder's name.
    fn parts_dir(&self, upload_id: &str) -> Option<PathBuf> {
        let id = Uuid::parse_str(upload_id).ok()?;
        Some(self.root.join("parts").join(id.to_string()))
    }
}

fn part_name(number: u16, sha256: &[u8]) -> String {
    format!("{number}-{}", hex(sha256))
}

/// Which part a file of that name is.
pub(super) fn part_number(name: &str) -> Option<u16> {
    name.split_once('-')?.0.parse().ok()
}

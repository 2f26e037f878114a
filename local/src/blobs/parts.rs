//! Files that come in parts: a folder each, until they are whole.

use super::header::{HEADER_BYTES, Header};
use super::incoming::receive;
use super::store::{Added, BlobStore, PutError, hex, off_the_runtime, publish, sync_dir};
use bytes::Bytes;
use futures_util::Stream;
use heliograph_domain::ports::{BlobKey, Body, Labels, Part};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// How much is read at a time, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;
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
        Header::new(key, (0, [0; 32]), labels, self.clock.now_ms()).write(&mut about)?;
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
                Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
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

    /// Makes a file of its parts, unless there is one of that name; the parts go when it is there.
    pub(super) fn join_parts(
        &self,
        key: &BlobKey,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<Added, JoinError> {
        let dir = self.parts_dir(upload_id).ok_or(JoinError::Gone)?;
        let about = match File::open(dir.join(ABOUT)) {
            Ok(mut about) => Header::read(&mut about)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(JoinError::Gone),
            Err(error) => return Err(error.into()),
        };
        if about.key != key.as_str() {
            return Err(JoinError::Gone);
        }
        let (mut files, mut bytes) = (Vec::new(), 0);
        for (part, number) in parts.iter().zip(1..) {
            let file = File::open(dir.join(part_name(part.number, &part.sha256)));
            let file = file.map_err(|_| JoinError::Missing)?;
            if part.number != number || part.etag.trim_matches('"') != hex(&part.sha256) {
                return Err(JoinError::Missing);
            }
            bytes += file.metadata()?.len();
            files.push(file);
        }
        if files.is_empty() {
            return Err(JoinError::Missing);
        }
        let room = self.room_for(bytes)?;
        let path = self.path(key).ok_or(PutError::Name)?;
        let temporary = self.temporary();
        let mut whole = File::create_new(temporary.path())?;
        whole.seek(SeekFrom::Start(HEADER_BYTES))?;
        let sha256 = append(&mut whole, files)?;
        let body = (bytes, sha256);
        let header = Header::new(key, body, &about.labels(), self.clock.now_ms());
        let added = publish(whole, &temporary, &header, &path, room)?;
        if added == Added::New {
            self.remove_parts(&dir)?;
        }
        Ok(added)
    }

    /// An id is a UUID, and so is its folder's name.
    fn parts_dir(&self, upload_id: &str) -> Option<PathBuf> {
        let id = Uuid::parse_str(upload_id).ok()?;
        Some(self.root.join("parts").join(id.to_string()))
    }

    /// Takes a folder away at once, then what is in it: a crash in between leaves what the next start
    /// removes.
    pub(super) fn remove_parts(&self, dir: &Path) -> io::Result<()> {
        let gone = self.temporary();
        match fs::rename(dir, gone.path()) {
            // Somebody else has.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            renamed => renamed?,
        }
        sync_dir(&self.root.join("parts"))?;
        let mut bytes = 0;
        for file in fs::read_dir(gone.path())? {
            bytes += file?.metadata()?.len();
        }
        fs::remove_dir_all(gone.path())?;
        self.room.free(bytes);
        Ok(())
    }
}

fn part_name(number: u16, sha256: &[u8]) -> String {
    format!("{number}-{}", hex(sha256))
}

/// Appends files to one; gives the hash of all.
fn append(to: &mut File, files: Vec<File>) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    for mut file in files {
        loop {
            let read = file.read(&mut buffer)?;
            let chunk = buffer.get(..read).unwrap_or_default();
            if chunk.is_empty() {
                break;
            }
            hash.update(chunk);
            to.write_all(chunk)?;
        }
    }
    Ok(hash.finalize().into())
}

//! A store in a folder of its own, with a clock that is turned by hand.

use bytes::Bytes;
use futures_util::{Stream, stream};
use heliograph_domain::Context;
use heliograph_domain::ports::{
    BlobKey, Blobs, BlobsErrorKind, Body, Clock, Labels, Part, RandomIds,
};
use heliograph_domain::testing::stage::VirtualClock;
use heliograph_domain::tokens::KeyRing;
use heliograph_protocol::media::MediaKind;
use heliographd::blobs::{Added, BlobStore, LocalBlobs, PutError};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const DAY_MS: u64 = 86_400_000;
/// What a file takes besides its bytes.
pub(crate) const HEADER: u64 = 4096;

/// A file that is to come in parts.
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) parts: Vec<Part>,
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) store: Arc<BlobStore>,
    pub(crate) blobs: LocalBlobs,
}

impl World {
    pub(crate) fn with_room(max_bytes: u64) -> Self {
        let clock = Arc::new(VirtualClock::at(1_764_000_000_000));
        Self::on(TempDir::new().unwrap(), clock, max_bytes)
    }

    pub(crate) fn on(folder: TempDir, clock: Arc<VirtualClock>, max_bytes: u64) -> Self {
        let ids = Arc::new(RandomIds);
        let store = BlobStore::open(folder.path(), max_bytes, clock.clone(), ids).unwrap();
        let store = Arc::new(store);
        let keys = KeyRing::derive("test", &[7; 32], None).unwrap();
        Self {
            blobs: LocalBlobs::new(store.clone(), &keys, "http://localhost"),
            folder,
            clock,
            store,
        }
    }

    /// Opens the folder anew, as after a crash.
    pub(crate) fn again(self) -> Self {
        Self::on(self.folder, self.clock, u64::MAX)
    }

    pub(crate) async fn put(&self, key: &BlobKey, bytes: &'static [u8]) -> Result<Added, PutError> {
        self.store
            .put(key, &body(bytes), &labels(), whole(bytes))
            .await
    }

    pub(crate) async fn has(&self, key: &BlobKey) -> bool {
        self.blobs.find(&self.cx(), key).await.unwrap().is_some()
    }

    /// Begins a file and puts all its parts.
    pub(crate) async fn upload(&self, key: &BlobKey, pieces: &[&'static [u8]]) -> Upload {
        let (cx, labels) = (self.cx(), labels());
        let id = self.blobs.begin_parts(&cx, key, &labels).await.unwrap();
        let mut parts = Vec::new();
        for (piece, number) in pieces.iter().zip(1..) {
            self.put_part(key, (&id, number), piece).await;
            parts.push(part(number, piece));
        }
        Upload { id, parts }
    }

    pub(crate) async fn put_part(&self, key: &BlobKey, place: (&str, u16), bytes: &'static [u8]) {
        let body = body(bytes);
        let put = self.store.put_part(key, place, &body, whole(bytes));
        put.await.unwrap();
    }

    pub(crate) async fn join(&self, key: &BlobKey, upload: &Upload) -> Result<(), BlobsErrorKind> {
        let (cx, parts) = (self.cx(), &upload.parts);
        let joined = self.blobs.join_parts(&cx, key, &upload.id, parts).await;
        joined.map_err(|error| error.kind())
    }

    /// Reads what lies on the disk under a name.
    pub(crate) fn read(&self, key: &BlobKey) -> Vec<u8> {
        let (folder, _) = key.as_str().split_once('/').unwrap();
        let hash = Sha256::digest(key.as_str());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self.folder.path().join(folder);
        let path = path.join(&hash[..2]).join(&hash[2..]);
        let mut parts = Vec::new();
        match fs::read_dir(&path) {
            Err(_) => return fs::read(path).unwrap().split_off(4096),
            Ok(entries) => parts.extend(entries.map(|entry| entry.unwrap().path())),
        }
        let number = |path: &Path| {
            let name = path.file_name()?.to_str()?;
            name.split_once('-')?.0.parse::<u16>().ok()
        };
        parts.retain(|part| number(part).is_some());
        parts.sort_by_key(|part| number(part));
        parts
            .iter()
            .flat_map(|part| fs::read(part).unwrap())
            .collect()
    }

    pub(crate) fn cx(&self) -> Context {
        Context::at(self.clock.now_ms())
    }

    /// How many files lie in a part of the folder.
    pub(crate) fn files(&self, part: &str) -> usize {
        files(&self.folder.path().join(part))
    }
}

fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

pub(crate) fn body(bytes: &[u8]) -> Body {
    Body {
        bytes: bytes.len() as u64,
        sha256: Sha256::digest(bytes).into(),
    }
}

/// A part that was put.
pub(crate) fn part(number: u16, bytes: &[u8]) -> Part {
    let sha256 = body(bytes).sha256;
    let etag = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    Part {
        number,
        etag,
        sha256,
    }
}

pub(crate) fn labels() -> Labels {
    Labels {
        owner: "o".to_owned(),
        kind: MediaKind::Image,
    }
}

pub(crate) fn whole(bytes: &'static [u8]) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter([Ok(Bytes::from_static(bytes))])
}

//! A store in a folder of its own, with a clock that is turned by hand.

use bytes::Bytes;
use futures_util::{Stream, stream};
use heliograph_domain::Context;
use heliograph_domain::ports::{BlobKey, Blobs, Body, Clock, Labels, RandomIds};
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

pub(crate) fn labels() -> Labels {
    Labels {
        owner: "o".to_owned(),
        kind: MediaKind::Image,
    }
}

pub(crate) fn whole(bytes: &'static [u8]) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter([Ok(Bytes::from_static(bytes))])
}

//! Files in a folder: what is there after a crash, what goes, and that there is no more than may be.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use futures_util::stream;
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

const DAY_MS: u64 = 86_400_000;
/// What a file takes besides its bytes.
const HEADER: u64 = 4096;

struct World {
    folder: TempDir,
    clock: Arc<VirtualClock>,
    store: Arc<BlobStore>,
    blobs: LocalBlobs,
}

impl World {
    fn with_room(max_bytes: u64) -> Self {
        let clock = Arc::new(VirtualClock::at(1_764_000_000_000));
        Self::on(TempDir::new().unwrap(), clock, max_bytes)
    }

    fn on(folder: TempDir, clock: Arc<VirtualClock>, max_bytes: u64) -> Self {
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
    fn again(self) -> Self {
        Self::on(self.folder, self.clock, u64::MAX)
    }

    async fn put(&self, key: &BlobKey, bytes: &'static [u8]) -> Result<Added, PutError> {
        self.store
            .put(key, &body(bytes), &labels(), whole(bytes))
            .await
    }

    async fn has(&self, key: &BlobKey) -> bool {
        self.blobs.find(&self.cx(), key).await.unwrap().is_some()
    }

    fn cx(&self) -> Context {
        Context::at(self.clock.now_ms())
    }

    /// How many files lie in a part of the folder.
    fn files(&self, part: &str) -> usize {
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

fn body(bytes: &[u8]) -> Body {
    Body {
        bytes: bytes.len() as u64,
        sha256: Sha256::digest(bytes).into(),
    }
}

fn labels() -> Labels {
    Labels {
        owner: "o".to_owned(),
        kind: MediaKind::Image,
    }
}

fn whole(bytes: &'static [u8]) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    stream::iter([Ok(Bytes::from_static(bytes))])
}

#[tokio::test]
async fn what_is_acknowledged_is_there_after_a_crash_and_what_was_on_its_way_is_not() {
    let world = World::with_room(u64::MAX);
    let key = BlobKey::media("a");
    assert_eq!(world.put(&key, b"sealed").await.unwrap(), Added::New);
    fs::write(world.folder.path().join("incoming").join("left"), "half").unwrap();
    let world = world.again();
    let found = world.blobs.find(&world.cx(), &key).await.unwrap().unwrap();
    assert_eq!((found.bytes, found.labels), (6, labels()));
    assert_eq!(found.sha256, Some(body(b"sealed").sha256));
    assert_eq!((world.files("incoming"), world.files("media")), (0, 1));
    assert_eq!(world.store.used_bytes(), HEADER + 6);
}

#[tokio::test]
async fn nothing_is_kept_of_a_body_that_is_not_the_one_that_was_said() {
    let world = World::with_room(u64::MAX);
    let (key, said) = (BlobKey::media("a"), body(b"sealed"));
    for wrong in [&b"sealed and more"[..], b"seal", b"", b"SEALED"] {
        let put = world.store.put(&key, &said, &labels(), whole(wrong)).await;
        assert!(
            matches!(put, Err(PutError::Length | PutError::Hash)),
            "{put:?}"
        );
    }
    // A client that goes away in the middle.
    let dies = stream::iter([
        Ok(Bytes::from_static(b"sea")),
        Err(io::Error::other("gone")),
    ]);
    let put = world.store.put(&key, &said, &labels(), dies).await;
    assert!(matches!(put, Err(PutError::Length)), "{put:?}");
    assert_eq!((world.files("incoming"), world.files("media")), (0, 0));
    assert_eq!(world.store.used_bytes(), 0);
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let world = World::with_room(u64::MAX);
    let (key, said, labels) = (BlobKey::media("a"), body(b"sealed"), labels());
    let put = world
        .store
        .put(&key, &said, &labels, stream::pending::<io::Result<Bytes>>());
    let hung = tokio::time::timeout(std::time::Duration::from_millis(50), put).await;
    assert!(hung.is_err());
    assert_eq!((world.files("incoming"), world.store.used_bytes()), (0, 0));
}

#[tokio::test]
async fn there_is_no_more_than_there_is_room_for() {
    let world = World::with_room(HEADER + 10);
    let (a, b) = (BlobKey::media("a"), BlobKey::media("b"));
    let refused = world.put(&a, b"eleven byte").await;
    assert!(matches!(refused, Err(PutError::Full)), "{refused:?}");
    world.put(&a, b"ten bytes.").await.unwrap();
    let refused = world.put(&b, b"").await;
    assert!(matches!(refused, Err(PutError::Full)), "{refused:?}");
    let begun = world.blobs.begin_parts(&world.cx(), &b, &labels()).await;
    assert_eq!(begun.unwrap_err().kind(), BlobsErrorKind::Full);
    world.blobs.delete(&world.cx(), &a).await.unwrap();
    world.blobs.delete(&world.cx(), &a).await.unwrap();
    assert_eq!(world.store.used_bytes(), 0);
    world.put(&b, b"ten bytes.").await.unwrap();
}

#[tokio::test]
async fn media_go_after_30_days_and_photos_stay() {
    let world = World::with_room(u64::MAX);
    let (media, photo) = (BlobKey::media("a"), BlobKey::photo("b"));
    world.put(&media, b"sealed").await.unwrap();
    let cx = world.cx();
    assert!(world.blobs.copy(&cx, &media, &photo).await.unwrap());
    assert!(world.blobs.copy(&cx, &media, &photo).await.unwrap());
    assert!(
        !world
            .blobs
            .copy(&cx, &BlobKey::media("none"), &photo)
            .await
            .unwrap()
    );
    world.clock.advance(30 * DAY_MS - 1000);
    world.store.sweep().unwrap();
    assert!(world.has(&media).await);
    world.clock.advance(1000);
    // It is not served any more, however late the sweep is.
    assert!(!world.has(&media).await);
    assert_eq!(world.files("media"), 1);
    world.store.sweep().unwrap();
    assert_eq!((world.files("media"), world.files("photos")), (0, 1));
    assert!(world.has(&photo).await);
    assert_eq!(world.store.used_bytes(), HEADER + 6);
}

#[tokio::test]
async fn parts_become_a_file_once_and_go_then() {
    let world = World::with_room(u64::MAX);
    let (key, cx) = (BlobKey::media("a"), world.cx());
    let upload = world.blobs.begin_parts(&cx, &key, &labels()).await.unwrap();
    let mut parts = Vec::new();
    for (number, bytes) in [(2, &b"second"[..]), (1, b"first "), (1, b"first ")] {
        let body = body(bytes);
        let put = world
            .store
            .put_part(&key, (&upload, number), &body, whole(bytes));
        put.await.unwrap();
        let etag = body
            .sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let sha256 = body.sha256;
        parts.insert(
            0,
            Part {
                number,
                etag,
                sha256,
            },
        );
    }
    parts.remove(0);
    let join = async |parts: &[Part]| {
        let joined = world.blobs.join_parts(&cx, &key, &upload, parts).await;
        joined.map_err(|error| error.kind())
    };
    assert_eq!(join(&[]).await, Err(BlobsErrorKind::Refused));
    assert_eq!(join(&parts[1..]).await, Err(BlobsErrorKind::Refused));
    let swapped = [parts[1].clone(), parts[0].clone()];
    assert_eq!(join(&swapped).await, Err(BlobsErrorKind::Refused));
    join(&parts).await.unwrap();
    let found = world.blobs.find(&cx, &key).await.unwrap().unwrap();
    assert_eq!(found.sha256, Some(body(b"first second").sha256));
    assert_eq!(world.files("parts"), 0);
    assert_eq!(world.store.used_bytes(), HEADER + 12);
    assert_eq!(join(&parts).await, Err(BlobsErrorKind::Gone));
}

#[tokio::test]
async fn parts_that_never_become_a_file_go_after_a_day() {
    let world = World::with_room(u64::MAX);
    let (key, other) = (BlobKey::media("a"), BlobKey::media("b"));
    let upload = world
        .blobs
        .begin_parts(&world.cx(), &key, &labels())
        .await
        .unwrap();
    let part = body(b"part");
    let put = async |key, upload| {
        let put = world
            .store
            .put_part(key, (upload, 1), &part, whole(b"part"));
        put.await
    };
    let strangers = "2d9b7c44-1e6f-4a0b-8c35-97e2f4a1d6b3";
    for (key, upload) in [
        (&key, strangers),
        (&key, "../parts"),
        (&other, upload.as_str()),
    ] {
        let refused = put(key, upload).await;
        assert!(matches!(refused, Err(PutError::Gone)), "{refused:?}");
    }
    put(&key, &upload).await.unwrap();
    let world = world.again();
    world.clock.advance(DAY_MS - 1000);
    world.store.sweep().unwrap();
    assert_eq!(world.files("parts"), 2);
    world.clock.advance(1000);
    world.store.sweep().unwrap();
    assert_eq!((world.files("parts"), world.store.used_bytes()), (0, 0));
}

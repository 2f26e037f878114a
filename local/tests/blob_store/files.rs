//! Files that are put whole, and copies.

use crate::world::*;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use heliograph_domain::ports::{BlobKey, Blobs, BlobsErrorKind, RandomIds};
use heliograph_domain::testing::stage::VirtualClock;
use heliographd::blobs::{Added, BlobStore, PutError};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tempfile::TempDir;

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
async fn of_sixteen_first_puts_one_is_the_first() {
    let world = World::with_room(u64::MAX);
    let key = BlobKey::media("a");
    let puts = (0..16).map(|_| world.put(&key, b"sealed"));
    let added = join_all(puts).await;
    let new = added
        .iter()
        .filter(|it| matches!(it, Ok(Added::New)))
        .count();
    let there = added
        .iter()
        .filter(|it| matches!(it, Ok(Added::Exists)))
        .count();
    assert_eq!((new, there), (1, 15), "{added:?}");
    assert_eq!((world.files("incoming"), world.files("media")), (0, 1));
    assert_eq!(world.store.used_bytes(), HEADER + 6);
}

#[tokio::test]
async fn nobody_but_its_owner_enters_the_folder() {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("blobs");
    let clock = Arc::new(VirtualClock::at(0));
    BlobStore::open(&made, 1, clock, Arc::new(RandomIds)).unwrap();
    let mode = fs::metadata(made).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
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
async fn what_cannot_be_swept_keeps_nothing_else() {
    let world = World::with_room(u64::MAX);
    let key = BlobKey::media("a");
    world.put(&key, b"sealed").await.unwrap();
    let cx = world.cx();
    world.blobs.begin_parts(&cx, &key, &labels()).await.unwrap();
    let broken = world.folder.path().join("parts").join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("about"), "broken").unwrap();
    world.clock.advance(30 * DAY_MS);
    world.store.sweep().unwrap_err();
    assert_eq!((world.files("media"), world.files("parts")), (0, 1));
}

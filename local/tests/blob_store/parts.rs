//! Files that come in parts.

use crate::world::*;
use futures_util::future::join_all;
use heliograph_domain::ports::{BlobKey, Blobs, BlobsErrorKind, Part};
use heliographd::blobs::{Added, PutError};
use std::fs;

#[tokio::test]
async fn parts_become_a_file_once_and_go_then() {
    let world = World::with_room(u64::MAX);
    let (key, cx) = (BlobKey::media("a"), world.cx());
    let upload = world.blobs.begin_parts(&cx, &key, &labels()).await.unwrap();
    for (number, bytes) in [(2, &b"second"[..]), (1, b"first "), (1, b"first ")] {
        world.put_part(&key, (&upload, number), bytes).await;
    }
    let parts = [part(1, b"first "), part(2, b"second")];
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
    assert_eq!((found.bytes, found.sha256), (12, None));
    assert_eq!(world.files("parts"), 0);
    assert_eq!(world.store.used_bytes(), HEADER + 12);
    assert_eq!(join(&parts).await, Err(BlobsErrorKind::Gone));
    // Neither a file nor other parts take its place.
    assert_eq!(world.put(&key, b"other").await.unwrap(), Added::Exists);
    let other = world.upload(&key, &[b"other"]).await;
    assert_eq!(world.join(&key, &other).await, Err(BlobsErrorKind::Exists));
    assert_eq!(world.read(&key), b"first second");
    world.blobs.delete(&cx, &key).await.unwrap();
    assert_eq!(world.files("media"), 0);
    world.clock.advance(DAY_MS);
    world.store.sweep().unwrap();
    assert_eq!(world.store.used_bytes(), 0);
}

#[tokio::test]
async fn parts_do_not_take_the_place_of_a_file() {
    let world = World::with_room(u64::MAX);
    let key = BlobKey::media("a");
    let upload = world.upload(&key, &[b"first ", b"second"]).await;
    world.put(&key, b"whole").await.unwrap();
    assert_eq!(world.join(&key, &upload).await, Err(BlobsErrorKind::Exists));
    assert_eq!(world.read(&key), b"whole");
}

#[tokio::test]
async fn of_sixteen_who_join_one_is_the_first() {
    let world = World::with_room(u64::MAX);
    let key = BlobKey::media("a");
    let pieces: Vec<&[u8]> = vec![b"parts "; 12];
    let upload = world.upload(&key, &pieces).await;
    let joined = join_all((0..16).map(|_| world.join(&key, &upload))).await;
    let first = joined.iter().filter(|it| it.is_ok()).count();
    let gone = joined.iter().filter(|it| **it == Err(BlobsErrorKind::Gone));
    assert_eq!((first, gone.count()), (1, 15), "{joined:?}");
    assert_eq!(world.read(&key), b"parts ".repeat(12));
    assert_eq!((world.files("incoming"), world.files("parts")), (0, 0));
    assert_eq!(world.store.used_bytes(), HEADER + 72);
}

#[tokio::test]
async fn what_came_in_parts_is_copied_and_goes_after_30_days() {
    let world = World::with_room(u64::MAX);
    let (key, photo, cx) = (BlobKey::media("a"), BlobKey::photo("b"), world.cx());
    let upload = world.upload(&key, &[b"first ", b"second"]).await;
    world.join(&key, &upload).await.unwrap();
    assert!(world.blobs.copy(&cx, &key, &photo).await.unwrap());
    let world = world.again();
    assert_eq!(world.store.used_bytes(), 2 * (HEADER + 12));
    world.clock.advance(30 * DAY_MS - 1000);
    world.store.sweep().unwrap();
    assert!(world.has(&key).await);
    world.clock.advance(1000);
    assert!(!world.has(&key).await);
    world.store.sweep().unwrap();
    assert_eq!((world.files("media"), world.files("photos")), (0, 1));
    assert_eq!(world.read(&photo), b"first second");
    assert_eq!(world.store.used_bytes(), HEADER + 12);
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

/// A crash can come between any two steps; these are what it can leave.
#[tokio::test]
async fn what_a_crash_leaves_of_parts_goes() {
    let world = World::with_room(u64::MAX);
    let (key, cx) = (BlobKey::media("a"), world.cx());
    let upload = world.blobs.begin_parts(&cx, &key, &labels()).await.unwrap();
    world.put_part(&key, (&upload, 1), b"first").await;
    let folder = world.folder.path();
    // An upload that was just begun, or whose parts were just being removed.
    let half = folder.join("incoming").join("upload");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("1-00"), "part").unwrap();
    // A file that was just being joined.
    fs::write(folder.join("incoming").join("whole"), "fir").unwrap();

    let world = world.again();
    assert_eq!((world.files("incoming"), world.files("parts")), (0, 2));
    assert_eq!(world.store.used_bytes(), HEADER + 5);
    let parts = [part(1, b"first")];
    let joined = world.blobs.join_parts(&cx, &key, &upload, &parts).await;
    joined.unwrap();
    assert_eq!((world.files("incoming"), world.files("parts")), (0, 0));
    assert_eq!(world.store.used_bytes(), HEADER + 5);
}

//! Files that come in parts.

use crate::world::*;
use heliograph_domain::ports::{BlobKey, Blobs, BlobsErrorKind, Part};
use heliographd::blobs::PutError;
use std::fs;

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

/// A crash can come between any two steps; these are what it can leave.
#[tokio::test]
async fn what_a_crash_leaves_of_parts_goes() {
    let world = World::with_room(u64::MAX);
    let (key, cx) = (BlobKey::media("a"), world.cx());
    let upload = world.blobs.begin_parts(&cx, &key, &labels()).await.unwrap();
    let first = body(b"first");
    let put = world
        .store
        .put_part(&key, (&upload, 1), &first, whole(b"first"));
    put.await.unwrap();
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
    let etag = first.sha256.iter().map(|it| format!("{it:02x}")).collect();
    let parts = [Part {
        number: 1,
        etag,
        sha256: first.sha256,
    }];
    let join = world.blobs.join_parts(&cx, &key, &upload, &parts);
    join.await.unwrap();
    assert_eq!((world.files("incoming"), world.files("parts")), (0, 0));
    assert_eq!(world.store.used_bytes(), HEADER + 5);
}

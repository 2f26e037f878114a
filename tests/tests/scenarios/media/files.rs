//! What works.

use super::store::{rows, sweep};
use heliograph_protocol::ErrorCode;
use heliograph_protocol::media::{MediaId, Upload};
use heliograph_protocol::reply::{Empty, MediaCompleteOk, MediaUploadOk};
use heliograph_protocol::request::ProfileSet;
use heliograph_tests::files::{get, get_range, parts, put_parts, upload};
use heliograph_tests::{Deployment, hash, scenarios};
use hyper::StatusCode;

scenarios!(
    a_file_is_got_whole_and_by_range_by_who_knows_its_id,
    a_large_file_comes_in_parts,
    who_uploaded_a_file_deletes_it,
    a_photo_is_kept_while_it_is_shown,
);

async fn a_file_is_got_whole_and_by_range_by_who_knows_its_id(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
    let signed: MediaUploadOk = a.upload(&bytes).await.ok();
    // Nobody has put it yet.
    let early = b.try_download(&signed.media_id).await.error();
    assert_eq!(early.code, ErrorCode::NotFound);
    let media_id = upload(&mut a, &bytes).await;
    let there = b.download(&media_id).await;
    assert_eq!((there.size, there.sha256), (100_000, hash(&bytes)));

    let answer = get(&there.url).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.bytes, bytes);
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=65536-", 65_536, 100_000),
        ("bytes=10-19", 10, 20),
        ("bytes=-5", 99_995, 100_000),
        ("bytes=99999-200000", 99_999, 100_000),
    ] {
        let answer = get_range(&there.url, range).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(answer.bytes, bytes[from..to], "{range}");
        let expected = format!("bytes {from}-{}/100000", to - 1);
        assert_eq!(answer.headers["content-range"], expected);
    }
}

async fn a_large_file_comes_in_parts(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let bytes: Vec<u8> = (0..=250).cycle().take(8 * 1024 * 1024 + 77).collect();
    let signed: MediaUploadOk = a.upload_in_parts(&bytes).await.ok();
    assert!(matches!(
        signed.upload,
        Upload::Parts {
            part_size: 8_388_608,
            ..
        }
    ));
    assert_eq!(parts(&signed).len(), 2);
    let put = put_parts(&signed, &bytes).await;
    let early = b.try_download(&signed.media_id).await.error();
    assert_eq!(early.code, ErrorCode::NotFound);
    // Others do not complete it, nor do half of the parts.
    let foreign = b.complete(&signed.media_id, put.clone()).await.error();
    assert_eq!(foreign.code, ErrorCode::Forbidden);
    let half = a.complete(&signed.media_id, put[..1].to_vec()).await;
    assert_eq!(half.error().code, ErrorCode::BadRequest);
    let mut swapped = put.clone();
    let etag = swapped[0].etag.clone();
    swapped[0].etag = std::mem::replace(&mut swapped[1].etag, etag);
    let swapped = a.complete(&signed.media_id, swapped).await.error();
    assert_eq!(swapped.code, ErrorCode::Conflict);

    for _ in 0..2 {
        let reply = a.complete(&signed.media_id, put.clone()).await;
        let done: MediaCompleteOk = reply.ok();
        assert_eq!(done.sha256, hash(&bytes));
    }
    let there = b.download(&signed.media_id).await;
    assert_eq!(there.size, bytes.len() as u64);
    assert!(get(&there.url).await.bytes == bytes);
}

async fn who_uploaded_a_file_deletes_it(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let media_id = upload(&mut a, b"sealed").await;
    let there = b.download(&media_id).await;
    let foreign = b.delete_media(&media_id).await.error();
    assert_eq!(foreign.code, ErrorCode::Forbidden);
    assert_eq!(get(&there.url).await.bytes, "sealed");

    let _: Empty = a.delete_media(&media_id).await.ok();
    let gone = b.try_download(&media_id).await.error();
    assert_eq!(gone.code, ErrorCode::NotFound);
    // The address that was signed before leads to nothing.
    assert_eq!(get(&there.url).await.status, StatusCode::NOT_FOUND);
    a.close().await;
    b.close().await;
    assert_eq!(rows(&mut stack, &media_id).await, 0);
}

async fn a_photo_is_kept_while_it_is_shown(mut stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let media_id = upload(&mut a, b"photo").await;
    let show = async |a: &mut heliograph_tests::Socket, photo: &MediaId| {
        let photo_media_id = Some(photo.as_str().to_owned());
        let _: Empty = a
            .ask(|id| ProfileSet {
                id,
                username: None,
                about: None,
                photo_media_id,
            })
            .await
            .ok();
    };
    show(&mut a, &media_id).await;
    a.close().await;
    sweep(&mut stack).await;
    // The file, and the copy that is kept.
    assert_eq!(rows(&mut stack, &media_id).await, 2);

    let mut a = alice.connect().await;
    assert_eq!(get(&a.download(&media_id).await.url).await.bytes, "photo");
    let other = upload(&mut a, b"another").await;
    show(&mut a, &other).await;
    a.close().await;
    sweep(&mut stack).await;
    assert_eq!(rows(&mut stack, &media_id).await, 1);
    assert_eq!(rows(&mut stack, &other).await, 2);
}

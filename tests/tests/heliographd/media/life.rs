//! How long files are there, with the clock turned forward.

use heliograph_domain::Context;
use heliograph_domain::store::{Query, Store, Table};
use heliograph_protocol::ErrorCode;
use heliograph_protocol::media::MediaId;
use heliograph_protocol::reply::{MediaCompleteOk, MediaUploadOk};
use heliograph_tests::files::{get, put_parts, upload};
use heliograph_tests::one_machine::files;
use heliograph_tests::{OneMachine, now_ms};
use heliographd::store::{EmbeddedStore, Options};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Counts the files of all kinds, after the server has stopped.
fn objects(machine: &OneMachine) -> usize {
    files(&machine.data().join("blobs")).len()
}

async fn rows(machine: &OneMachine, media_id: &MediaId) -> usize {
    let store = EmbeddedStore::open(&machine.data(), &Options::default()).unwrap();
    let query = Query::partition(Table::Media, media_id.as_str(), 100);
    // As of before they ended: what has ended is hidden otherwise, be it there or not.
    let cx = Context::at(now_ms());
    store.query(&cx, &query).await.unwrap().items.len()
}

#[tokio::test]
async fn after_thirty_days_neither_object_nor_row_is_there() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let (alice, mut bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let whole = upload(&mut a, b"sealed").await;
    let large = vec![7; 8 * 1024 * 1024 + 1];
    let signed: MediaUploadOk = a.upload_in_parts(&large).await.ok();
    let parts = put_parts(&signed, &large).await;
    let _: MediaCompleteOk = a.complete(&signed.media_id, parts).await.ok();
    let mut b = bob.connect().await;
    let media = [whole, signed.media_id];
    for media_id in &media {
        b.download(media_id).await;
    }
    a.close().await;
    b.close().await;

    machine
        .advance_clock(DAY * 30 - Duration::from_secs(60))
        .await;
    machine.sweep().await;
    bob.refresh().await.unwrap();
    let mut b = bob.connect().await;
    for (media_id, bytes) in media.iter().zip([&b"sealed"[..], &large]) {
        let there = b.download(media_id).await;
        assert!(get(&there.url).await.bytes == bytes);
    }
    let last = b.download(&media[0]).await;

    machine.advance_clock(Duration::from_secs(61)).await;
    for media_id in &media {
        let gone = b.try_download(media_id).await.error();
        assert_eq!(gone.code, ErrorCode::NotFound);
    }
    // Its address is good for a quarter of an hour, and leads to nothing.
    assert_eq!(get(&last.url).await.status, 404);
    b.close().await;
    machine.sweep().await;
    machine.stop().await;
    assert_eq!(objects(&machine), 0);
    for media_id in &media {
        assert_eq!(rows(&machine, media_id).await, 0);
    }
}

#[tokio::test]
async fn parts_that_never_become_a_file_go_after_a_day_and_a_file_that_never_came_leaves_nothing() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let mut alice = machine.person("alice").await;
    let mut a = alice.connect().await;
    let never: MediaUploadOk = a.upload(b"never").await.ok();
    let large = vec![7; 8 * 1024 * 1024 + 1];
    let signed: MediaUploadOk = a.upload_in_parts(&large).await.ok();
    let parts = put_parts(&signed, &large).await;
    a.close().await;
    machine.sweep().await;
    machine.stop().await;
    // Two parts, and what says of what.
    assert_eq!(objects(&machine), 3);
    assert_eq!(rows(&machine, &never.media_id).await, 0);
    assert_eq!(rows(&machine, &signed.media_id).await, 1);

    machine.start_again().await;
    machine.advance_clock(DAY + Duration::from_secs(60)).await;
    machine.sweep().await;
    alice.refresh().await.unwrap();
    let mut a = alice.connect().await;
    let late = a.complete(&signed.media_id, parts).await.error();
    assert_eq!(late.code, ErrorCode::NotFound);
    a.close().await;
    machine.stop().await;
    assert_eq!(objects(&machine), 0);
    assert_eq!(rows(&machine, &signed.media_id).await, 0);
}

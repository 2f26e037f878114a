//! How much may be uploaded, and kept.

use heliograph_protocol::ErrorCode;
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::OneMachine;
use heliograph_tests::files::{put, upload, whole};
use heliograph_tests::one_machine::files;
use std::time::Duration;

#[tokio::test]
async fn files_and_bytes_of_a_day_are_limited() {
    let arguments = ["--dev", "--uploads-per-day=3", "--upload-bytes-per-day=100"];
    let machine = OneMachine::start(&arguments).await;
    let (mut alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    upload(&mut a, &[1; 60]).await;
    // Too many bytes, again and again: that costs nothing.
    for _ in 0..4 {
        let error = a.upload(&[1; 41]).await.error();
        assert_eq!(error.code, ErrorCode::RateLimited);
    }
    upload(&mut a, &[1; 20]).await;
    upload(&mut a, &[1; 1]).await;
    let error = a.upload(&[1; 1]).await.error();
    assert_eq!(error.code, ErrorCode::RateLimited);
    upload(&mut bob.connect().await, &[1; 100]).await;
    let wait = error.retry_after_ms.unwrap();
    machine.advance_clock(Duration::from_millis(wait)).await;
    alice.refresh().await.unwrap();
    upload(&mut alice.connect().await, &[1; 100]).await;
}

#[tokio::test]
async fn what_the_disk_is_not_to_hold_is_refused_and_nothing_of_it_kept() {
    let machine = OneMachine::start(&["--dev", "--max-media-bytes=20000"]).await;
    let alice = machine.person("alice").await;
    let mut a = alice.connect().await;
    let first = upload(&mut a, &[1; 10_000]).await;
    let signed: MediaUploadOk = a.upload(&[2; 10_000]).await.ok();
    let full = put(whole(&signed), &[2; 10_000]).await;
    assert_eq!(full.status, 507, "{}", full.body);
    let blobs = machine.data().join("blobs");
    assert_eq!(files(&blobs).len(), 1);
    // What goes makes room, and the address still takes the file.
    let _: heliograph_protocol::reply::Empty = a.delete_media(&first).await.ok();
    let answer = put(whole(&signed), &[2; 10_000]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let large = vec![3; 9 * 1024 * 1024];
    let signed: MediaUploadOk = a.upload_in_parts(&large).await.ok();
    let part = &heliograph_tests::files::parts(&signed)[1];
    let full = put(&part.request, &large[8 * 1024 * 1024..]).await;
    assert_eq!(full.status, 507, "{}", full.body);
}

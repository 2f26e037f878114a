//! How much somebody may upload.

use crate::world::*;
use heliograph_domain::store::Table;
use heliograph_protocol::ErrorBody;
use heliograph_protocol::limits::{MEDIA_BYTES_MAX, MEDIA_PART_BYTES};
use heliograph_protocol::media::Sha256;
use heliograph_protocol::request::MediaUpload;

fn sized(size: u64) -> MediaUpload {
    MediaUpload { size, ..whole(b"") }
}

#[tokio::test]
async fn files_and_bytes_of_a_day_are_counted_and_what_is_refused_is_not() {
    let (mut stage, [alice, bob]) = people().await;
    stage.app.limits.uploads_per_day = Some(4);
    stage.app.limits.upload_bytes_per_day = Some(1_000);
    let ask = async |by, size| {
        let (answer, bill) = upload(&stage, by, sized(size)).await;
        (
            answer.map(drop).map_err(|error| code(&error)),
            bill.write_units,
        )
    };
    let refused = || Err("RateLimited".to_owned());
    assert_eq!(ask(&alice, 600).await, (Ok(()), 1));
    // Too many bytes: the file is not counted either.
    for _ in 0..5 {
        assert_eq!(ask(&alice, 401).await, (refused(), 2));
    }
    assert_eq!(ask(&alice, 398).await, (Ok(()), 1));
    assert_eq!(ask(&alice, 1).await, (Ok(()), 1));
    assert_eq!(ask(&alice, 1).await, (Ok(()), 1));
    // Too many files: the bytes would fit.
    assert_eq!(ask(&alice, 1).await, (refused(), 2));
    assert_eq!(ask(&bob, 1_000).await, (Ok(()), 1));
    stage.clock.advance(DAY);
    assert_eq!(ask(&alice, 1_000).await, (Ok(()), 1));
}

#[tokio::test]
async fn who_is_limited_is_told_until_when() {
    let (mut stage, [alice, _bob]) = people().await;
    stage.app.limits.uploads_per_day = Some(0);
    let refused = upload(&stage, &alice, sized(1)).await.0.unwrap_err();
    let wait = ErrorBody::from(&refused).retry_after_ms.unwrap();
    stage.clock.advance(wait);
    stage.app.limits.uploads_per_day = Some(1);
    upload(&stage, &alice, sized(1)).await.0.unwrap();
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_counted() {
    let (mut stage, [alice, _bob]) = people().await;
    stage.app.limits.uploads_per_day = Some(50);
    let hashes = |count| vec![Sha256([0; 32]); count];
    let parts = |size, count| MediaUpload {
        multipart: true,
        parts_sha256: hashes(count),
        ..sized(size)
    };
    for (request, expected) in [
        (sized(MEDIA_BYTES_MAX + 1), "TooLarge"),
        (parts(MEDIA_BYTES_MAX + 1, 13), "TooLarge"),
        (sized(u64::MAX), "TooLarge"),
        (sized(MEDIA_PART_BYTES + 1), "BadRequest"),
        (parts(MEDIA_PART_BYTES + 1, 1), "BadRequest"),
        (parts(MEDIA_PART_BYTES + 1, 3), "BadRequest"),
        (parts(MEDIA_PART_BYTES + 1, 0), "BadRequest"),
        (
            MediaUpload {
                parts_sha256: hashes(1),
                ..sized(1)
            },
            "BadRequest",
        ),
    ] {
        let (answer, bill) = upload(&stage, &alice, request).await;
        assert_eq!(code(&answer.unwrap_err()), expected);
        assert_eq!((bill.store_calls, stage.files.calls()), (0, 0));
    }
    for request in [
        sized(MEDIA_PART_BYTES),
        parts(MEDIA_PART_BYTES, 1),
        parts(MEDIA_PART_BYTES + 1, 2),
        parts(MEDIA_BYTES_MAX, 13),
    ] {
        upload(&stage, &alice, request).await.0.unwrap();
    }
    assert!(!rows(&stage, Table::Limits).is_empty());
}

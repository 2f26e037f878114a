//! Files that are put in parts.

use crate::world::*;
use heliograph_domain::store::{StoreErrorKind, Table};
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_protocol::limits::{MEDIA_BYTES_MAX, MEDIA_PART_BYTES};
use heliograph_protocol::media::{MediaId, PartPut, Upload};
use heliograph_protocol::request::MediaUpload;

/// Somewhat more than two parts.
fn large() -> Vec<u8> {
    let bytes = usize::try_from(MEDIA_PART_BYTES * 2 + 5).unwrap();
    (0..=u8::MAX).cycle().take(bytes).collect()
}

async fn begun(stage: &Stage, by: &heliograph_domain::Address, bytes: &[u8]) -> (MediaId, Upload) {
    let signed = upload(stage, by, in_parts(bytes)).await.0.unwrap();
    (signed.media_id, signed.upload)
}

#[tokio::test]
async fn parts_become_a_file_once_they_are_said_to_be_there() {
    let (stage, [alice, bob]) = people().await;
    let bytes = large();
    let (media_id, signed) = begun(&stage, &alice, &bytes).await;
    let parts = put_parts(&stage, signed, &bytes);
    assert_eq!(parts.len(), 3);
    assert_eq!(
        got(&stage, &bob, &media_id).await,
        Err("NotFound".to_owned())
    );
    let done = complete(&stage, &alice, &media_id, parts.clone())
        .await
        .unwrap();
    assert_eq!((done.size, done.sha256), (bytes.len() as u64, hash(&bytes)));
    assert_eq!(got(&stage, &bob, &media_id).await, Ok(bytes.len() as u64));
    // Once more, as if the answer had been lost.
    assert_eq!(
        complete(&stage, &alice, &media_id, parts).await.unwrap(),
        done
    );
}

/// Protocol §9 has the store name the upload, so it is asked once.
#[tokio::test]
async fn an_upload_in_parts_is_two_write_units_and_one_call_however_many_parts() {
    let (mut stage, [alice, _bob]) = people().await;
    stage.app.limits.uploads_per_day = Some(50);
    let hashes = vec![hash(b""); 13];
    let request = MediaUpload {
        size: MEDIA_BYTES_MAX,
        parts_sha256: hashes,
        ..in_parts(b"")
    };
    let (signed, bill) = upload(&stage, &alice, request).await;
    signed.unwrap();
    assert_eq!((bill.write_units, bill.read_half_units), (2, 0));
    assert_eq!((bill.store_calls, stage.files.calls()), (2, 1));
}

#[tokio::test]
async fn a_file_that_is_whole_but_not_noted_yet_is_completed_by_asking_again() {
    let (stage, [alice, bob]) = people().await;
    let bytes = large();
    let (media_id, signed) = begun(&stage, &alice, &bytes).await;
    let parts = put_parts(&stage, signed, &bytes);
    // The first call reads, the second notes.
    stage
        .store
        .at_call(2, Fate::Fail(StoreErrorKind::Unavailable));
    let died = complete(&stage, &alice, &media_id, parts.clone()).await;
    assert_eq!(code(&died.unwrap_err()), "Unavailable");
    stage.store.stop_probing();
    let done = complete(&stage, &alice, &media_id, parts).await.unwrap();
    assert_eq!(done.sha256, hash(&bytes));
    assert_eq!(got(&stage, &bob, &media_id).await, Ok(bytes.len() as u64));
    assert_eq!(rows(&stage, Table::Media).len(), 1);
}

#[tokio::test]
async fn parts_that_are_missing_twice_out_of_order_or_others_make_no_file() {
    let (stage, [alice, bob]) = people().await;
    let bytes = large();
    let (media_id, signed) = begun(&stage, &alice, &bytes).await;
    let parts = put_parts(&stage, signed, &bytes);
    let mut swapped = parts.clone();
    swapped.swap(0, 1);
    let twice = vec![parts[0].clone(), parts[1].clone(), parts[1].clone()];
    let mut strange = parts.clone();
    strange[2] = PartPut {
        etag: "\"strange\"".to_owned(),
        ..strange[2].clone()
    };
    for (wrong, expected) in [
        (Vec::new(), "BadRequest"),
        (parts[..2].to_vec(), "BadRequest"),
        (swapped, "BadRequest"),
        (twice, "BadRequest"),
        (strange, "Conflict"),
    ] {
        let refused = complete(&stage, &alice, &media_id, wrong).await;
        assert_eq!(code(&refused.unwrap_err()), expected);
        assert!(stage.files.names().is_empty());
    }
    let foreign = complete(&stage, &bob, &media_id, parts.clone()).await;
    assert_eq!(code(&foreign.unwrap_err()), "Forbidden");
    complete(&stage, &alice, &media_id, parts).await.unwrap();
}

#[tokio::test]
async fn parts_that_never_become_a_file_leave_no_row() {
    let (stage, [alice, _bob]) = people().await;
    let bytes = large();
    let (media_id, signed) = begun(&stage, &alice, &bytes).await;
    let parts = put_parts(&stage, signed, &bytes);
    stage.clock.advance(DAY);
    let late = complete(&stage, &alice, &media_id, parts).await;
    assert_eq!(code(&late.unwrap_err()), "NotFound");
}

#[tokio::test]
async fn an_upload_that_was_begun_can_be_given_up() {
    let (stage, [alice, bob]) = people().await;
    let bytes = large();
    let (media_id, signed) = begun(&stage, &alice, &bytes).await;
    let parts = put_parts(&stage, signed, &bytes);
    let foreign = delete(&stage, &bob, &media_id).await;
    assert_eq!(code(&foreign.unwrap_err()), "Forbidden");
    delete(&stage, &alice, &media_id).await.unwrap();
    assert!(rows(&stage, Table::Media).is_empty());
    let over = complete(&stage, &alice, &media_id, parts).await;
    assert_eq!(code(&over.unwrap_err()), "NotFound");
}

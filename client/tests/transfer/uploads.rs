//! Files on their way into the store.

use crate::app::{App, plain, until};
use crate::store::Trouble::{Cut, Hang, Lost, Status};
use futures_util::FutureExt;
use heliograph_client::media::seal::open;
use heliograph_client::media::transfer::{
    About, Event, RetryReason, ServiceError, Source, StartError, TransferError,
};
use heliograph_protocol::error::ErrorCode;
use heliograph_protocol::media::MediaKind;
use std::collections::BTreeSet;

const MIB: usize = 1 << 20;

fn refused(code: ErrorCode) -> ServiceError {
    let retry_after_ms = None;
    ServiceError::Refused {
        code,
        retry_after_ms,
    }
}

/// The file is in the store, sealed.
fn assert_stored(app: &App, plain: &[u8]) {
    let attachment = app.uploaded();
    let place = attachment.media_id.as_str().strip_prefix("media-");
    let sealed = app.store.world.file(place.unwrap().parse().unwrap());
    let mut opened = Vec::new();
    let bytes = attachment.sealed_bytes;
    open(&attachment.key, bytes, &mut sealed.as_slice(), &mut opened).unwrap();
    assert!(opened == plain, "another file");
    assert_eq!(attachment.about.name.as_deref(), Some("name.bin"));
    app.assert_only(&[]);
}

#[tokio::test]
async fn a_large_file_is_put_in_parts_some_at_a_time() {
    let app = App::start().await;
    let plain = plain(20 * MIB);
    let transfers = app.open().await;
    app.begin(&transfers, &plain).await;
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, &plain);
    assert_eq!(app.store.world.put().len(), 3);
    let most = app.store.world.state().most_open_requests;
    assert!((2..=3).contains(&most), "{most}");
    let progress = app.progress();
    let all = app.uploaded().sealed_bytes;
    assert_eq!(progress.last(), Some(&(all, all)));
    assert!(progress.is_sorted() && progress.len() > 20);
}

#[tokio::test]
async fn small_files_are_put_whole() {
    for bytes in [0, 1, 100_000] {
        let app = App::start().await;
        let plain = plain(bytes);
        let transfers = app.open().await;
        app.begin(&transfers, &plain).await;
        transfers.run_until_idle(&app.store.service()).await;
        assert_stored(&app, &plain);
        assert_eq!(app.store.world.put(), [(0, 0)]);
    }
}

#[tokio::test]
async fn after_a_kill_only_the_parts_that_are_missing_are_put() {
    let app = App::start().await;
    let plain = plain(20 * MIB);
    app.store.world.trouble([None, Some(Hang), None]);
    let transfers = app.open().await;
    let id = app.begin(&transfers, &plain).await;
    let is_all_there = || app.parts_noted(id) == 2 && app.store.world.put().len() == 3;
    app.kill_when(transfers, is_all_there).await;
    assert_eq!(app.told(), []);

    let transfers = app.open().await;
    assert_eq!(transfers.pending(), [id]);
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, &plain);
    // The store has taken the one that hung too, but nobody knew.
    let put = app.store.world.put();
    assert_eq!(put.len(), 4, "{put:?}");
    assert_eq!(put.iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(app.store.world.state().places.len(), 1);
}

#[tokio::test]
async fn after_the_addresses_have_expired_the_same_bytes_are_put_anew() {
    let app = App::start().await;
    let plain = plain(9 * MIB);
    app.store.world.trouble([None, Some(Cut(MIB))]);
    let transfers = app.open().await;
    let id = app.begin(&transfers, &plain).await;
    app.kill_when(transfers, || app.parts_noted(id) == 1).await;
    app.store.world.state().now_ms += 15 * 60 * 1_000;
    app.open().await.run_until_idle(&app.store.service()).await;
    assert_stored(&app, &plain);
    let state = app.store.world.state();
    assert_eq!(state.places.len(), 2);
    assert_eq!(state.places[0].sha256, state.places[1].sha256);
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let app = App::start().await;
    let plain = plain(100_000);
    app.store.world.refuse([
        ServiceError::Offline,
        refused(ErrorCode::Unavailable),
        ServiceError::Refused {
            code: ErrorCode::RateLimited,
            retry_after_ms: Some(3_600_000),
        },
    ]);
    app.store.world.trouble([
        Some(Status(500, None)),
        Some(Status(429, Some(30))),
        Some(Status(503, None)),
        Some(Cut(10_000)),
    ]);
    let transfers = app.open().await;
    app.begin(&transfers, &plain).await;
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, &plain);
    let waits = app.waits();
    assert_eq!(waits.len(), 7);
    assert!(waits[2] >= 3_600_000 && waits[4] >= 30_000, "{waits:?}");
    let reasons = [
        RetryReason::Offline,
        RetryReason::Refused(ErrorCode::Unavailable),
        RetryReason::Refused(ErrorCode::RateLimited),
        RetryReason::Rejected(500),
        RetryReason::Rejected(429),
        RetryReason::Rejected(503),
        RetryReason::Unreachable,
    ];
    assert_eq!(app.reasons(), reasons);
}

#[tokio::test]
async fn an_answer_that_was_lost_costs_nothing() {
    let app = App::start().await;
    app.store.world.trouble([Some(Lost)]);
    let transfers = app.open().await;
    app.begin(&transfers, b"small").await;
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, b"small");
    assert_eq!(app.store.world.state().places.len(), 1);
}

#[tokio::test]
async fn an_upload_that_the_store_has_lost_is_begun_anew() {
    let app = App::start().await;
    let plain = plain(9 * MIB);
    let transfers = app.open().await;
    app.begin(&transfers, &plain).await;
    app.store.world.trouble([Some(Status(404, None))]);
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, &plain);
    assert_eq!(app.store.world.state().places.len(), 2);
}

#[tokio::test]
async fn parts_that_the_service_has_lost_are_put_anew() {
    let app = App::start().await;
    let plain = plain(9 * MIB);
    let transfers = app.open().await;
    app.begin(&transfers, &plain).await;
    let world = &app.store.world;
    world.refuse_to_complete([refused(ErrorCode::NotFound)]);
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, &plain);
    let put: BTreeSet<_> = world.put().into_iter().collect();
    assert_eq!(put, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
    assert_eq!(world.state().places.len(), 2);
}

#[tokio::test]
async fn what_does_not_pass_is_told_once_and_leaves_nothing() {
    let app = App::start().await;
    app.store.world.refuse([refused(ErrorCode::TooLarge)]);
    let transfers = app.open().await;
    let id = app.begin(&transfers, b"small").await;
    transfers.run_until_idle(&app.store.service()).await;
    let error = TransferError::Refused(ErrorCode::TooLarge);
    assert_eq!(app.end(), Event::Failed { id, error });
    app.assert_only(&[]);
    drop(transfers);
    let transfers = app.open().await;
    transfers.run_until_idle(&app.store.service()).await;
    assert_eq!(app.told().len(), 1);
}

#[tokio::test]
async fn a_body_that_came_too_slowly_is_put_anew() {
    let app = App::start().await;
    app.store.world.trouble([Some(Status(400, None))]);
    let transfers = app.open().await;
    app.begin(&transfers, b"small").await;
    transfers.run_until_idle(&app.store.service()).await;
    assert_stored(&app, b"small");
    assert_eq!(app.store.world.state().places.len(), 2);
}

#[tokio::test]
async fn sealed_bytes_that_have_changed_are_not_taken() {
    let app = App::start().await;
    let transfers = app.open().await;
    let id = app.begin(&transfers, b"small").await;
    let spool = app.folder().join(format!("{id}.sealed"));
    std::fs::write(&spool, [7; 21]).unwrap();
    transfers.run_until_idle(&app.store.service()).await;
    let error = TransferError::Expired;
    assert_eq!(app.end(), Event::Failed { id, error });
    // Not for ever.
    assert_eq!(app.store.world.state().places.len(), 21);
    app.assert_only(&[]);
}

#[tokio::test]
async fn sealed_bytes_that_were_cut_off_are_told_of() {
    let app = App::start().await;
    let transfers = app.open().await;
    let id = app.begin(&transfers, &plain(9 * MIB)).await;
    let spool = app.folder().join(format!("{id}.sealed"));
    let spool = std::fs::OpenOptions::new().write(true).open(spool).unwrap();
    spool.set_len(9 << 20).unwrap();
    transfers.run_until_idle(&app.store.service()).await;
    let error = TransferError::Spool;
    assert_eq!(app.end(), Event::Failed { id, error });
    app.assert_only(&[]);
}

#[tokio::test]
async fn sealed_bytes_that_are_gone_are_told_of() {
    let app = App::start().await;
    let transfers = app.open().await;
    let id = app.begin(&transfers, b"small").await;
    std::fs::remove_file(app.folder().join(format!("{id}.sealed"))).unwrap();
    transfers.run_until_idle(&app.store.service()).await;
    let error = TransferError::Spool;
    assert_eq!(app.end(), Event::Failed { id, error });
}

#[tokio::test]
async fn an_upload_that_nobody_waited_for_is_known_all_the_same() {
    let app = App::start().await;
    let transfers = app.open().await;
    let source = Source::Bytes(plain(MIB).into());
    let begun = transfers.upload(source, MediaKind::Document, About::default());
    assert!(begun.now_or_never().is_none());
    until(|| transfers.pending().len() == 1).await;
    transfers.run_until_idle(&app.store.service()).await;
    app.uploaded();
    drop(transfers);
    assert_eq!(app.open().await.pending(), []);
    app.assert_only(&[]);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_taken_on() {
    let app = App::start().await;
    let transfers = app.open().await;
    let source = Source::File(app.path("nothing"));
    let begun = transfers.upload(source, MediaKind::Document, About::default());
    assert!(matches!(begun.await, Err(StartError::Seal(_))));
    assert_eq!(transfers.pending(), []);
    app.assert_only(&[]);
}

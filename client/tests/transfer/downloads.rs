//! Files on their way from the store.

use crate::app::{App, plain, polled};
use crate::store::Trouble::{self, Cut, Forged, Status, Whole};
use heliograph_client::media::seal::{CHUNK_BYTES, SEALED_CHUNK_BYTES};
use heliograph_client::media::transfer::{Attachment, Event, StartError, TransferError, Transfers};
use heliograph_protocol::error::ErrorCode;
use std::pin::pin;

const MIB: usize = 1 << 20;

pub(crate) async fn get(app: &App, attachment: &Attachment) -> Event {
    let transfers = app.open().await;
    let to = app.path("file");
    transfers.download(attachment, to).await.unwrap();
    transfers.run_until_idle(&app.store.service()).await;
    app.end()
}

pub(crate) fn assert_got(app: &App, end: &Event, plain: &[u8]) {
    assert!(
        matches!(end, Event::Downloaded { to, .. } if *to == app.path("file")),
        "{end:?}"
    );
    assert!(
        std::fs::read(app.path("file")).unwrap() == plain,
        "another file"
    );
    app.assert_only(&["file"]);
}

pub(crate) fn assert_failed(app: &App, end: &Event, expected: TransferError) {
    assert!(
        matches!(end, Event::Failed { error, .. } if *error == expected),
        "{end:?}"
    );
    app.assert_only(&[]);
}

#[tokio::test]
async fn a_file_comes_and_is_opened() {
    for bytes in [0, 1, CHUNK_BYTES, 20 * MIB] {
        let app = App::start().await;
        let plain = plain(bytes);
        let attachment = app.put(&plain).await;
        let end = get(&app, &attachment).await;
        assert_got(&app, &end, &plain);
    }
}

#[tokio::test]
async fn progress_is_told() {
    let app = App::start().await;
    let attachment = app.put(&plain(3 * MIB)).await;
    get(&app, &attachment).await;
    let progress = app.progress();
    let all = attachment.sealed_bytes;
    assert_eq!(progress.last(), Some(&(all, all)));
    assert!(progress.is_sorted() && progress.len() > 5);
}

#[tokio::test]
async fn after_a_cut_the_rest_is_got() {
    let app = App::start().await;
    let plain = plain(9 * MIB);
    let attachment = app.put(&plain).await;
    app.store.world.trouble([
        Some(Cut(2 * MIB)),
        Some(Status(503, None)),
        Some(Cut(5 * MIB)),
        Some(Cut(0)),
    ]);
    let end = get(&app, &attachment).await;
    assert_got(&app, &end, &plain);
    let got = app.store.world.got();
    assert_eq!(got.len(), 5);
    let chunk = SEALED_CHUNK_BYTES as u64;
    assert!(got.iter().all(|from| from % chunk == 0), "{got:?}");
    // All that came but a chunk and what the cut took from the sockets' buffers.
    assert!(got[1] > MIB as u64 && got[3] > 6 * MIB as u64, "{got:?}");
    assert!(got.is_sorted());
}

#[tokio::test]
async fn after_a_kill_the_rest_is_got() {
    let app = App::start().await;
    let plain = plain(20 * MIB);
    let attachment = app.put(&plain).await;
    let transfers = app.open().await;
    let id = app.begin_to_get(&transfers, &attachment).await;
    let partial = app.path(&format!(".heliograph-{id}.part"));
    let there = || std::fs::metadata(&partial).map_or(0, |file| file.len());
    app.kill_when(transfers, || there() > MIB as u64).await;
    let transfers = app.open().await;
    assert_eq!(transfers.pending(), [id]);
    transfers.run_until_idle(&app.store.service()).await;
    assert_got(&app, &app.end(), &plain);
    let got = app.store.world.got();
    assert!(got.len() == 2 && got[1] >= MIB as u64, "{got:?}");
}

/// Opens and closes the app: by then, what was given up while it wrote has come to its end.
async fn settle(app: &App, transfers: Transfers) {
    drop(transfers);
    drop(app.open().await);
}

/// Works on a file that is to come, but for so many polls only; tells whether that was enough.
async fn get_in_part(app: &App, attachment: &Attachment, polls: usize) -> (Transfers, bool) {
    let transfers = app.open().await;
    app.begin_to_get(&transfers, attachment).await;
    let service = app.store.service();
    let is_done = {
        let running = pin!(transfers.run_until_idle(&service));
        polled(running, polls).await
    };
    (transfers, is_done)
}

/// Works on to the end, which there is one of; forgets it, and the file.
async fn get_the_rest(app: &App, transfers: Transfers, plain: &[u8]) {
    transfers.run_until_idle(&app.store.service()).await;
    settle(app, transfers).await;
    assert_got(app, &app.end(), plain);
    std::fs::remove_file(app.path("file")).unwrap();
    app.forget_told();
}

#[tokio::test]
async fn wherever_it_is_given_up_it_goes_on_and_ends_once() {
    let app = App::start().await;
    let plain = plain(200_000);
    let attachment = app.put(&plain).await;
    for polls in 1.. {
        let (transfers, is_done) = get_in_part(&app, &attachment, polls).await;
        get_the_rest(&app, transfers, &plain).await;
        if is_done {
            assert!(polls > 10, "{polls}");
            return;
        }
    }
}

#[tokio::test]
async fn wherever_it_is_killed_it_goes_on_and_ends_once() {
    let app = App::start().await;
    let plain = plain(200_000);
    let attachment = app.put(&plain).await;
    for polls in 1.. {
        let (transfers, is_done) = get_in_part(&app, &attachment, polls).await;
        assert!(!is_done || !app.told().is_empty());
        drop(transfers);
        let transfers = app.open().await;
        get_the_rest(&app, transfers, &plain).await;
        if is_done {
            return;
        }
    }
}

/// What a crash leaves between the note that a file is whole and its name, and just after it.
#[tokio::test]
async fn a_file_that_had_no_name_yet_at_a_kill_gets_it() {
    for has_name in [false, true] {
        let app = App::start().await;
        drop(app.open().await);
        let id = "00000000000000010000000000000002";
        let file = app.path("file");
        let note = serde_json::json!({ "ended": { "downloaded": file } });
        let noted = app.folder().join(format!("{id}.json"));
        std::fs::write(noted, note.to_string()).unwrap();
        let partial = app.path(&format!(".heliograph-{id}.part"));
        std::fs::write(if has_name { file } else { partial }, b"whole").unwrap();
        let transfers = app.open().await;
        transfers.run_until_idle(&app.store.service()).await;
        assert_got(&app, &app.end(), b"whole");
    }
}

#[tokio::test]
async fn what_a_disk_has_lost_comes_again() {
    let app = App::start().await;
    let plain = plain(3 * MIB);
    let attachment = app.put(&plain).await;
    let transfers = app.open().await;
    let id = app.begin_to_get(&transfers, &attachment).await;
    // As after a power cut: long enough, but never written.
    let partial = app.path(&format!(".heliograph-{id}.part"));
    std::fs::write(partial, vec![0; 2 * MIB]).unwrap();
    transfers.run_until_idle(&app.store.service()).await;
    assert_got(&app, &app.end(), &plain);
    assert_eq!(app.store.world.got().len(), 2);
}

/// A cut, and then something else, and it comes all the same.
async fn comes_despite(second: Trouble) {
    let app = App::start().await;
    let plain = plain(3 * MIB);
    let attachment = app.put(&plain).await;
    app.store.world.trouble([Some(Cut(2 * MIB)), Some(second)]);
    let end = get(&app, &attachment).await;
    assert_got(&app, &end, &plain);
}

#[tokio::test]
async fn a_store_without_ranges_gives_it_anew() {
    comes_despite(Whole).await;
}

#[tokio::test]
async fn an_address_that_has_expired_is_asked_for_anew() {
    comes_despite(Status(403, None)).await;
    // As S3 says of a token.
    comes_despite(Status(400, None)).await;
}

#[tokio::test]
async fn forged_bytes_leave_nothing() {
    let app = App::start().await;
    let attachment = app.put(&plain(3 * MIB)).await;
    app.store.world.trouble([Some(Forged(2 * MIB))]);
    let end = get(&app, &attachment).await;
    assert_failed(&app, &end, TransferError::Forged);
}

#[tokio::test]
async fn another_hash_than_the_message_tells_of_leaves_nothing() {
    let app = App::start().await;
    let mut attachment = app.put(b"small").await;
    attachment.sha256.0[0] ^= 1;
    let end = get(&app, &attachment).await;
    assert_failed(&app, &end, TransferError::Forged);
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_of() {
    let app = App::start().await;
    let mut attachment = app.put(b"small").await;
    attachment.media_id = "media-7".parse().unwrap();
    let end = get(&app, &attachment).await;
    let expected = TransferError::Refused(ErrorCode::NotFound);
    assert_failed(&app, &end, expected);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_of() {
    let app = App::start().await;
    let attachment = app.put(b"small").await;
    let transfers = app.open().await;
    let to = app.path("nowhere").join("file");
    transfers.download(&attachment, to).await.unwrap();
    transfers.run_until_idle(&app.store.service()).await;
    assert_failed(&app, &app.end(), TransferError::Disk);
}

#[tokio::test]
async fn what_no_file_can_be_is_not_taken_on() {
    let app = App::start().await;
    let mut attachment = app.put(b"small").await;
    attachment.sealed_bytes = u64::MAX;
    let transfers = app.open().await;
    let begun = transfers.download(&attachment, app.path("file")).await;
    assert!(matches!(begun, Err(StartError::Length)));
    app.assert_only(&[]);
}

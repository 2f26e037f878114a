//! Stores that answer with something else than the rest of a file, and say so or do not.

use crate::app::{App, plain};
use crate::downloads::{assert_failed, assert_got, get};
use crate::store::Trouble::{self, Piece};
use heliograph_client::media::seal::SEALED_CHUNK_BYTES;
use heliograph_client::media::transfer::{RetryReason, TransferError};

const MIB: usize = 1 << 20;
const CHUNK: u64 = SEALED_CHUNK_BYTES as u64;

/// Gets a file of 3 MiB from a store that answers so at first; tells from where on it was asked for, and
/// how often was waited in between.
async fn got_after(troubles: &[Trouble]) -> (Vec<u64>, usize) {
    let app = App::start().await;
    let plain = plain(3 * MIB);
    let attachment = app.put(&plain).await;
    app.store.world.trouble(troubles.iter().copied().map(Some));
    let end = get(&app, &attachment).await;
    assert_got(&app, &end, &plain);
    let reasons = app.reasons();
    let is_cut_off = |reason: &RetryReason| *reason == RetryReason::CutOff;
    assert!(reasons.iter().all(is_cut_off), "{reasons:?}");
    (app.store.world.got(), reasons.len())
}

fn piece(status: u16, range: u64, bytes: u64) -> Trouble {
    Piece {
        status,
        range,
        bytes,
    }
}

#[tokio::test]
async fn a_store_may_give_less_than_was_asked_for() {
    let all_of_it = [piece(206, CHUNK, CHUNK), piece(206, 7 * CHUNK, 7 * CHUNK)];
    let at_once = (vec![0, CHUNK, 8 * CHUNK], 0);
    assert_eq!(got_after(&all_of_it).await, at_once);
    let within_a_chunk = [piece(206, 2 * CHUNK + 7, 2 * CHUNK + 7)];
    assert_eq!(got_after(&within_a_chunk).await, (vec![0, 2 * CHUNK], 1));
}

#[tokio::test]
async fn what_brings_nothing_is_waited_for() {
    let little = piece(206, 100, 100);
    let nothing = piece(206, CHUNK, 0);
    let troubles = [piece(206, CHUNK, CHUNK), little, nothing, little];
    let in_vain = vec![0, CHUNK, CHUNK, CHUNK, CHUNK];
    assert_eq!(got_after(&troubles).await, (in_vain, 3));
}

#[tokio::test]
async fn an_empty_range_is_no_answer() {
    let app = App::start().await;
    let attachment = app.put(&plain(3 * MIB)).await;
    let troubles = [piece(206, CHUNK, CHUNK), piece(206, 0, 0)];
    app.store.world.trouble(troubles.map(Some));
    let end = get(&app, &attachment).await;
    assert_failed(&app, &end, TransferError::Rejected(206));
}

#[tokio::test]
async fn a_whole_file_that_is_cut_off_is_waited_for_whatever_it_says_of_ranges() {
    let troubles = [piece(200, 2 * CHUNK, 2 * CHUNK); 3];
    let got = vec![0, 2 * CHUNK, 2 * CHUNK, 2 * CHUNK];
    assert_eq!(got_after(&troubles).await, (got, 3));
}

#[tokio::test]
async fn what_is_not_as_long_as_promised_is_gone_on_with_behind_its_last_chunk() {
    for (range, bytes, next) in [
        (2 * CHUNK, 2 * CHUNK + 7, 2 * CHUNK),
        (2 * CHUNK, 5 * CHUNK, 2 * CHUNK),
        (5 * CHUNK, 2 * CHUNK, 2 * CHUNK),
        (5 * CHUNK, 2 * CHUNK + 7, 2 * CHUNK),
    ] {
        let got = got_after(&[piece(206, range, bytes)]).await;
        assert_eq!(got, (vec![0, next], 1), "{range} {bytes}");
    }
}

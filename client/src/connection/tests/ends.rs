//! How sockets end, and who displaced whom.

use super::*;
use heliograph_protocol::socket::{CLOSE_BINARY, CLOSE_ENDED, CLOSE_GOING_AWAY, CLOSE_TOO_LARGE};

const DISPLACED: &str = r#"{"event":"displaced"}"#;

fn is_displaced(desk: &Desk) -> bool {
    desk.was_told(|notice| matches!(notice, Notice::Displaced))
}

#[test]
fn another_client_displaces_until_the_app_wants_its_place_back() {
    let mut desk = Desk::connected();
    let id = desk.ask();
    desk.text(Generation(1), DISPLACED);
    assert!(is_displaced(&desk));
    assert_eq!(desk.end_of(&id), Err(RequestFailure::Unknown));
    desk.closes(Generation(1), Some(CLOSE_ENDED));
    desk.pass(DAY);
    assert!(desk.said.opened.is_empty());
    desk.take(Input::Open);
    assert_eq!(desk.said.opened.len(), 1);
}

#[test]
fn the_own_next_socket_displaces_nobody() {
    let mut desk = Desk::connected();
    let next = desk.pass_to_next(Generation(1));
    desk.text(Generation(1), DISPLACED);
    desk.closes(Generation(1), Some(CLOSE_ENDED));
    assert!(!desk.was_told(|notice| matches!(notice, Notice::Offline { .. })));
    desk.socket(next, SocketEvent::Opened);
    assert!(!is_displaced(&desk));

    // Nor does it when its word comes late.
    let mut desk = Desk::connected();
    desk.pass_to_next(Generation(1));
    desk.opens();
    desk.text(Generation(1), DISPLACED);
    desk.closes(Generation(1), Some(CLOSE_ENDED));
    assert!(!is_displaced(&desk));
}

#[test]
fn another_client_that_comes_during_a_renewal_is_known_by_the_new_socket() {
    let mut desk = Desk::connected();
    desk.pass_to_next(Generation(1));
    desk.text(Generation(1), DISPLACED);
    let next = desk.opens();
    desk.text(next, DISPLACED);
    assert!(is_displaced(&desk));
}

#[test]
fn one_that_lost_its_place_to_a_socket_that_failed_to_open_is_given_up() {
    let mut desk = Desk::connected();
    let next = desk.pass_to_next(Generation(1));
    let id = desk.ask();
    desk.text(Generation(1), DISPLACED);
    desk.socket(next, SocketEvent::Unreachable);
    assert_eq!(desk.said.closed, [Generation(1)]);
    assert!(!is_displaced(&desk));
    desk.pass(SECOND);
    let again = desk.opens();
    desk.text(again, ok(&id));
    assert_eq!(desk.end_of(&id), Err(RequestFailure::NotConnected));
}

#[test]
fn a_socket_that_failed_to_open_may_displace_all_the_same() {
    let mut desk = Desk::connected();
    let next = desk.pass_to_next(Generation(1));
    desk.socket(next, SocketEvent::Unreachable);
    desk.pass(15 * SECOND);
    desk.text(Generation(1), DISPLACED);
    assert!(!is_displaced(&desk));
    assert_eq!(desk.said.closed, [Generation(1)]);
    desk.pass(2 * SECOND);
    desk.opens();
    desk.pass(61 * SECOND);
    desk.text(Generation(3), DISPLACED);
    assert!(is_displaced(&desk), "that was long ago");
}

#[test]
fn ended_without_a_word_is_tried_again() {
    let mut desk = Desk::connected();
    desk.closes(Generation(1), Some(CLOSE_ENDED));
    assert!(!is_displaced(&desk));
    desk.pass(SECOND);
    assert_eq!(desk.said.opened.len(), 1);
}

/// The longest of many waits after a close with this code, after so long.
fn longest_wait(code: u16, after: u64) -> u64 {
    let waits = (0..100).map(|seed| {
        let mut desk = Desk::seeded(seed);
        desk.connect();
        desk.pass_answering(Generation(1), after);
        let of = desk.said.opened.last().map_or(Generation(1), |it| it.0);
        desk.closes(of, Some(code));
        desk.retry_at() - desk.now
    });
    waits.max().unwrap()
}

#[test]
fn each_code_is_answered_with_its_own_patience() {
    for code in [CLOSE_BINARY, CLOSE_TOO_LARGE, 1008, 1011, 4_000] {
        assert!(longest_wait(code, 2 * MINUTE) <= 500, "{code}");
    }
    // A server that stops sends all away.
    for code in [CLOSE_GOING_AWAY, 1012, 1013] {
        let longest = longest_wait(code, 2 * MINUTE);
        assert!(
            (2 * SECOND..=4 * SECOND).contains(&longest),
            "{code}: {longest}"
        );
    }
}

#[test]
fn a_server_that_found_it_idle_is_pinged_more_often() {
    let mut desk = Desk::connected();
    // The process slept, and the close was there when it woke.
    desk.now += 10 * MINUTE;
    desk.closes(Generation(1), Some(CLOSE_GOING_AWAY));
    assert!(desk.retry_at() - desk.now <= 500);
    desk.pass(SECOND);
    desk.opens();
    desk.said = Said::default();
    desk.pass(5 * MINUTE);
    assert_eq!(desk.said.sent.len(), 1);
}

#[test]
fn what_comes_of_a_socket_that_is_gone_is_not_heard() {
    let mut desk = Desk::connected();
    desk.closes(Generation(1), None);
    desk.pass(SECOND);
    desk.opens();
    desk.said = Said::default();
    desk.text(Generation(1), DISPLACED);
    desk.closes(Generation(1), Some(CLOSE_ENDED));
    desk.socket(Generation(1), SocketEvent::Opened);
    desk.socket(Generation(9), SocketEvent::Unreachable);
    assert!(desk.said.told.is_empty());
    assert!(desk.said.closed.is_empty());
}

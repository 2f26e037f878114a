//! Pings, and what is learnt from them.

use super::*;

#[test]
fn what_is_silent_is_pinged_after_nine_minutes() {
    let mut desk = Desk::connected();
    desk.pass(9 * MINUTE - 1);
    assert!(desk.said.sent.is_empty());
    desk.pass(1);
    assert_eq!(desk.said.sent.len(), 1);
    assert!(desk.said.sent[0].1.contains(r#""action":"ping""#));
}

#[test]
fn who_has_just_sent_something_need_not_ping() {
    let mut desk = Desk::connected();
    desk.pass(5 * MINUTE);
    let id = desk.ask();
    desk.text(Generation(1), ok(&id));
    desk.pass(9 * MINUTE - 1);
    assert_eq!(desk.said.sent.len(), 1);
    desk.pass(1);
    assert_eq!(desk.said.sent.len(), 2);
}

#[test]
fn a_ping_without_an_answer_is_a_dead_socket_and_a_busy_one_is_not() {
    let mut desk = Desk::connected();
    desk.pass(9 * MINUTE + 9_999);
    assert!(desk.said.closed.is_empty());
    desk.pass(1);
    assert_eq!(desk.said.closed, [Generation(1)]);
    assert!(desk.was_told(|notice| matches!(notice, Notice::Offline { .. })));

    let mut desk = Desk::connected();
    desk.pass(9 * MINUTE);
    for _ in 0..4 {
        desk.pass(9 * SECOND);
        desk.text(Generation(1), r#"{"event":"something new"}"#);
    }
    assert!(desk.said.closed.is_empty());
    desk.pass(20 * SECOND);
    assert_eq!(desk.said.closed, [Generation(1)]);
}

/// A box on the way forgets connections after so long a silence, without a word.
fn pings_until_it_lasts(forgets_after: u64, hours: u64) -> (usize, u64) {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    let (mut of, mut dead) = (desk.opens(), 0);
    let mut sent_at = desk.now;
    let mut gap = 0;
    while desk.now < START + hours * 60 * MINUTE {
        desk.pass_to_wake();
        for (on, text) in std::mem::take(&mut desk.said.sent) {
            gap = desk.now - sent_at;
            if on == of && gap < forgets_after {
                sent_at = desk.now;
                desk.text(of, ok(&id_of(&text)));
            }
        }
        for (opened, _) in std::mem::take(&mut desk.said.opened) {
            dead += 1;
            of = opened;
            desk.socket(of, SocketEvent::Opened);
            sent_at = desk.now;
        }
    }
    (dead, gap)
}

#[test]
fn a_network_that_forgets_is_found_out() {
    let (dead, gap) = pings_until_it_lasts(10 * MINUTE, 12);
    assert!(dead <= 7, "only renewals: {dead}");
    assert_eq!(gap, 9 * MINUTE);
    let (dead, gap) = pings_until_it_lasts(4 * MINUTE, 12);
    assert!(gap < 4 * MINUTE, "{gap}");
    assert!(dead <= 30, "{dead}");
    let (_, gap) = pings_until_it_lasts(40 * SECOND, 12);
    assert!(gap <= 47 * SECOND, "{gap}");
}

#[test]
fn half_a_minute_may_be_asked_for() {
    let timing = Timing {
        ping_ms: 30 * SECOND,
        ..Timing::default()
    };
    let mut desk = Desk::with(timing, tokens(1, START + 15 * MINUTE), 7);
    desk.connect();
    desk.pass_answering(Generation(1), 5 * MINUTE - 1);
    desk.pass(1);
    let ping = &desk.said.sent[0].1;
    assert_eq!(id_of(ping), "10");
}

#[test]
fn a_process_that_slept_asks_at_once_whether_its_socket_lives() {
    let mut desk = Desk::connected();
    desk.now += 60 * MINUTE;
    desk.take(Input::Wake);
    assert_eq!(desk.said.sent.len(), 1);
    desk.pass(10 * SECOND);
    assert_eq!(desk.said.closed, [Generation(1)]);
}

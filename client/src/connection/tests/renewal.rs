//! A socket takes the place of another before the server's two hours are over.

use super::*;
use heliograph_protocol::socket::CLOSE_ENDED;

/// Turns the clock to the opening of the next socket.
fn due(desk: &mut Desk) -> Generation {
    desk.pass_to_next(Generation(1))
}

fn connected(desk: &Desk) -> Vec<bool> {
    let told = desk.said.told.iter().filter_map(|notice| match notice {
        Notice::Connected { renewed } => Some(*renewed),
        _ => None,
    });
    told.collect()
}

#[test]
fn it_begins_ten_minutes_before_the_end_by_chance_three_more_or_less() {
    let begins = (0..50).map(|seed| {
        let mut desk = Desk::seeded(seed);
        desk.connect();
        while desk.said.opened.is_empty() {
            desk.pass_answering(Generation(1), SECOND);
        }
        (desk.now - START) / MINUTE
    });
    let begins: Vec<_> = begins.collect();
    assert!(
        begins.iter().all(|at| (107..=113).contains(at)),
        "{begins:?}"
    );
    assert!(begins.iter().any(|at| *at < 109) && begins.iter().any(|at| *at > 111));
}

#[test]
fn the_old_one_is_heard_for_a_while() {
    let mut desk = Desk::connected();
    let next = due(&mut desk);
    desk.text(
        Generation(1),
        r#"{"event":"keys_low","one_time_prekeys":1,"one_time_kem_prekeys":1}"#,
    );
    desk.socket(next, SocketEvent::Opened);
    desk.text(
        Generation(1),
        r#"{"event":"keys_low","one_time_prekeys":0,"one_time_kem_prekeys":0}"#,
    );
    let events = desk.said.told.iter();
    let events = events.filter(|notice| matches!(notice, Notice::Event(_)));
    assert_eq!(events.count(), 2);
    assert_eq!(connected(&desk), [true]);
    desk.pass(4_999);
    assert!(desk.said.closed.is_empty());
    desk.pass(1);
    assert_eq!(desk.said.closed, [Generation(1)]);
}

/// One that is about to be renewed and owes an answer.
fn owing() -> (Desk, String) {
    let timing = Timing {
        renew_jitter_ms: 0,
        keep_token_fresh: false,
        ..Timing::default()
    };
    let mut desk = Desk::with(timing, tokens(1, START + DAY), 7);
    desk.connect();
    desk.pass_answering(Generation(1), 110 * MINUTE - SECOND);
    let id = desk.ask();
    desk.pass(5 * SECOND);
    assert!(desk.said.opened.is_empty());
    (desk, id)
}

#[test]
fn it_waits_for_answers() {
    let (mut desk, id) = owing();
    desk.text(Generation(1), ok(&id));
    assert_eq!(desk.said.opened.len(), 1);
}

#[test]
fn it_waits_for_answers_but_not_for_ever() {
    let (mut desk, mut last) = owing();
    // Somebody always asks before the one before is answered.
    while desk.said.opened.is_empty() {
        desk.pass(5 * SECOND);
        let answered = std::mem::replace(&mut last, desk.ask());
        desk.text(Generation(1), ok(&answered));
    }
    assert_eq!(desk.now - START, 111 * MINUTE + 4 * SECOND);
}

#[test]
fn what_is_asked_meanwhile_goes_to_the_new_one() {
    let mut desk = Desk::connected();
    let next = due(&mut desk);
    desk.said.sent.clear();
    let id = desk.ask();
    assert!(desk.said.sent.is_empty());
    desk.text(Generation(1), ok(&id));
    assert!(!desk.has_ended(&id), "nobody was asked that yet");
    desk.text(Generation(1), r#"{"event":"displaced"}"#);
    desk.closes(Generation(1), Some(CLOSE_ENDED));
    desk.socket(next, SocketEvent::Opened);
    assert_eq!(desk.said.sent[0].0, next);
    desk.text(next, ok(&id));
    assert_eq!(desk.end_of(&id), Ok(()));
}

#[test]
fn a_new_one_that_takes_long_keeps_nobody_waiting() {
    let mut desk = Desk::connected();
    desk.pass_to_next(Generation(1));
    desk.said.sent.clear();
    let id = desk.ask();
    desk.pass(3 * SECOND - 1);
    assert!(desk.said.sent.is_empty());
    desk.pass(1);
    assert_eq!(desk.said.sent[0].0, Generation(1));
    desk.text(Generation(1), ok(&id));
    assert_eq!(desk.end_of(&id), Ok(()));

    // Where the old one has lost its place it answers nothing more.
    desk.text(Generation(1), r#"{"event":"displaced"}"#);
    desk.said.sent.clear();
    desk.ask();
    desk.pass(10 * SECOND);
    assert!(desk.said.sent.is_empty());
}

#[test]
fn an_answer_that_is_owed_may_come_by_the_old_one() {
    let timing = Timing {
        renew_patience_ms: 0,
        ..Timing::default()
    };
    let mut desk = Desk::with(timing, tokens(1, u64::MAX), 7);
    desk.connect();
    let mut owed = String::new();
    while desk.said.opened.is_empty() {
        owed = desk.ask();
        desk.pass(10 * SECOND);
        if desk.said.opened.is_empty() {
            desk.text(Generation(1), ok(&owed));
        }
    }
    desk.opens();
    desk.text(Generation(1), ok(&owed));
    assert_eq!(desk.end_of(&owed), Ok(()));
}

#[test]
fn one_that_fails_is_tried_again_and_the_old_one_serves() {
    let mut desk = Desk::connected();
    let next = due(&mut desk);
    let id = desk.ask();
    desk.said.sent.clear();
    desk.socket(next, SocketEvent::Unreachable);
    assert_eq!(desk.said.sent[0].0, Generation(1));
    desk.text(Generation(1), ok(&id));
    assert_eq!(desk.end_of(&id), Ok(()));
    assert!(!desk.was_told(|notice| matches!(notice, Notice::Offline { .. })));
    desk.pass(29 * SECOND);
    assert_eq!(desk.said.opened.len(), 1);
    desk.pass(2 * SECOND);
    assert_eq!(desk.said.opened.len(), 2);
}

#[test]
fn a_cut_while_the_next_one_opens_is_no_cut() {
    let mut desk = Desk::connected();
    let next = due(&mut desk);
    desk.closes(Generation(1), None);
    assert!(!desk.was_told(|notice| matches!(notice, Notice::Offline { .. })));
    desk.socket(next, SocketEvent::Opened);
    assert_eq!(connected(&desk), [true]);
    assert_eq!(desk.said.opened.len(), 1);
}

#[test]
fn the_new_one_may_be_cut_while_the_old_one_leaves() {
    let mut desk = Desk::connected();
    let next = due(&mut desk);
    desk.socket(next, SocketEvent::Opened);
    desk.closes(next, None);
    desk.pass(SECOND);
    assert_eq!(desk.said.closed, [Generation(1)], "there are two at most");
    assert_eq!(desk.said.opened.len(), 2);
}

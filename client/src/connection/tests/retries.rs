//! When the next socket is tried.

use super::*;

#[test]
fn a_cut_is_tried_again_within_half_a_second() {
    let mut desk = Desk::connected();
    desk.closes(Generation(1), None);
    assert!(desk.retry_at() - START <= 500);
    desk.pass(500);
    assert_eq!(desk.said.opened[0].0, Generation(2));
}

#[test]
fn tries_grow_rare_and_never_cease() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    let mut tries = Vec::new();
    while desk.now < START + 12 * 60 * MINUTE {
        let of = desk.said.opened.last().unwrap().0;
        tries.push(desk.now - START);
        desk.socket(of, SocketEvent::Unreachable);
        desk.pass_to_next(Generation(0));
    }
    let within = |from: u64, to: u64| tries.iter().filter(|at| (from..to).contains(at)).count();
    assert!((4..=40).contains(&within(0, MINUTE)), "{tries:?}");
    assert!(within(0, 30 * MINUTE) <= 120, "{tries:?}");
    assert!(
        (8..=15).contains(&within(60 * MINUTE, 120 * MINUTE)),
        "{tries:?}"
    );
    assert!((8..=15).contains(&within(660 * MINUTE, 720 * MINUTE)));
}

#[test]
fn failures_are_forgotten_after_a_socket_that_lasted_a_minute() {
    for (lasts, is_forgotten) in [(59 * SECOND, false), (61 * SECOND, true)] {
        let delays = (0..50).map(|seed| {
            let mut desk = Desk::seeded(seed);
            desk.take(Input::Open);
            for _ in 0..10 {
                desk.refused(503);
                desk.pass_to_next(Generation(0));
            }
            let of = desk.opens();
            desk.pass_answering(of, lasts);
            desk.closes(of, None);
            desk.retry_at() - desk.now
        });
        let longest = delays.max().unwrap();
        assert_eq!(longest <= 500, is_forgotten, "{longest}");
    }
}

#[test]
fn the_network_is_back_and_all_is_tried_at_once() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    for _ in 0..8 {
        let of = desk.said.opened.last().unwrap().0;
        desk.socket(of, SocketEvent::Unreachable);
        desk.pass_to_next(Generation(0));
    }
    desk.pass(2 * SECOND);
    let of = desk.said.opened.last().unwrap().0;
    desk.socket(of, SocketEvent::Unreachable);
    desk.said = Said::default();
    desk.take(Input::NetworkIsBack);
    assert_eq!(desk.said.opened.len(), 1);
    // However often it says so.
    for _ in 0..100 {
        let of = desk.said.opened.last().unwrap().0;
        desk.socket(of, SocketEvent::Unreachable);
        desk.take(Input::NetworkIsBack);
        desk.pass(20);
    }
    let tries = desk.said.opened.len();
    assert!((2..=8).contains(&tries), "{tries}");
}

#[test]
fn a_connection_that_may_be_of_another_network_is_asked_whether_it_lives() {
    let mut desk = Desk::connected();
    desk.pass(5 * SECOND);
    desk.take(Input::NetworkIsBack);
    desk.take(Input::NetworkIsBack);
    assert_eq!(desk.said.sent.len(), 1);
    desk.pass(10 * SECOND);
    assert_eq!(desk.said.closed, [Generation(1)]);
}

#[test]
fn a_server_that_asks_for_time_is_given_it() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    let refused = SocketEvent::Refused {
        status: Some(429),
        retry_after_ms: Some(90 * SECOND),
    };
    desk.socket(Generation(1), refused);
    desk.pass(2 * SECOND);
    desk.take(Input::NetworkIsBack);
    desk.pass(87 * SECOND);
    assert_eq!(desk.said.opened.len(), 1);
    desk.pass(2 * SECOND);
    assert_eq!(desk.said.opened.len(), 2);
}

#[test]
fn a_socket_that_does_not_open_in_time_is_given_up() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    desk.pass(20 * SECOND);
    assert_eq!(desk.said.closed, [Generation(1)]);
    desk.pass(MINUTE);
    assert!(desk.said.opened.len() >= 2);
    desk.socket(Generation(1), SocketEvent::Opened);
    assert!(!desk.was_told(|notice| matches!(notice, Notice::Connected { .. })));
}

#[test]
fn closed_by_the_app_it_stays_closed() {
    let mut desk = Desk::connected();
    desk.take(Input::Close);
    desk.pass(DAY);
    assert!(desk.said.opened.is_empty());
    desk.take(Input::Open);
    assert_eq!(desk.said.opened.len(), 1);
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut desk = Desk::connected();
    desk.pass(MINUTE);
    desk.now -= 60 * MINUTE;
    desk.take(Input::Wake);
    desk.pass(9 * MINUTE);
    assert_eq!(desk.said.sent.len(), 1, "a ping");
}

//! Requests and their answers.

use super::*;
use heliograph_protocol::ErrorCode;
use heliograph_protocol::limits::FRAME_BYTES_MAX;

#[test]
fn several_are_answered_in_any_order_and_once() {
    let mut desk = Desk::connected();
    let ids = [desk.ask(), desk.ask(), desk.ask()];
    assert_eq!(desk.said.sent.len(), 3);
    let of = desk.said.sent[0].0;
    for id in ids.iter().rev() {
        desk.text(of, ok(id));
        desk.text(of, ok(id));
    }
    for id in &ids {
        assert_eq!(desk.end_of(id), Ok(()));
    }
}

#[test]
fn a_refusal_is_an_answer_and_says_when_to_try_again() {
    let mut desk = Desk::connected();
    let id = desk.ask();
    let of = desk.said.sent[0].0;
    let error = r#"{"code":"rate_limited","message":"m","retry_after_ms":700}"#;
    desk.text(
        of,
        format!(r#"{{"event":"reply","id":"{id}","error":{error}}}"#),
    );
    let limited = desk.was_told(|notice| match notice {
        Notice::Reply { outcome, .. } => outcome.as_ref().is_err_and(|error| {
            error.code == ErrorCode::RateLimited && error.retry_after_ms == Some(700)
        }),
        _ => false,
    });
    assert!(limited);
}

#[test]
fn without_a_connection_nothing_is_sent() {
    let mut desk = Desk::new();
    let id = desk.ask();
    assert_eq!(desk.end_of(&id), Err(RequestFailure::NotConnected));

    let mut desk = Desk::connected();
    desk.closes(Generation(1), None);
    let id = desk.ask();
    assert_eq!(desk.end_of(&id), Err(RequestFailure::NotConnected));
}

#[test]
fn it_waits_for_a_socket_that_is_being_opened() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    let (first, second) = (desk.ask(), desk.ask());
    assert!(desk.said.sent.is_empty());
    let of = desk.opens();
    let sent: Vec<_> = desk.said.sent.iter().map(|(_, text)| id_of(text)).collect();
    assert_eq!(sent, [first.clone(), second]);
    desk.text(of, ok(&first));
    assert_eq!(desk.end_of(&first), Ok(()));

    let mut desk = Desk::new();
    desk.take(Input::Open);
    let id = desk.ask();
    desk.refused(503);
    assert_eq!(desk.end_of(&id), Err(RequestFailure::NotConnected));
}

#[test]
fn a_cut_leaves_open_what_became_of_it() {
    let mut desk = Desk::connected();
    let (first, second) = (desk.ask(), desk.ask());
    desk.text(Generation(1), ok(&first));
    desk.closes(Generation(1), None);
    desk.text(Generation(1), ok(&second));
    assert_eq!(desk.end_of(&first), Ok(()));
    assert_eq!(desk.end_of(&second), Err(RequestFailure::Unknown));
}

#[test]
fn no_answer_in_time_is_no_answer_and_a_silent_socket_is_given_up() {
    let mut desk = Desk::connected();
    let first = desk.ask();
    desk.pass(29_999);
    assert!(!desk.has_ended(&first));
    desk.text(Generation(1), r#"{"event":"something new"}"#);
    desk.pass(1);
    assert_eq!(desk.end_of(&first), Err(RequestFailure::Unknown));
    assert!(desk.said.closed.is_empty(), "somebody is there");

    let second = desk.ask();
    desk.pass(30 * SECOND);
    assert_eq!(desk.end_of(&second), Err(RequestFailure::Unknown));
    assert_eq!(desk.said.closed, [Generation(1)]);
}

#[test]
fn what_no_message_may_be_is_not_sent() {
    let mut desk = Desk::connected();
    let id = desk.machine.ask(START, |_| "x".repeat(FRAME_BYTES_MAX + 1));
    desk.listen();
    assert_eq!(desk.end_of(id.as_str()), Err(RequestFailure::TooLarge));
    assert!(desk.said.sent.is_empty());
}

#[test]
fn what_the_gateway_says_itself_is_passed_over() {
    let mut desk = Desk::connected();
    let id = desk.ask();
    for text in [
        r#"{"message":"Internal server error","connectionId":"x","requestId":"y"}"#,
        r#"{"event":"reply","id":null,"error":{"code":"bad_request","message":"m"}}"#,
        "not JSON",
    ] {
        desk.text(Generation(1), text);
    }
    assert!(!desk.has_ended(&id));
    desk.text(Generation(1), ok(&id));
    assert_eq!(desk.end_of(&id), Ok(()));
}

#[test]
fn closing_ends_them() {
    let mut desk = Desk::connected();
    let id = desk.ask();
    desk.take(Input::Close);
    assert_eq!(desk.end_of(&id), Err(RequestFailure::Unknown));
    assert_eq!(desk.said.closed, [Generation(1)]);
    let later = desk.ask();
    assert_eq!(desk.end_of(&later), Err(RequestFailure::NotConnected));
}

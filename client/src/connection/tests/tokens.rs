//! Tokens: when they are renewed, and what a lost answer costs.

use super::*;
use heliograph_protocol::ErrorCode;

fn error(code: ErrorCode) -> ErrorBody {
    ErrorBody::new(code, "m")
}

/// One whose access token has ended.
fn late() -> Desk {
    let mut desk = Desk::with(Timing::default(), tokens(1, START), 7);
    desk.take(Input::Open);
    desk
}

#[test]
fn an_access_token_that_ends_within_a_minute_is_not_shown() {
    let mut desk = Desk::with(Timing::default(), tokens(1, START + MINUTE), 7);
    desk.take(Input::Open);
    assert!(desk.said.opened.is_empty());
    assert_eq!(desk.said.refreshed, ["refresh 1"]);
    desk.refreshes(2);
    assert_eq!(desk.said.opened[0].1, "access 2");
}

#[test]
fn tokens_are_used_when_they_are_stored() {
    let mut desk = late();
    let next = tokens(2, START + 15 * MINUTE);
    desk.take(Input::Refreshed(RefreshAnswer::Tokens(next.clone())));
    assert_eq!(desk.said.stored.last(), Some(&next));
    desk.take(Input::TokensStored(false));
    assert!(desk.said.opened.is_empty());
    desk.pass(SECOND);
    assert_eq!(desk.said.stored, [next.clone(), next]);
    assert_eq!(desk.said.refreshed.len(), 1);
    desk.take(Input::TokensStored(true));
    assert_eq!(desk.said.opened[0].1, "access 2");
}

#[test]
fn a_closed_machine_stores_what_comes_late() {
    let mut desk = late();
    desk.take(Input::Close);
    let next = tokens(2, START + 15 * MINUTE);
    desk.take(Input::Refreshed(RefreshAnswer::Tokens(next.clone())));
    desk.take(Input::TokensStored(false));
    desk.pass(SECOND);
    assert_eq!(desk.said.stored, [next.clone(), next]);
    desk.take(Input::TokensStored(true));
    desk.take(Input::Open);
    assert_eq!(desk.said.opened[0].1, "access 2");
}

#[test]
fn a_refresh_is_made_once_however_often_it_is_opened() {
    let mut desk = late();
    for _ in 0..3 {
        desk.take(Input::Close);
        desk.take(Input::Open);
        desk.take(Input::NetworkIsBack);
        desk.pass(10 * MINUTE);
    }
    assert_eq!(desk.said.refreshed.len(), 1);
}

#[test]
fn with_a_socket_open_the_next_pair_is_there_before_the_old_one_ends() {
    let mut desk = Desk::with(Timing::default(), tokens(1, START + 15 * MINUTE), 7);
    desk.connect();
    desk.pass_answering(Generation(1), 14 * MINUTE - 1);
    assert!(desk.said.refreshed.is_empty());
    desk.pass(1);
    assert_eq!(desk.said.refreshed, ["refresh 1"]);
    desk.refreshes(2);
    desk.pass_answering(Generation(1), 14 * MINUTE);
    assert_eq!(desk.said.refreshed, ["refresh 1", "refresh 2"]);
}

#[test]
fn a_401_refreshes_at_once_and_the_next_one_waits() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    desk.refused(401);
    assert_eq!(desk.said.refreshed.len(), 1);
    desk.refreshes(2);
    assert_eq!(desk.said.opened.len(), 2);
    desk.refused(401);
    assert_eq!(desk.said.refreshed.len(), 1, "it has just come");
    desk.pass(59 * SECOND);
    assert_eq!(desk.said.refreshed.len(), 1);
}

#[test]
fn a_403_of_the_socket_is_the_end_if_the_deployment_says_so_too() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    desk.refused(403);
    desk.refused_by_server(error(ErrorCode::Forbidden));
    let is_out = |notice: &Notice| matches!(notice, Notice::SignedOut(SignedOut::Removed));
    assert!(desk.was_told(is_out));
    desk.take(Input::Open);
    desk.pass(DAY);
    assert_eq!((desk.said.opened.len(), desk.said.refreshed.len()), (1, 1));

    // A firewall's 403 is none.
    let mut desk = Desk::new();
    desk.take(Input::Open);
    desk.refused(403);
    desk.refreshes(2);
    for _ in 0..20 {
        desk.refused(403);
        desk.pass(MINUTE);
        while desk.said.refreshed.len() > desk.said.stored.len() {
            let number = 2 + u64::try_from(desk.said.refreshed.len()).unwrap();
            desk.refreshes(number);
        }
    }
    assert!(!desk.was_told(|notice| matches!(notice, Notice::SignedOut(_))));
    assert!(desk.said.refreshed.len() <= 21);
}

#[test]
fn an_unknown_token_signs_out() {
    let mut desk = late();
    desk.refused_by_server(error(ErrorCode::Unauthenticated));
    let is_out = |notice: &Notice| matches!(notice, Notice::SignedOut(SignedOut::Unknown));
    assert!(desk.was_told(is_out));
    assert!(!desk.machine.is_busy(), "nothing is left to wait for");
}

#[test]
fn a_refresh_that_did_nothing_is_tried_again_when_asked_to() {
    let mut desk = late();
    desk.refused_by_server(ErrorBody::rate_limited(20 * SECOND));
    assert!(desk.retry_at() >= START + 20 * SECOND);
    desk.take(Input::NetworkIsBack);
    desk.pass(20 * SECOND - 1);
    assert_eq!(desk.said.refreshed.len(), 1);
    desk.pass(SECOND);
    assert_eq!(desk.said.refreshed.len(), 2);
    desk.refused_by_server(ErrorBody::unavailable());
    desk.pass(2 * SECOND);
    assert_eq!(desk.said.refreshed.len(), 3);
    desk.take(Input::Refreshed(RefreshAnswer::NotSent));
    desk.pass(4 * SECOND);
    assert_eq!(desk.said.refreshed.len(), 4);
    assert!(!desk.was_told(|notice| matches!(notice, Notice::SignedOut(_))));
}

#[test]
fn after_a_lost_answer_the_token_is_not_used_while_there_is_another_way() {
    let mut desk = Desk::with(Timing::default(), tokens(1, START + 15 * MINUTE), 7);
    desk.connect();
    desk.pass_answering(Generation(1), 14 * MINUTE);
    desk.take(Input::Refreshed(RefreshAnswer::Unknown));
    // The socket lives, so nothing is risked for it.
    desk.pass_answering(Generation(1), 60 * MINUTE);
    assert_eq!(desk.said.refreshed.len(), 1);
    // It is cut, and there is no other way.
    desk.closes(Generation(1), None);
    desk.pass(SECOND);
    assert_eq!(desk.said.refreshed.len(), 2);
    desk.refused_by_server(error(ErrorCode::Forbidden));
    let is_lost = |notice: &Notice| matches!(notice, Notice::SignedOut(SignedOut::TokensLost));
    assert!(desk.was_told(is_lost));
}

#[test]
fn what_is_in_doubt_is_given_half_a_minute() {
    let mut desk = late();
    desk.take(Input::Refreshed(RefreshAnswer::Unknown));
    desk.take(Input::NetworkIsBack);
    desk.pass(30 * SECOND - 1);
    assert_eq!(desk.said.refreshed.len(), 1);
    desk.pass(SECOND);
    assert_eq!(desk.said.refreshed.len(), 2);
    // It had not come through, so nothing is lost.
    desk.refreshes(2);
    assert_eq!(desk.said.opened[0].1, "access 2");
}

#[test]
fn a_cut_soon_after_a_lost_answer_needs_no_refresh_yet() {
    let mut desk = Desk::with(Timing::default(), tokens(1, START + 15 * MINUTE), 7);
    desk.connect();
    desk.pass_answering(Generation(1), 10 * MINUTE);
    desk.closes(Generation(1), None);
    desk.pass(SECOND);
    assert_eq!(desk.said.opened[0].1, "access 1");
    assert!(desk.said.refreshed.is_empty());
}

#[test]
fn a_clock_that_is_wrong_costs_no_refresh_a_second() {
    for off in [-3_600_000, 3_600_000_i64] {
        let mut desk = late();
        let ends = (desk.now + 15 * MINUTE).checked_add_signed(off).unwrap();
        desk.take(Input::Refreshed(RefreshAnswer::Tokens(tokens(2, ends))));
        desk.take(Input::TokensStored(true));
        let of = desk.opens();
        desk.said = Said::default();
        desk.pass_answering(of, 8 * MINUTE);
        assert!(desk.said.refreshed.is_empty());
        desk.pass_answering(of, 7 * MINUTE);
        assert_eq!(desk.said.refreshed.len(), 1);
    }
}

#[test]
fn a_browser_that_gives_no_reason_is_taken_to_mean_the_token_at_the_third_time() {
    let mut desk = Desk::new();
    desk.take(Input::Open);
    for _ in 0..3 {
        assert!(desk.said.refreshed.is_empty());
        let of = desk.said.opened.last().unwrap().0;
        let refused = SocketEvent::Refused {
            status: None,
            retry_after_ms: None,
        };
        desk.socket(of, refused);
        desk.pass(5 * SECOND);
    }
    assert_eq!(desk.said.refreshed.len(), 1);
}

#[test]
fn nothing_that_is_printed_holds_a_token_or_a_text() {
    let mut desk = late();
    let id = desk.ask();
    desk.refreshes(2);
    desk.opens();
    desk.text(
        Generation(1),
        format!(r#"{{"event":"reply","id":"{id}","ok":"a text"}}"#),
    );
    let (of, token) = desk.said.opened[0].clone();
    let next = tokens(3, START);
    let refresh_token = next.refresh_token.clone();
    let printed = format!(
        "{:?} {:?} {:?} {:?}",
        desk.machine,
        desk.said.told,
        [
            Action::OpenSocket {
                token,
                generation: of
            },
            Action::RefreshToken { refresh_token },
            Action::SendText {
                generation: of,
                text: "a text".to_owned()
            },
            Action::StoreTokens(next.clone()),
        ],
        [
            Input::Refreshed(RefreshAnswer::Tokens(next)),
            Input::Socket(of, SocketEvent::Text("a text".to_owned())),
        ],
    );
    assert!(
        printed.contains(&format!("Reply({id}, Ok(()))")),
        "{printed}"
    );
    for secret in ["access 2", "refresh 2", "access 3", "refresh 3", "a text"] {
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
}

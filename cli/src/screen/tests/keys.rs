use super::*;
use crate::screen::parts::Focus;
use crate::screen::popup::{Popup, Safety};
use crate::screen::scroll::Scroll;
use heliograph_client::e2ee::{SafetyNumber, Trust};
use heliograph_protocol::keys::IdentityKey;

fn send(chat: Recipient, text: &str) -> Action {
    Action::Send {
        chat,
        text: text.to_owned(),
        answers: None,
    }
}

#[test]
fn enter_sends_what_was_written() {
    let mut screen = open(many(0..3));
    write(&mut screen, "god mörgon");
    press(&mut screen, KeyCode::Backspace);
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "god mörgo")));
    assert_eq!(press(&mut screen, KeyCode::Enter), None, "nothing is left");
}

#[test]
fn blanks_are_not_sent() {
    let mut screen = open(many(0..3));
    write(&mut screen, "  ");
    assert_eq!(press(&mut screen, KeyCode::Enter), None);
}

#[test]
fn what_is_pasted_is_not_sent_by_itself() {
    let mut screen = open(many(0..3));
    assert_eq!(screen.on_paste("one\r\ntwo"), None);
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "one\ntwo")));
}

#[test]
fn what_is_written_stays_in_its_chat() {
    let mut screen = open(many(0..3));
    write(&mut screen, "for alice");
    screen.opened(in_tower(), Vec::new(), None);
    write(&mut screen, "for all");
    screen.opened(with("alice"), many(0..3), None);
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "for alice")));
}

#[test]
fn what_was_not_sent_is_given_back() {
    let mut screen = open(many(0..3));
    write(&mut screen, "hello");
    press(&mut screen, KeyCode::Enter);
    let draft = crate::screen::open::Draft {
        input: crate::screen::input::Input::new("hello"),
        answers: None,
    };
    screen.not_sent(&with("alice"), draft);
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "hello")));
}

#[test]
fn a_chat_is_chosen_and_opened() {
    let mut screen = closed();
    press(&mut screen, KeyCode::Down);
    let asked = press(&mut screen, KeyCode::Enter);
    let (chat, at) = (in_tower(), None);
    assert_eq!(asked, Some(Action::Open { chat, at }));
    for _ in 0..5 {
        press(&mut screen, KeyCode::Down);
    }
    assert_eq!(screen.pointed, Some(with("robert-0123")));
}

#[test]
fn page_up_scrolls_then_asks_for_older_ones() {
    let mut screen = open(many(50..100));
    let mut asked = None;
    for _ in 0..3 {
        assert_eq!(asked, None, "there is more to scroll");
        asked = press(&mut screen, KeyCode::PageUp);
    }
    while asked.is_none() {
        asked = press(&mut screen, KeyCode::PageUp);
    }
    let (chat, before) = (with("alice"), position(50));
    assert_eq!(asked, Some(Action::Older { chat, before }));
    let before = draw(&mut screen, 80, 20);
    assert!(before.contains("number 50."), "{before}");

    screen.prepended(&with("alice"), many(20..50));
    let after = draw(&mut screen, 80, 20);
    assert!(
        after.contains("number 50."),
        "it stays where it was: {after}"
    );
    while !draw(&mut screen, 80, 20).contains("number 20.") {
        let asked = press(&mut screen, KeyCode::PageUp);
        assert_eq!(asked, None);
    }
    assert_eq!(press(&mut screen, KeyCode::PageUp), None, "that was all");
}

#[test]
fn page_down_goes_back_to_the_end() {
    let mut screen = open(many(0..50));
    press(&mut screen, KeyCode::PageUp);
    let drawn = draw(&mut screen, 80, 20);
    assert!(!drawn.contains("number 49."), "{drawn}");
    assert!(drawn.contains("there is more"), "{drawn}");
    press(&mut screen, KeyCode::PageDown);
    assert_eq!(screen.open.as_ref().unwrap().scroll, Scroll::End);
}

#[test]
fn among_messages_one_that_is_shown_is_chosen() {
    let mut screen = open(many(0..50));
    press(&mut screen, KeyCode::PageUp);
    press(&mut screen, KeyCode::PageUp);
    press(&mut screen, KeyCode::Up);
    let chosen = screen.open.as_ref().and_then(|it| it.chosen).unwrap();
    let says = format!("number {}.", chosen.height / MINUTE_MS);
    assert!(draw(&mut screen, 80, 20).contains(&says), "{says}");
    press(&mut screen, KeyCode::Tab);
    assert_eq!(screen.open.as_ref().and_then(|it| it.chosen), None);
}

#[test]
fn a_message_is_answered() {
    let mut screen = open(many(0..3));
    press(&mut screen, KeyCode::Up);
    press(&mut screen, KeyCode::Up);
    press(&mut screen, KeyCode::Char('r'));
    write(&mut screen, "yes");
    assert!(draw(&mut screen, 80, 20).contains("↩ alice: number 1."));
    let Some(Action::Send { text, answers, .. }) = press(&mut screen, KeyCode::Enter) else {
        panic!("it is sent");
    };
    assert_eq!(text, "yes");
    assert_eq!(answers, Some(many(1..2)[0].name()));
}

#[test]
fn escape_answers_nothing() {
    let mut screen = open(many(0..3));
    for code in [
        KeyCode::Up,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Char('a'),
    ] {
        press(&mut screen, code);
    }
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "a")));
}

#[test]
fn a_digit_reacts_to_the_message_that_is_chosen() {
    let mut screen = open(many(0..3));
    press(&mut screen, KeyCode::Up);
    let react = |emoji| {
        let (chat, to) = (with("alice"), many(2..3)[0].name());
        Some(Action::React { chat, to, emoji })
    };
    assert_eq!(press(&mut screen, KeyCode::Char('1')), react(Some("👍")));
    assert_eq!(press(&mut screen, KeyCode::Char('0')), react(None));
    assert_eq!(press(&mut screen, KeyCode::Char('9')), None);
}

#[test]
fn digits_are_written_where_one_writes() {
    let mut screen = open(many(0..3));
    write(&mut screen, "12");
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "12")));
}

#[test]
fn a_search_opens_what_it_has_found() {
    let mut screen = open(many(0..3));
    control(&mut screen, 'f');
    let asked = press(&mut screen, KeyCode::Char('n'));
    assert_eq!(asked, Some(Action::Search("n".to_owned())));
    let found = || vec![(in_tower(), message(7, "robert-0123", text("north")))];
    screen.found("of before", found());
    assert_eq!(press(&mut screen, KeyCode::Enter), None, "too late");
    screen.found("n", found());
    let asked = press(&mut screen, KeyCode::Enter);
    let (chat, at) = (in_tower(), Some(position(7)));
    assert_eq!(asked, Some(Action::Open { chat, at }));
    assert!(screen.popup.is_none());
}

#[test]
fn a_message_that_was_found_is_shown() {
    let mut screen = open(many(0..3));
    screen.opened(with("alice"), many(0..50), Some(position(10)));
    let drawn = draw(&mut screen, 80, 20);
    assert!(drawn.contains("number 10."), "{drawn}");
    assert_eq!(screen.focus, Focus::Messages);
}

#[test]
fn escape_closes_a_popup_and_nothing_else() {
    let mut screen = open(many(0..3));
    write(&mut screen, "kept");
    control(&mut screen, 'f');
    press(&mut screen, KeyCode::Esc);
    assert!(screen.popup.is_none());
    let sent = press(&mut screen, KeyCode::Enter);
    assert_eq!(sent, Some(send(with("alice"), "kept")));
}

#[test]
fn it_ends_wherever_one_is() {
    for sign in ['c', 'q'] {
        let mut screen = open(many(0..3));
        assert_eq!(control(&mut screen, sign), Some(Action::End));
        control(&mut screen, 'f');
        assert_eq!(control(&mut screen, sign), Some(Action::End));
    }
}

#[test]
fn a_group_is_asked_for_with_ones_last_message() {
    let mut screen = open(many(0..3));
    assert_eq!(control(&mut screen, 'g'), None, "alice is no group");
    let mut messages = vec![message(0, "me", text("a")), message(1, "me", text("b"))];
    messages.extend(many(2..4));
    screen.opened(in_tower(), messages, None);
    let asked = control(&mut screen, 'g');
    let (group_id, own) = (tower(), Some(position(1).message_id));
    assert_eq!(asked, Some(Action::ShowGroup { group_id, own }));
}

#[test]
fn a_safety_number_is_with_one_person() {
    let mut screen = open(many(0..3));
    let with_alice = Some(Action::ShowSafety(user("alice")));
    assert_eq!(control(&mut screen, 's'), with_alice);
    screen.opened(in_tower(), many(0..3), None);
    assert_eq!(control(&mut screen, 's'), None, "with whom?");
    press(&mut screen, KeyCode::Up);
    assert_eq!(control(&mut screen, 's'), with_alice);
}

/// Makes the popup of a safety number of made up keys.
pub(super) fn safety(trust: Trust) -> Safety {
    let key = |byte| IdentityKey::from([byte; 64]);
    let (me, alice) = (user("me"), user("alice"));
    let number = SafetyNumber::new((&me, &[key(1)]), (&alice, &[key(2)])).unwrap();
    Safety {
        user_id: alice,
        number,
        trust,
    }
}

#[test]
fn keys_are_noted_as_compared_by_v_and_taken_by_a_only_where_they_have_changed() {
    let number = safety(Trust::Unverified).number;
    let verified = Some(Action::Verified(user("alice"), number));
    let accepted = Some(Action::Accept(user("alice")));
    for (trust, by_v, by_a) in [
        (Trust::Unverified, &verified, &None),
        (Trust::ChangedSinceVerified, &verified, &accepted),
        (Trust::Verified, &None, &None),
    ] {
        let mut screen = open(many(0..3));
        screen.popup = Some(Popup::Safety(safety(trust)));
        assert_eq!(press(&mut screen, KeyCode::Char('v')), *by_v);
        screen.popup = Some(Popup::Safety(safety(trust)));
        assert_eq!(press(&mut screen, KeyCode::Char('a')), *by_a);
    }
}

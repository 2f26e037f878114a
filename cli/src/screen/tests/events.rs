use super::*;
use crate::screen::parts::Link;
use heliograph_client::client::Event;
use heliograph_protocol::groups::GroupChange;

fn comes(screen: &mut Screen, chat: Recipient, message: ShownMessage) {
    let message = Box::new(message);
    screen.on_event(Event::Message { chat, message });
}

/// Takes what is due, as a client would: the open chat has one message more.
fn due(screen: &mut Screen, messages: &[ShownMessage]) -> Vec<Action> {
    let mut all = Vec::new();
    while let Some(action) = screen.due() {
        if let Action::Refresh { chat, .. } = &action {
            screen.refreshed(chat, messages.to_vec());
        }
        all.push(action);
    }
    all
}

fn marked(nth: u64) -> Action {
    Action::MarkRead {
        chat: with("alice"),
        up_to: position(nth),
    }
}

fn is_typing(user_id: &str, is_typing: bool) -> Event {
    Event::Typing {
        chat: with("alice"),
        user_id: user(user_id),
        is_typing,
    }
}

#[test]
fn a_chat_that_is_opened_is_marked_as_read() {
    let mut screen = closed();
    screen.opened(with("alice"), many(0..3), None);
    assert_eq!(screen.due(), Some(marked(2)));
    assert_eq!(screen.due(), Some(Action::List));
    assert_eq!(screen.due(), None);
}

#[test]
fn what_comes_is_read_from_the_store_and_marked_as_read_once() {
    let mut screen = open(many(0..3));
    let all = many(0..5);
    comes(&mut screen, with("alice"), all[3].clone());
    comes(&mut screen, with("alice"), all[4].clone());
    let (chat, limit) = (with("alice"), 50);
    let expected = [Action::Refresh { chat, limit }, marked(4), Action::List];
    assert_eq!(due(&mut screen, &all), expected);
    assert!(draw(&mut screen, 80, 20).contains("number 4."));
}

#[test]
fn all_that_were_loaded_are_read_anew() {
    let mut screen = open(many(0..120));
    comes(&mut screen, with("alice"), many(120..121)[0].clone());
    let (chat, limit) = (with("alice"), 121);
    assert_eq!(screen.due(), Some(Action::Refresh { chat, limit }));
}

/// Asserts that what comes is marked as read once it is shown, and not before.
#[track_caller]
fn marks_when_shown(hide: fn(&mut Screen), show: fn(&mut Screen)) {
    let all = many(0..51);
    let mut screen = open(many(0..50));
    hide(&mut screen);
    comes(&mut screen, with("alice"), all[50].clone());
    let hidden = due(&mut screen, &all);
    assert!(!hidden.contains(&marked(50)), "{hidden:?}");
    show(&mut screen);
    assert_eq!(due(&mut screen, &all), [marked(50)]);
}

#[test]
fn what_is_not_seen_is_not_marked_as_read() {
    let up = |screen: &mut Screen| drop(press(screen, KeyCode::PageUp));
    // One row more has come than was scrolled by.
    let down = |screen: &mut Screen| {
        press(screen, KeyCode::PageDown);
        press(screen, KeyCode::PageDown);
    };
    marks_when_shown(up, down);
    marks_when_shown(
        |screen| drop(control(screen, 'f')),
        |screen| drop(press(screen, KeyCode::Esc)),
    );
    marks_when_shown(
        |screen| screen.is_in_front = false,
        |screen| screen.is_in_front = true,
    );
}

#[test]
fn ones_own_and_other_chats_messages_mark_nothing() {
    let mut screen = open(many(0..3));
    comes(&mut screen, with("alice"), message(3, "me", text("mine")));
    comes(&mut screen, in_tower(), message(4, "alice", text("there")));
    let asked = due(&mut screen, &many(0..4));
    let is_mark = |it: &Action| matches!(it, Action::MarkRead { .. });
    assert!(!asked.iter().any(is_mark), "{asked:?}");
    assert!(asked.contains(&Action::List));
}

#[test]
fn who_writes_is_told_until_they_do_not() {
    let mut screen = open(many(0..3));
    let drawn = |screen: &mut Screen| draw(screen, 80, 20).contains("alice is writing");
    screen.on_event(is_typing("alice", true));
    assert!(drawn(&mut screen));
    screen.on_event(is_typing("alice", false));
    assert!(!drawn(&mut screen), "has stopped");
    screen.on_event(is_typing("alice", true));
    comes(&mut screen, with("alice"), many(3..4)[0].clone());
    assert!(!drawn(&mut screen), "has sent it");
    screen.on_event(is_typing("alice", true));
    for _ in 0..9 {
        screen.on_tick();
    }
    assert!(drawn(&mut screen));
    screen.on_tick();
    assert!(!drawn(&mut screen), "is gone");
}

#[test]
fn who_writes_elsewhere_is_not_told_here() {
    let mut screen = open(many(0..3));
    screen.on_event(Event::Typing {
        chat: in_tower(),
        user_id: user("alice"),
        is_typing: true,
    });
    assert!(!draw(&mut screen, 80, 20).contains("is writing"));
}

#[test]
fn a_warning_stays_until_it_is_seen() {
    let mut screen = open(many(0..3));
    let user_id = user("alice");
    screen.on_event(Event::KeysChanged { user_id });
    for _ in 0..100 {
        screen.on_tick();
    }
    screen.tell("something else");
    assert!(draw(&mut screen, 100, 20).contains("the keys of alice have changed"));
    press(&mut screen, KeyCode::Esc);
    assert!(!draw(&mut screen, 100, 20).contains("the keys"));
}

#[test]
fn what_is_no_warning_goes_by_itself() {
    let mut screen = open(many(0..3));
    screen.tell("noted");
    assert!(draw(&mut screen, 80, 20).contains("noted"));
    for _ in 0..8 {
        screen.on_tick();
    }
    assert!(!draw(&mut screen, 80, 20).contains("noted"));
}

#[test]
fn the_connection_is_told() {
    let mut screen = open(many(0..3));
    assert!(draw(&mut screen, 80, 20).contains("connecting"));
    screen.on_event(Event::Connected);
    assert!(draw(&mut screen, 80, 20).contains("connected"));
    screen.on_event(Event::Offline { retry_at: 0 });
    assert!(draw(&mut screen, 80, 20).contains("offline"));
    assert_eq!(control(&mut screen, 'r'), None);
    screen.on_event(Event::Displaced);
    assert!(draw(&mut screen, 80, 20).contains("open elsewhere"));
    assert_eq!(control(&mut screen, 'r'), Some(Action::Connect));
    screen.link = Link::SignedOut("unknown token".to_owned());
    assert!(draw(&mut screen, 80, 20).contains("signed out: unknown token"));
}

#[test]
fn what_is_chosen_in_the_list_stays_so_as_others_go_up() {
    let mut screen = closed();
    press(&mut screen, KeyCode::Down);
    let mut chats = chats();
    chats.rotate_right(1);
    screen.listed(chats);
    assert_eq!(screen.pointed, Some(in_tower()));
}

#[test]
fn a_chat_in_which_nothing_was_said_yet_is_listed_while_it_is_open() {
    let mut screen = closed();
    screen.opened(with("newcomer"), Vec::new(), None);
    screen.listed(chats());
    assert!(draw(&mut screen, 80, 20).contains("▌newcomer"));
}

#[test]
fn where_something_is_missing_is_marked_until_it_is_here() {
    let mut screen = open(many(0..3));
    let gap = |is_open| Event::Gap {
        chat: with("alice"),
        before: position(1),
        is_open,
    };
    screen.on_event(gap(true));
    assert!(draw(&mut screen, 80, 20).contains("something is missing here"));
    screen.on_event(gap(false));
    assert!(!draw(&mut screen, 80, 20).contains("something is missing here"));
}

#[test]
fn what_a_group_is_now_is_read_a_moment_later_again() {
    let mut screen = open(many(0..3));
    let by_user_id = user("robert-0123");
    screen.on_event(Event::Group {
        group_id: tower(),
        change: GroupChange::Joined { by_user_id },
    });
    let drawn = draw(&mut screen, 100, 20);
    assert!(
        drawn.contains("# Signal tower was joined by robert-0"),
        "{drawn}"
    );
    assert_eq!(screen.due(), Some(Action::List));
    assert_eq!(screen.due(), None);
    screen.on_tick();
    assert_eq!(screen.due(), Some(Action::List));
}

#[test]
fn who_is_called_something_is_called_so() {
    let mut screen = open(many(1..3));
    assert!(draw(&mut screen, 80, 20).contains("alice number 1."));
    screen
        .names
        .insert(user("alice"), "Alice in Lund".to_owned());
    let drawn = draw(&mut screen, 80, 20);
    assert!(drawn.contains("Alice in Lund number 1."), "{drawn}");
}

#[test]
fn who_writes_is_told_of_once_in_a_while_and_only_with_a_connection() {
    let mut screen = open(many(1..3));
    write(&mut screen, "he");
    assert_eq!(screen.due(), None);
    screen.on_event(Event::Connected);
    write(&mut screen, "ll");
    assert_eq!(screen.due(), Some(Action::Type(with("alice"))));
    write(&mut screen, "o");
    assert_eq!(screen.due(), None);
    for _ in 0..5 {
        screen.on_tick();
    }
    write(&mut screen, "!");
    assert_eq!(screen.due(), Some(Action::Type(with("alice"))));
}

#[test]
fn a_group_is_called_by_its_name_once_that_is_known() {
    let mut screen = closed();
    let group_id: GroupId = "watch".parse().unwrap();
    screen.on_event(Event::Group {
        group_id: group_id.clone(),
        change: GroupChange::Joined {
            by_user_id: user("alice"),
        },
    });
    assert!(draw(&mut screen, 80, 20).contains("# a new group was joined by alice"));
    let chat = Recipient::Group(group_id);
    screen.listed(vec![Listed::silent(chat, Some("Night watch".to_owned()))]);
    assert!(draw(&mut screen, 80, 20).contains("# Night watch was joined by alice"));
}

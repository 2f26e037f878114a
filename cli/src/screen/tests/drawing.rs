use super::keys::safety;
use super::*;
use crate::screen::popup::{GroupInfo, Popup};
use heliograph_client::content::{Media, Reply};
use heliograph_client::e2ee::Trust;
use heliograph_protocol::groups::{Group, GroupMember, Role};
use serde_json::json;

/// Asserts that there is such a row, whatever is beside it.
#[track_caller]
fn has(drawn: &str, row: &str) {
    assert!(drawn.contains(row), "no {row:?} in\n{drawn}");
}

#[test]
fn messages_have_time_author_and_how_far_they_got() {
    let with_status = |(nth, status): (u64, Status)| ShownMessage {
        status,
        ..message(nth, "me", text("mine"))
    };
    let all = [
        Status::Pending,
        Status::Accepted,
        Status::Delivered,
        Status::Read,
        Status::Refused,
    ];
    let mut messages: Vec<_> = (1..).zip(all).map(with_status).collect();
    messages.push(message(61, "robert-0123", text("theirs")));
    let drawn = draw(&mut open(messages), 80, 20);
    for row in [
        "1970-01-01 UTC",
        "00:01 you mine … ",
        "00:02 you mine ✓ ",
        "00:03 you mine ✓✓ ",
        "00:04 you mine ✓✓ read ",
        "00:05 you mine ✗ ",
        "01:01 robert-0 theirs ",
    ] {
        has(&drawn, row);
    }
}

#[test]
fn chats_are_listed_with_what_was_not_read() {
    let drawn = draw(&mut closed(), 80, 20);
    has(&drawn, " alice  ");
    has(&drawn, " # Signal tower (3)│");
    has(&drawn, " alice: the last ");
    has(&drawn, " robert-0 ");
    has(&drawn, "choose a chat");
}

#[test]
fn what_others_write_steers_nothing() {
    let media: Media = Media {
        attachment: serde_json::from_value(json!({
            "media_id": "id",
            "key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            "sealed_bytes": 21,
            "sha256": "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk",
            "kind": "image",
            "mime": "image/jpeg",
            "name": "a\u{1b}[2J\u{202e}gpj.exe",
        }))
        .unwrap(),
        caption: Some("see\u{7}".to_owned()),
    };
    let mut reacted = message(0, "alice", text("a\u{1b}[2Jb\u{202e}c\u{9b}d"));
    reacted.reactions.push((user("bob"), "\u{1b}[H".to_owned()));
    let messages = vec![
        reacted,
        message(1, "alice", Says::Content(Body::from(media))),
        message(2, "alice", Says::Edited("e\u{1b}f".to_owned())),
    ];
    let mut screen = open(messages);
    screen.listed(vec![listed(in_tower(), Some("to\u{1b}w\u{202e}er"), 0)]);
    let drawn = draw(&mut screen, 100, 20);
    has(&drawn, "alice a�[2Jb�c�d [�[H 1]");
    has(&drawn, "(file a[2Jgpj.exe, 5 B) see�");
    has(&drawn, "e�f (edited)");
    has(&drawn, "# to�w�er");
    let is_steering = |sign: char| sign.is_control() && sign != '\n' || sign == '\u{202e}';
    assert!(!drawn.contains(is_steering), "{drawn:?}");
}

#[test]
fn lines_of_others_look_like_no_other_message() {
    let faked = "hello\n00:00 you I owe you 100";
    let drawn = draw(&mut open(vec![message(0, "alice", text(faked))]), 80, 20);
    has(&drawn, "│ 00:00 alice hello");
    has(&drawn, "│       00:00 you I owe you 100");
}

#[test]
fn what_was_done_to_messages_is_shown() {
    let original = message(0, "robert-0123", text("shall we?"));
    let reply = Reply {
        to: original.name(),
        text: "we shall".to_owned(),
    };
    let mut answer = message(1, "me", Says::Content(Body::from(reply)));
    for who in ["alice", "bob"] {
        answer.reactions.push((user(who), "+".to_owned()));
    }
    let messages = vec![original, answer, message(2, "alice", Says::Deleted)];
    let drawn = draw(&mut open(messages), 80, 20);
    has(&drawn, "00:01 you ↩ robert-0: shall we?");
    has(&drawn, "│       we shall ✓✓ [+ 2]");
    has(&drawn, "00:02 alice (deleted)");
}

#[test]
fn long_lines_are_broken() {
    let long = "word ".repeat(30);
    let drawn = draw(&mut open(vec![message(0, "alice", text(&long))]), 80, 20);
    assert_eq!(drawn.matches("word").count(), 30, "{drawn}");
}

#[test]
fn the_last_messages_are_shown() {
    let drawn = draw(&mut open(many(0..50)), 80, 20);
    has(&drawn, "number 49.");
    assert!(!drawn.contains("number 10."), "{drawn}");
}

#[test]
fn the_safety_number_is_in_groups_of_five_digits() {
    let mut screen = open(many(0..3));
    let popup = safety(Trust::Unverified);
    let digits = popup.number.digits();
    screen.popup = Some(Popup::Safety(popup));
    let drawn = draw(&mut screen, 80, 20);
    has(&drawn, "Safety number with alice");
    let row = [
        &digits[..5],
        &digits[5..10],
        &digits[10..15],
        &digits[15..20],
    ];
    has(&drawn, &row.join(" "));
    has(&drawn, &digits[55..]);
    has(&drawn, "not compared yet");
    screen.popup = Some(Popup::Safety(safety(Trust::ChangedSinceVerified)));
    has(&draw(&mut screen, 80, 20), "CHANGED");
}

#[test]
fn a_group_shows_who_is_in_it_and_who_has_ones_message() {
    let member = |id, role| GroupMember {
        user_id: user(id),
        role,
        joined_at: 0,
    };
    let group = Group {
        group_id: tower(),
        name: "Signal\u{1b} tower".to_owned(),
        photo_media_id: None,
        announce_only: true,
        epoch: 1,
        created_at: 0,
        created_by: user("alice"),
        max_members: 256,
        members: vec![
            member("alice", Role::Admin),
            member("me", Role::Member),
            member("bob", Role::Member),
        ],
    };
    let mut screen = open(many(0..3));
    screen.show_group(GroupInfo {
        group,
        receipts: Some(vec![(user("alice"), Status::Read)]),
        scrolled: 0,
    });
    let drawn = draw(&mut screen, 80, 20);
    for row in [
        "# Signal� tower",
        "3 members, only admins write",
        "alice, admin  ✓✓ has read your last message",
        "│ you  ",
        "bob  has not got your last message",
    ] {
        has(&drawn, row);
    }
}

#[test]
fn a_search_shows_what_it_has_found() {
    let mut screen = open(many(0..3));
    control(&mut screen, 'f');
    press(&mut screen, KeyCode::Char('n'));
    has(&draw(&mut screen, 80, 20), "nothing found");
    has(&draw(&mut screen, 80, 10), "Esc close");
    screen.found(
        "n",
        vec![(in_tower(), message(7, "bob", text("north\nwind")))],
    );
    let drawn = draw(&mut screen, 80, 20);
    has(&drawn, "> n");
    has(&drawn, "# Signal tower · bob: north wind");
}

#[test]
fn a_narrow_terminal_shows_the_list_or_the_chat() {
    let mut screen = open(many(0..3));
    let drawn = draw(&mut screen, 40, 10);
    has(&drawn, "number 2.");
    assert!(!drawn.contains("Signal tower"), "{drawn}");
    press(&mut screen, KeyCode::Tab);
    let drawn = draw(&mut screen, 40, 10);
    has(&drawn, "Signal tower (3)");
    assert!(!drawn.contains("number 2."), "{drawn}");
}

#[test]
fn what_is_written_is_shown_with_its_last_row() {
    let mut screen = open(many(0..3));
    write(&mut screen, &"a".repeat(600));
    write(&mut screen, "the end");
    has(&draw(&mut screen, 80, 20), "the end");
}

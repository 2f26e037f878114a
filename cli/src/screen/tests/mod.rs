//! What is shown, and what keys and events do to it: without a terminal, nor a client.

mod drawing;
mod events;
mod keys;
mod random;

use super::action::Action;
use super::parts::Listed;
use super::state::Screen;
use super::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use heliograph_client::client::{Says, ShownMessage};
use heliograph_client::content::{Body, Text};
use heliograph_client::history::Position;
use heliograph_client::store::messages::Status;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, MessageId, UserId};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const MINUTE_MS: u64 = 60_000;

fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

fn with(id: &str) -> Recipient {
    Recipient::User(user(id))
}

fn tower() -> GroupId {
    "tower".parse().unwrap()
}

fn in_tower() -> Recipient {
    Recipient::Group(tower())
}

fn position(nth: u64) -> Position {
    let height = nth * MINUTE_MS;
    Position {
        height,
        message_id: MessageId::new(height, &[7; 10]),
    }
}

fn text(text: &str) -> Says {
    let text = text.to_owned();
    Says::Content(Body::from(Text { text }))
}

/// Makes a message of the nth minute, with a status that fits its author.
fn message(nth: u64, author: &str, says: Says) -> ShownMessage {
    let status = match author {
        "me" => Status::Delivered,
        _ => Status::Received,
    };
    ShownMessage {
        position: position(nth),
        author: user(author),
        status,
        says,
        reactions: Vec::new(),
    }
}

/// Makes messages of alice's.
fn many(range: std::ops::Range<u64>) -> Vec<ShownMessage> {
    let message = |nth| message(nth, "alice", text(&format!("number {nth}.")));
    range.map(message).collect()
}

fn listed(chat: Recipient, name: Option<&str>, unread: u64) -> Listed {
    Listed {
        chat,
        name: name.map(str::to_owned),
        unread,
        last: Some((user("alice"), "the last".to_owned())),
    }
}

fn chats() -> Vec<Listed> {
    vec![
        listed(with("alice"), None, 0),
        listed(in_tower(), Some("Signal tower"), 3),
        listed(with("robert-0123"), None, 0),
    ]
}

/// Makes a screen with three chats, none of them open.
fn closed() -> Screen {
    let mut screen = Screen::new(user("me"));
    screen.listed(chats());
    screen
}

/// Makes a screen on which a chat with alice is open, read, and was drawn once.
fn open(messages: Vec<ShownMessage>) -> Screen {
    let mut screen = closed();
    screen.opened(with("alice"), messages, None);
    while screen.due().is_some() {}
    draw(&mut screen, 80, 20);
    screen
}

fn press(screen: &mut Screen, code: KeyCode) -> Option<Action> {
    screen.on_key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn control(screen: &mut Screen, sign: char) -> Option<Action> {
    screen.on_key(KeyEvent::new(KeyCode::Char(sign), KeyModifiers::CONTROL))
}

fn write(screen: &mut Screen, text: &str) {
    for sign in text.chars() {
        assert_eq!(press(screen, KeyCode::Char(sign)), None);
    }
}

/// Draws the screen, and gives its rows as text.
fn draw(screen: &mut Screen, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(screen, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let signs: Vec<&str> = buffer.content.iter().map(|cell| cell.symbol()).collect();
    let rows = signs.chunks(usize::from(width.max(1)));
    let rows: Vec<String> = rows
        .map(|row| row.concat().replace('\u{a0}', " "))
        .collect();
    rows.join("\n")
}

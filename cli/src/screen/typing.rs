//! Who is writing.

use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use std::collections::BTreeMap;

/// For how many seconds somebody is writing who has not said so again, nor that they have stopped.
const SECONDS: u8 = 10;

/// Knows who is writing, and for how many seconds yet.
#[derive(Default)]
pub(super) struct Typing(BTreeMap<(Recipient, UserId), u8>);

impl Typing {
    /// Notes that somebody is writing, or no longer.
    pub(super) fn set(&mut self, chat: Recipient, user_id: UserId, is_typing: bool) {
        match is_typing {
            true => self.0.insert((chat, user_id), SECONDS),
            false => self.0.remove(&(chat, user_id)),
        };
    }

    /// Notes that a second has gone by; tells whether somebody is no longer writing.
    pub(super) fn tick(&mut self) -> bool {
        let before = self.0.len();
        self.0.retain(|_, left| {
            *left -= 1;
            *left > 0
        });
        self.0.len() < before
    }

    /// Gives those who are writing in a chat.
    pub(super) fn of<'a>(&'a self, chat: &'a Recipient) -> impl Iterator<Item = &'a UserId> {
        let all = self.0.keys().filter(move |(it, _)| it == chat);
        all.map(|(_, user_id)| user_id)
    }
}

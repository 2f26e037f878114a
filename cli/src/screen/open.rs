//! The chat that is open.

use super::input::Input;
use super::scroll::Scroll;
use heliograph_client::client::ShownMessage;
use heliograph_client::history::{MessageRef, Position};
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;

/// How many messages are read at a time.
pub(super) const PAGE: usize = 50;

/// Is what is being written in a chat.
#[derive(Clone, Default)]
pub(super) struct Draft {
    /// The text.
    pub(super) input: Input,
    /// The message that it answers.
    pub(super) answers: Option<MessageRef>,
}

/// Is a chat that is open.
pub(super) struct Open {
    /// Which.
    pub(super) chat: Recipient,
    /// Its last messages, oldest first.
    pub(super) messages: Vec<ShownMessage>,
    /// Whether there may be older ones.
    pub(super) has_older: bool,
    /// Which rows of them are shown.
    pub(super) scroll: Scroll,
    /// Which of them is chosen.
    pub(super) chosen: Option<Position>,
    /// What is being written.
    pub(super) draft: Draft,
    /// How many have come since they were read.
    pub(super) come: usize,
}

impl Open {
    /// Opens a chat.
    pub(super) fn new(chat: Recipient, messages: Vec<ShownMessage>, draft: Draft) -> Self {
        Self {
            has_older: messages.len() >= PAGE,
            chat,
            messages,
            scroll: Scroll::End,
            chosen: None,
            draft,
            come: 0,
        }
    }

    /// Tells how many messages are to be read so that all that are here are read anew.
    pub(super) fn limit(&self) -> usize {
        PAGE.max(self.messages.len() + self.come)
    }

    /// Takes the last messages as they are now.
    pub(super) fn refresh(&mut self, messages: Vec<ShownMessage>) {
        self.has_older = messages.len() >= self.limit();
        self.messages = messages;
        self.come = 0;
    }

    /// Takes a page of older messages.
    pub(super) fn prepend(&mut self, mut older: Vec<ShownMessage>) {
        self.has_older = older.len() >= PAGE;
        older.append(&mut self.messages);
        self.messages = older;
    }

    /// Finds a message.
    pub(super) fn find(&self, name: &MessageRef) -> Option<&ShownMessage> {
        let id = name.message_id;
        let mut named = self
            .messages
            .iter()
            .filter(|it| it.position.message_id == id);
        named.find(|it| it.author == name.author)
    }

    /// Gives the message that is chosen.
    pub(super) fn chosen(&self) -> Option<&ShownMessage> {
        let chosen = self.chosen?;
        self.messages.iter().find(|it| it.position == chosen)
    }

    /// Gives the last message of somebody's.
    pub(super) fn last_of(&self, author: &UserId) -> Option<&ShownMessage> {
        self.messages.iter().rfind(|it| it.author == *author)
    }

    /// Gives the message by some steps up or down from the one that is chosen; nothing where there is none.
    pub(super) fn step(&self, by: isize) -> Option<Position> {
        let chosen = self.chosen?;
        let at = self.messages.partition_point(|it| it.position < chosen);
        let at = at.checked_add_signed(by)?;
        self.messages.get(at).map(|it| it.position)
    }
}

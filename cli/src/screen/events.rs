//! What events do.

use super::parts::Link;
use super::state::Screen;
use crate::print;
use heliograph_client::client::Event;
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;

impl Screen {
    /// Takes what has happened. What it says of messages is stored already, and so is read from there.
    pub(super) fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.link = Link::Connected,
            Event::Offline { .. } => self.link = Link::Offline,
            Event::Displaced => self.link = Link::Displaced,
            Event::SignedOut(why) => self.link = Link::SignedOut(why.to_string()),
            Event::Message { chat, message } => self.come(&chat, &message.author),
            Event::Changed { chat, .. }
            | Event::Gone { chat, .. }
            | Event::Progress { chat, .. } => self.changed(&chat),
            Event::Gap {
                chat,
                before,
                is_open,
            } => {
                match is_open {
                    true => self.gaps.insert((chat, before)),
                    false => self.gaps.remove(&(chat, before)),
                };
            }
            Event::Group { group_id, change } => {
                let changed = print::changed(&change, |user_id| self.who(user_id));
                self.tell_of(Recipient::Group(group_id), changed);
                (self.stale.chats, self.stale.chats_soon) = (true, true);
            }
            Event::Read { .. } => self.stale.chats = true,
            Event::Typing {
                chat,
                user_id,
                is_typing,
            } => self.typing.set(chat, user_id, is_typing),
            Event::Missed | Event::History { .. } => {
                (self.stale.chats, self.stale.messages) = (true, true)
            }
            other => self.warn_of(&other),
        }
    }

    /// Takes that a second has gone by; tells whether something looks otherwise now.
    pub(super) fn on_tick(&mut self) -> bool {
        if std::mem::take(&mut self.stale.chats_soon) {
            self.stale.chats = true;
        }
        let is_silent = self.typing.tick();
        self.told_typing_s = self.told_typing_s.saturating_sub(1);
        let left = self.notice.as_mut().and_then(|it| it.left_s.as_mut());
        let is_over = left.is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0
        });
        if is_over {
            self.notice = None;
        }
        is_silent || is_over || self.stale.chats
    }

    fn come(&mut self, chat: &Recipient, author: &UserId) {
        let is_others = *author != self.me;
        if is_others {
            self.typing.set(chat.clone(), author.clone(), false);
        }
        if let Some(open) = self.opened_as(chat) {
            open.come += 1;
            self.stale.to_read |= is_others;
        }
        self.changed(chat);
    }

    fn changed(&mut self, chat: &Recipient) {
        self.stale.chats = true;
        self.stale.messages |= self.opened_as(chat).is_some();
    }

    fn warn_of(&mut self, event: &Event) {
        match event {
            Event::KeysChanged { user_id } if *user_id == self.me => {
                self.warn("you have a further device, which reads along: do you know of it?");
            }
            Event::KeysChanged { user_id } => {
                let who = self.who(user_id);
                self.warn(format!(
                    "the keys of {who} have changed: compare the safety number (Ctrl-S)"
                ));
            }
            Event::Unreachable { user_id } => {
                let who = self.who(user_id);
                self.warn(format!(
                    "{who} has no keys to be trusted: what you wrote waits"
                ));
            }
            Event::Unreadable { user_id } => {
                let who = self.who(user_id);
                self.warn(format!("a message of {who} could not be read"));
            }
            Event::Linked { .. } => self.tell("a further device of yours gets what was said"),
            Event::NotSent { .. } => {
                self.warn("a file was not sent: you are not in its group any more");
            }
            Event::StoreFailed => self.warn("the profile cannot be written: is the disk full?"),
            _ => {}
        }
    }
}

//! What is on the screen, and what is to be done so that it is right. No I/O: it is told what there is.

use super::action::Action;
use super::names;
use super::open::{Draft, Open};
use super::parts::{Focus, Link, Listed, Notice, Stale};
use super::popup::{GroupInfo, Popup, Safety, Search};
use super::rows;
use super::scroll::{Rows, Scroll};
use super::typing::Typing;
use heliograph_client::client::ShownMessage;
use heliograph_client::history::Position;
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use ratatui::layout::Size;
use std::collections::{BTreeMap, BTreeSet};

/// How many seconds something is told that is no warning.
const TOLD_S: u8 = 8;
/// How many seconds it is not told anew that this user is writing.
const TOLD_TYPING_S: u8 = 5;

/// Is what is on the screen.
pub(super) struct Screen {
    /// Whose it is.
    pub(super) me: UserId,
    /// The chats, the one with the newest message first.
    pub(super) chats: Vec<Listed>,
    /// The one that is chosen in the list.
    pub(super) pointed: Option<Recipient>,
    /// The one that is open.
    pub(super) open: Option<Open>,
    /// Where keys go.
    pub(super) focus: Focus,
    /// What is shown before the rest.
    pub(super) popup: Option<Popup>,
    /// Whether there is a connection.
    pub(super) link: Link,
    /// What is told at the bottom.
    pub(super) notice: Option<Notice>,
    /// Who is writing.
    pub(super) typing: Typing,
    /// Before which messages something is missing.
    pub(super) gaps: BTreeSet<(Recipient, Position)>,
    /// What people are called.
    pub(super) names: BTreeMap<UserId, String>,
    /// For how many seconds it was told that this user is writing.
    pub(super) told_typing_s: u8,
    /// What has to be read anew.
    pub(super) stale: Stale,
    /// Whether the terminal is in front, as far as it tells.
    pub(super) is_in_front: bool,
    /// How large the messages' place is.
    pub(super) pane: Size,
    drafts: BTreeMap<Recipient, Draft>,
}

impl Screen {
    /// Begins with nothing.
    pub(super) fn new(me: UserId) -> Self {
        Self {
            me,
            chats: Vec::new(),
            pointed: None,
            open: None,
            focus: Focus::Chats,
            popup: None,
            link: Link::Connecting,
            notice: None,
            typing: Typing::default(),
            gaps: BTreeSet::new(),
            names: BTreeMap::new(),
            told_typing_s: 0,
            stale: Stale::default(),
            is_in_front: true,
            pane: Size::ZERO,
            drafts: BTreeMap::new(),
        }
    }

    /// Takes the chats there are. One that is open is listed, though nothing was said in it yet.
    pub(super) fn listed(&mut self, mut chats: Vec<Listed>) {
        if let Some(open) = &self.open
            && chats.iter().all(|it| it.chat != open.chat)
        {
            let chat = open.chat.clone();
            chats.push(Listed::silent(chat, None));
        }
        self.chats = chats;
        if self.pointed.is_none() {
            self.pointed = self.chats.first().map(|it| it.chat.clone());
        }
    }

    /// Opens a chat with its last messages, at one of them where that is said. What is being written in the
    /// one before is kept.
    pub(super) fn opened(
        &mut self,
        chat: Recipient,
        messages: Vec<ShownMessage>,
        at: Option<Position>,
    ) {
        self.close();
        let draft = self.drafts.remove(&chat).unwrap_or_default();
        self.pointed = Some(chat.clone());
        self.open = Some(Open::new(chat, messages, draft));
        self.stale.to_read = true;
        self.focus = Focus::Input;
        if let Some(at) = at {
            self.focus = Focus::Messages;
            self.choose(at);
        }
        self.stale.chats = true;
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.drafts.insert(open.chat, open.draft);
        }
    }

    /// Chooses a message, and shows it.
    pub(super) fn choose(&mut self, position: Position) {
        let of = rows::positions(self);
        let height = usize::from(self.pane.height);
        if let Some(open) = &mut self.open {
            open.chosen = Some(position);
            open.scroll = Rows { of: &of, height }.showing(open.scroll, position);
        }
    }

    /// Takes the last messages of the chat that is open, as they are now.
    pub(super) fn refreshed(&mut self, chat: &Recipient, messages: Vec<ShownMessage>) {
        if let Some(open) = self.opened_as(chat) {
            open.refresh(messages);
        }
    }

    /// Takes older messages of the chat that is open.
    pub(super) fn prepended(&mut self, chat: &Recipient, older: Vec<ShownMessage>) {
        if let Some(open) = self.opened_as(chat) {
            open.prepend(older);
        }
    }

    /// Gives a text back that was not sent.
    pub(super) fn not_sent(&mut self, chat: &Recipient, draft: Draft) {
        if let Some(open) = self.opened_as(chat) {
            open.draft = draft;
        }
    }

    /// Gives the chat that is open, if it is this one.
    pub(super) fn opened_as(&mut self, chat: &Recipient) -> Option<&mut Open> {
        self.open.as_mut().filter(|open| open.chat == *chat)
    }

    /// Shows what a group is.
    pub(super) fn show_group(&mut self, info: GroupInfo) {
        self.popup = Some(Popup::Group(info));
    }

    /// Shows a safety number.
    pub(super) fn show_safety(&mut self, safety: Safety) {
        self.popup = Some(Popup::Safety(safety));
    }

    /// Takes what a search has found.
    pub(super) fn found(&mut self, words: &str, found: Vec<(Recipient, ShownMessage)>) {
        if let Some(Popup::Search(search)) = &mut self.popup {
            search.found(words, found);
        }
    }

    /// Begins a search.
    pub(super) fn search(&mut self) {
        self.popup = Some(Popup::Search(Search::default()));
    }

    /// Tells something for a while, but not in a warning's place.
    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.notify(None, text.into(), Some(TOLD_S));
    }

    /// Tells something of a chat for a while.
    pub(super) fn tell_of(&mut self, chat: Recipient, text: String) {
        self.notify(Some(chat), text, Some(TOLD_S));
    }

    /// Tells something until it is seen.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.notify(None, text.into(), None);
    }

    fn notify(&mut self, of: Option<Recipient>, text: String, left_s: Option<u8>) {
        let is_warned = self.notice.as_ref().is_some_and(|it| it.left_s.is_none());
        if left_s.is_none() || !is_warned {
            self.notice = Some(Notice { of, text, left_s });
        }
    }

    /// Calls a user by name, and oneself "you".
    pub(super) fn who(&self, user_id: &UserId) -> String {
        match *user_id == self.me {
            true => "you".to_owned(),
            false => names::name(&self.names, user_id),
        }
    }

    /// Calls a chat by what it is called. A group stands out, so that none is taken for a person.
    pub(super) fn title(&self, chat: &Recipient) -> String {
        let listed = self.chats.iter().find(|it| it.chat == *chat);
        match (chat, listed.map(|it| it.name.as_deref())) {
            (Recipient::User(user_id), _) => self.who(user_id),
            (Recipient::Group(_), Some(Some(name))) => format!("# {name}"),
            (Recipient::Group(_), Some(None)) => "# (left)".to_owned(),
            (Recipient::Group(_), None) => "# a new group".to_owned(),
        }
    }

    /// Takes that something was written: who is in the chat is told, once in a while.
    pub(super) fn writes(&mut self) {
        if self.told_typing_s == 0 && self.link == Link::Connected {
            self.told_typing_s = TOLD_TYPING_S;
            self.stale.typing = true;
        }
    }

    /// Gives what is to be read or told next, once.
    pub(super) fn due(&mut self) -> Option<Action> {
        if let Some(open) = &self.open {
            let chat = || open.chat.clone();
            if std::mem::take(&mut self.stale.messages) {
                let limit = open.limit();
                return Some(Action::Refresh {
                    chat: chat(),
                    limit,
                });
            }
            if std::mem::take(&mut self.stale.typing) {
                return Some(Action::Type(chat()));
            }
            let is_seen = self.is_in_front && self.popup.is_none() && open.scroll == Scroll::End;
            if is_seen && std::mem::take(&mut self.stale.to_read) {
                let Some(last) = open.messages.last() else {
                    return self.due();
                };
                let up_to = last.position;
                return Some(Action::MarkRead {
                    chat: chat(),
                    up_to,
                });
            }
        }
        std::mem::take(&mut self.stale.chats).then_some(Action::List)
    }
}

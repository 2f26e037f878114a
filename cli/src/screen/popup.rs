//! What is shown before the rest.

use super::action::Action;
use super::input::Input;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use heliograph_client::client::ShownMessage;
use heliograph_client::e2ee::{SafetyNumber, Trust};
use heliograph_client::store::messages::Status;
use heliograph_protocol::UserId;
use heliograph_protocol::groups::Group;
use heliograph_protocol::request::Recipient;

/// Is what is shown before the rest.
pub(super) enum Popup {
    /// A search, and what it has found.
    Search(Search),
    /// What a group is.
    Group(GroupInfo),
    /// The safety number with somebody.
    Safety(Safety),
}

/// Is a search.
#[derive(Default)]
pub(super) struct Search {
    /// The words.
    pub(super) words: Input,
    /// What holds them.
    pub(super) found: Vec<(Recipient, ShownMessage)>,
    /// Which of it is chosen.
    pub(super) chosen: usize,
}

/// Is what a group is.
pub(super) struct GroupInfo {
    /// The group.
    pub(super) group: Group,
    /// Who has the last message of one's own, where there is one.
    pub(super) receipts: Option<Vec<(UserId, Status)>>,
    /// How many rows were scrolled away.
    pub(super) scrolled: usize,
}

/// Is the safety number with somebody.
pub(super) struct Safety {
    /// With whom.
    pub(super) user_id: UserId,
    /// The number.
    pub(super) number: SafetyNumber,
    /// Whether it was compared.
    pub(super) trust: Trust,
}

/// Says what a key means for a popup.
pub(super) enum Meant {
    /// It stays.
    Stays,
    /// It is closed.
    Closes,
    /// It stays, and something is to be done.
    Does(Action),
    /// It is closed, and something is to be done.
    ClosesAndDoes(Action),
}

impl Popup {
    /// Does what a key says.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> Meant {
        if key.code == KeyCode::Esc {
            return Meant::Closes;
        }
        match self {
            Self::Search(search) => search.on_key(key),
            Self::Group(info) => info.on_key(key),
            Self::Safety(safety) => safety.on_key(key),
        }
    }
}

impl Search {
    /// Takes what was found, unless other words are searched for by now.
    pub(super) fn found(&mut self, words: &str, found: Vec<(Recipient, ShownMessage)>) {
        if self.words.text() == words {
            (self.found, self.chosen) = (found, 0);
        }
    }

    fn on_key(&mut self, key: KeyEvent) -> Meant {
        match key.code {
            KeyCode::Up => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Down if self.chosen + 1 < self.found.len() => self.chosen += 1,
            KeyCode::Enter => return self.open(),
            _ if self.words.on_key(key) => return Meant::Does(Action::Search(self.words.text())),
            _ => {}
        }
        Meant::Stays
    }

    fn open(&self) -> Meant {
        match self.found.get(self.chosen) {
            Some((chat, message)) => Meant::ClosesAndDoes(Action::Open {
                chat: chat.clone(),
                at: Some(message.position),
            }),
            None => Meant::Stays,
        }
    }
}

impl GroupInfo {
    fn on_key(&mut self, key: KeyEvent) -> Meant {
        match key.code {
            KeyCode::Up => self.scrolled = self.scrolled.saturating_sub(1),
            // The heading and each member are a row.
            KeyCode::Down if self.scrolled < self.group.members.len() => self.scrolled += 1,
            KeyCode::Enter => return Meant::Closes,
            _ => {}
        }
        Meant::Stays
    }
}

impl Safety {
    fn on_key(&self, key: KeyEvent) -> Meant {
        let whose = || self.user_id.clone();
        if !(key.modifiers - KeyModifiers::SHIFT).is_empty() {
            return Meant::Stays;
        }
        match key.code {
            KeyCode::Char('v') if self.trust != Trust::Verified => {
                Meant::ClosesAndDoes(Action::Verified(whose(), self.number.clone()))
            }
            KeyCode::Char('a') if self.trust == Trust::ChangedSinceVerified => {
                Meant::ClosesAndDoes(Action::Accept(whose()))
            }
            KeyCode::Enter => Meant::Closes,
            _ => Meant::Stays,
        }
    }
}

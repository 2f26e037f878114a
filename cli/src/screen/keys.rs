//! What keys do.

use super::action::Action;
use super::open::Draft;
use super::parts::{Focus, Link};
use super::popup::{Meant, Popup};
use super::rows;
use super::scroll::{Rows, Scroll};
use super::state::Screen;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use heliograph_protocol::request::Recipient;

/// What is reacted by, by the digits from 1 on; 0 takes it back.
pub(super) const EMOJI: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

impl Screen {
    /// Does what a key says; gives what is to be done.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> Option<Action> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if is_control && matches!(key.code, KeyCode::Char('c' | 'q')) {
            return Some(Action::End);
        }
        if let Some(popup) = &mut self.popup {
            let meant = popup.on_key(key);
            return self.meant(meant);
        }
        match key.code {
            KeyCode::Char('f') if is_control => self.search(),
            KeyCode::Char('g') if is_control => return self.ask_for_group(),
            KeyCode::Char('s') if is_control => return self.ask_for_safety(),
            KeyCode::Char('r') if is_control => return self.connect(),
            KeyCode::Tab => self.go_to(self.next_focus()),
            KeyCode::BackTab => self.go_to(self.focus_before()),
            KeyCode::PageUp => return self.page_up(),
            KeyCode::PageDown => self.scroll(1),
            _ => {
                return match self.focus {
                    Focus::Chats => self.on_list_key(key),
                    Focus::Messages => self.on_message_key(key),
                    Focus::Input => self.on_input_key(key),
                };
            }
        }
        None
    }

    /// Takes what was pasted: it is written, but not sent, whatever is in it.
    pub(super) fn on_paste(&mut self, text: &str) -> Option<Action> {
        match (&mut self.popup, &mut self.open) {
            (Some(Popup::Search(search)), _) => {
                search.words.insert(&text.replace('\n', " "));
                return Some(Action::Search(search.words.text()));
            }
            (None, Some(open)) => {
                open.draft.input.insert(text);
                self.focus = Focus::Input;
            }
            _ => {}
        }
        None
    }

    fn meant(&mut self, meant: Meant) -> Option<Action> {
        match meant {
            Meant::Stays => None,
            Meant::Does(action) => Some(action),
            Meant::Closes => {
                self.popup = None;
                None
            }
            Meant::ClosesAndDoes(action) => {
                self.popup = None;
                Some(action)
            }
        }
    }

    fn ask_for_group(&mut self) -> Option<Action> {
        let Some(open) = &self.open else {
            self.tell("open a group first");
            return None;
        };
        let Recipient::Group(group_id) = &open.chat else {
            self.tell("this is no group: Ctrl-S shows the safety number");
            return None;
        };
        let own = open.last_of(&self.me);
        Some(Action::ShowGroup {
            group_id: group_id.clone(),
            own: own.map(|it| it.position.message_id),
        })
    }

    /// In a group it is about who has written the message that is chosen.
    fn ask_for_safety(&mut self) -> Option<Action> {
        let open = self.open.as_ref();
        let with = open.and_then(|open| match &open.chat {
            Recipient::User(user_id) => Some(user_id.clone()),
            Recipient::Group(_) => {
                let author = open.chosen().map(|it| it.author.clone());
                author.filter(|author| *author != self.me)
            }
        });
        if with.is_none() {
            self.tell("a safety number is with one person: open their chat, or choose a message");
        }
        with.map(Action::ShowSafety)
    }

    fn connect(&mut self) -> Option<Action> {
        (self.link == Link::Displaced).then_some(Action::Connect)
    }

    fn next_focus(&self) -> Focus {
        match self.focus {
            Focus::Chats if self.open.is_some() => Focus::Messages,
            Focus::Messages => Focus::Input,
            Focus::Chats | Focus::Input => Focus::Chats,
        }
    }

    fn focus_before(&self) -> Focus {
        match self.focus {
            Focus::Chats if self.open.is_some() => Focus::Input,
            Focus::Input => Focus::Messages,
            Focus::Chats | Focus::Messages => Focus::Chats,
        }
    }

    /// Has keys go somewhere else. Among messages there is always one that is chosen.
    fn go_to(&mut self, focus: Focus) {
        self.focus = focus;
        let of = rows::positions(self);
        let height = usize::from(self.pane.height);
        if let Some(open) = &mut self.open {
            let end = Rows { of: &of, height }.end(open.scroll);
            let last_shown = end.checked_sub(1).and_then(|last| of.get(last));
            open.chosen = last_shown.copied().filter(|_| focus == Focus::Messages);
        }
    }

    fn page_up(&mut self) -> Option<Action> {
        let of = rows::positions(self);
        let height = usize::from(self.pane.height);
        let open = self.open.as_ref()?;
        let rows = Rows { of: &of, height };
        if rows.is_at_top(open.scroll) {
            return self.older();
        }
        self.scroll(-1);
        None
    }

    /// Asks for older messages, where there are some.
    fn older(&self) -> Option<Action> {
        let open = self.open.as_ref().filter(|open| open.has_older)?;
        Some(Action::Older {
            chat: open.chat.clone(),
            before: open.messages.first()?.position,
        })
    }

    /// Scrolls by pages; a row of the one before stays.
    fn scroll(&mut self, pages: isize) {
        let of = rows::positions(self);
        let height = usize::from(self.pane.height);
        let by = isize::from(i16::try_from(height).unwrap_or(i16::MAX)) - 1;
        if let Some(open) = &mut self.open {
            let rows = Rows { of: &of, height };
            open.scroll = rows.scrolled(open.scroll, pages * by.max(1));
        }
        self.go_to(self.focus);
    }

    fn on_list_key(&mut self, key: KeyEvent) -> Option<Action> {
        match key.code {
            KeyCode::Up => self.point(-1),
            KeyCode::Down => self.point(1),
            KeyCode::Right if self.open.is_some() => self.go_to(Focus::Messages),
            KeyCode::Esc if self.open.is_some() => self.seen(),
            KeyCode::Enter => {
                let chat = self.pointed.clone()?;
                return Some(Action::Open { chat, at: None });
            }
            _ => {}
        }
        None
    }

    fn point(&mut self, by: isize) {
        let mut chats = self.chats.iter();
        let at = chats.position(|it| Some(&it.chat) == self.pointed.as_ref());
        let to = at.map_or(Some(0), |at| at.checked_add_signed(by));
        if let Some(listed) = to.and_then(|to| self.chats.get(to)) {
            self.pointed = Some(listed.chat.clone());
        }
    }

    /// Drops what is told, and goes back to writing.
    fn seen(&mut self) {
        self.notice = None;
        self.go_to(Focus::Input);
    }

    fn on_message_key(&mut self, key: KeyEvent) -> Option<Action> {
        match key.code {
            KeyCode::Up => return self.choose_by(-1),
            KeyCode::Down => return self.choose_by(1),
            KeyCode::Left => self.go_to(Focus::Chats),
            KeyCode::Right | KeyCode::Esc => self.seen(),
            KeyCode::Enter | KeyCode::Char('r') => self.answer(),
            KeyCode::Char(digit) => return self.react(digit.to_digit(10)?),
            _ => {}
        }
        None
    }

    fn choose_by(&mut self, by: isize) -> Option<Action> {
        let open = self.open.as_ref()?;
        match open.step(by) {
            Some(position) => self.choose(position),
            None if by < 0 => return self.older(),
            None => {
                self.seen();
                self.go_to_end();
            }
        }
        None
    }

    fn answer(&mut self) {
        if let Some(open) = &mut self.open {
            open.draft.answers = open.chosen().map(|it| it.name());
        }
        self.go_to(Focus::Input);
    }

    fn react(&self, digit: u32) -> Option<Action> {
        let open = self.open.as_ref()?;
        let emoji = match usize::try_from(digit).ok()?.checked_sub(1) {
            Some(nth) => Some(*EMOJI.get(nth)?),
            None => None,
        };
        Some(Action::React {
            chat: open.chat.clone(),
            to: open.chosen()?.name(),
            emoji,
        })
    }

    fn on_input_key(&mut self, key: KeyEvent) -> Option<Action> {
        let is_newline = !(key.modifiers & (KeyModifiers::ALT | KeyModifiers::SHIFT)).is_empty();
        let open = self.open.as_mut()?;
        let input = &mut open.draft.input;
        match key.code {
            KeyCode::Enter if is_newline => input.insert("\n"),
            // What a terminal makes of a newline.
            KeyCode::Char('j') if key.modifiers == KeyModifiers::CONTROL => input.insert("\n"),
            KeyCode::Enter => return self.send(),
            KeyCode::Esc => {
                open.draft.answers = None;
                self.seen();
            }
            KeyCode::Up if !open.messages.is_empty() => self.go_to(Focus::Messages),
            _ => {
                if input.on_key(key) && !input.is_blank() {
                    self.writes();
                }
            }
        }
        None
    }

    fn send(&mut self) -> Option<Action> {
        let open = self.open.as_mut()?;
        if open.draft.input.is_blank() {
            return None;
        }
        let Draft { input, answers } = std::mem::take(&mut open.draft);
        let chat = open.chat.clone();
        self.go_to_end();
        Some(Action::Send {
            chat,
            text: input.text().trim_end().to_owned(),
            answers,
        })
    }

    fn go_to_end(&mut self) {
        if let Some(open) = &mut self.open {
            (open.scroll, open.chosen) = (Scroll::End, None);
        }
    }
}

//! A text that is being written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// How many spaces a pasted tab is: a terminal's own tab stops are not drawn.
const TAB: &str = "    ";

/// Is a text with a cursor in it, which stands between two characters as people see them.
#[derive(Clone, Default)]
pub(super) struct Input {
    before: String,
    after: String,
}

impl Input {
    /// Takes a text, the cursor at its end.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            before: text.into(),
            after: String::new(),
        }
    }

    /// Gives what is before the cursor and what is after it.
    pub(super) fn parts(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }

    /// Gives the whole text.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// Tells whether there is nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.before.trim().is_empty() && self.after.trim().is_empty()
    }

    /// Puts a text at the cursor, without what would steer a terminal.
    pub(super) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.replace('\t', TAB);
        let signs = text.chars();
        self.before
            .extend(signs.filter(|sign| *sign == '\n' || !sign.is_control()));
    }

    /// Does what a key says, where that is about a text; tells whether it was.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> bool {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('w') if is_control => self.delete_word(),
            KeyCode::Char('u') if is_control => self.before.clear(),
            KeyCode::Char('k') if is_control => self.after.clear(),
            KeyCode::Char('a') if is_control => self.go_to_start(),
            KeyCode::Char('e') if is_control => self.go_to_end(),
            KeyCode::Char(_) if is_control => return false,
            KeyCode::Char(sign) => self.insert(sign.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => drop(take_last(&mut self.before)),
            KeyCode::Delete => drop(take_first(&mut self.after)),
            KeyCode::Left => {
                let sign = take_last(&mut self.before);
                self.after.insert_str(0, &sign);
            }
            KeyCode::Right => self.before.push_str(&take_first(&mut self.after)),
            KeyCode::Home => self.go_to_start(),
            KeyCode::End => self.go_to_end(),
            _ => return false,
        }
        true
    }

    fn go_to_start(&mut self) {
        self.after.insert_str(0, &std::mem::take(&mut self.before));
    }

    fn go_to_end(&mut self) {
        self.before.push_str(&std::mem::take(&mut self.after));
    }

    fn delete_word(&mut self) {
        let kept = self.before.trim_end();
        let kept = kept.trim_end_matches(|sign: char| !sign.is_whitespace());
        self.before.truncate(kept.len());
    }
}

/// Takes the last character that people see as one.
fn take_last(text: &mut String) -> String {
    let last = text.graphemes(true).next_back().unwrap_or_default();
    text.split_off(text.len() - last.len())
}

/// Takes the first character that people see as one.
fn take_first(text: &mut String) -> String {
    let first = text.graphemes(true).next().unwrap_or_default().len();
    let rest = text.split_off(first);
    std::mem::replace(text, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, codes: impl IntoIterator<Item = KeyCode>) {
        for code in codes {
            assert!(input.on_key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
    }

    #[test]
    fn what_people_see_as_one_character_goes_as_one() {
        // A family of joined emoji, an e with an accent of its own, a flag.
        let mut input = Input::new("a👨‍👩‍👧e\u{301}🇸🇪");
        for left in ["a👨‍👩‍👧e\u{301}", "a👨‍👩‍👧", "a", "", ""] {
            press(&mut input, [KeyCode::Backspace]);
            assert_eq!(input.text(), left);
        }
    }

    #[test]
    fn what_is_written_goes_where_the_cursor_is() {
        let mut input = Input::new("måne");
        press(
            &mut input,
            [KeyCode::Left, KeyCode::Left, KeyCode::Char('ö')],
        );
        assert_eq!(input.parts(), ("måö", "ne"));
        press(&mut input, [KeyCode::Home, KeyCode::Delete, KeyCode::End]);
        assert_eq!(input.parts(), ("åöne", ""));
    }

    #[test]
    fn what_is_pasted_steers_nothing() {
        let mut input = Input::default();
        input.insert("a\r\nb\tc\u{1b}[2Jd\u{9b}");
        assert_eq!(input.text(), "a\nb    c[2Jd");
    }

    #[test]
    fn a_word_goes_as_one() {
        let mut input = Input::new("good mörning ");
        let key = KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert!(input.on_key(key));
        assert_eq!(input.text(), "good ");
    }
}

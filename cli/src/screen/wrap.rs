//! Breaks text into lines as wide as there is room.

use crate::print::plain;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Breaks pieces of text into lines, at spaces where there are some, and where they say so. Lines after the
/// first are indented. What would steer the terminal is shown instead.
pub(super) fn wrap(pieces: &[(&str, Style)], width: usize, indent: usize) -> Vec<Line<'static>> {
    let mut lines = Lines::new(width, indent);
    for (text, style) in pieces {
        for (nth, text) in text.split('\n').enumerate() {
            if nth > 0 {
                lines.end_line();
            }
            for sign in plain(text).graphemes(true) {
                lines.push(sign, *style);
            }
        }
    }
    lines.end_line();
    lines.done
}

/// Tells how many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Shortens a text to some columns; a dash of dots tells that it was longer.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = plain(text);
    if columns(&text) <= most {
        return text;
    }
    let mut cut = String::new();
    let mut room = most.saturating_sub(1);
    for sign in text.graphemes(true) {
        match room.checked_sub(columns(sign)) {
            Some(left) => room = left,
            None => break,
        }
        cut.push_str(sign);
    }
    if most > 0 {
        cut.push('…');
    }
    cut
}

/// Is a character with how it looks.
type Sign = (String, Style);

struct Lines {
    width: usize,
    indent: usize,
    done: Vec<Line<'static>>,
    line: Vec<Sign>,
    used: usize,
}

impl Lines {
    fn new(width: usize, indent: usize) -> Self {
        Self {
            width: width.max(1),
            // On a narrow screen there is no room to waste.
            indent: indent.min(width / 4),
            done: Vec::new(),
            line: Vec::new(),
            used: 0,
        }
    }

    fn push(&mut self, sign: &str, style: Style) {
        let columns = columns(sign);
        if self.used + columns > self.width {
            if sign == " " {
                return self.end_line();
            }
            self.break_at_space();
            if self.used + columns > self.width && !self.line.is_empty() {
                self.end_line();
            }
        }
        self.used += columns;
        self.line.push((sign.to_owned(), style));
    }

    /// Ends the line at its last space, and takes what is behind that to the next one, if it has room there.
    fn break_at_space(&mut self) {
        let space = self.line.iter().rposition(|(sign, _)| sign == " ");
        let behind = space.map_or(self.line.len(), |space| space + 1);
        let rest = self.line.iter().skip(behind);
        let rest_columns: usize = rest.map(|(sign, _)| columns(sign)).sum();
        if self.indent + rest_columns > self.width {
            return self.end_line();
        }
        let rest = self.line.split_off(behind);
        if space.is_some() {
            self.line.pop();
        }
        self.end_line();
        self.line = rest;
        self.used += rest_columns;
    }

    fn end_line(&mut self) {
        let mut spans: Vec<Span<'static>> = Vec::new();
        if !self.done.is_empty() && self.indent > 0 {
            spans.push(Span::raw(" ".repeat(self.indent)));
        }
        for (sign, style) in self.line.drain(..) {
            match spans.last_mut() {
                Some(last) if last.style == style => last.content.to_mut().push_str(&sign),
                _ => spans.push(Span::styled(sign, style)),
            }
        }
        self.done.push(Line::from(spans));
        self.used = self.indent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
        let lines = wrap(&[(text, Style::new())], width, indent);
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_where_they_say() {
        let lines = wrapped("one two three\nfour", 8, 2);
        assert_eq!(lines, ["one two", "  three", "  four"]);
    }

    #[test]
    fn a_word_without_room_is_broken() {
        assert_eq!(wrapped("abcdefgh", 4, 1), ["abcd", " efg", " h"]);
        assert_eq!(wrapped("日本語", 4, 0), ["日本", "語"]);
    }

    #[test]
    fn what_steers_is_shown() {
        assert_eq!(
            wrapped("a\u{1b}[2J\u{202e}", 20, 0),
            ["a\u{fffd}[2J\u{fffd}"]
        );
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("hello", 5), "hello");
        assert_eq!(cut("hello\n", 5), "hell…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("hello", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_but_spaces_is_lost_and_no_line_is_too_wide(
            text in "[a-c 日é\u{301}👍]{0,40}",
            width in 1..20usize,
            indent in 0..8usize,
        ) {
            let lines = wrapped(&text, width, indent);
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
            // A sign that is wider than the screen stands alone.
            prop_assert!(lines.iter().all(|line| columns(line) <= width.max(2)));
        }
    }
}

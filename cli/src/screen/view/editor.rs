//! How a text looks that is being written.

use crate::print::plain;
use crate::screen::input::Input;
use crate::screen::rows::DIM;
use crate::screen::wrap::columns;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;

const PROMPT: &str = "> ";
/// How wide that is.
pub(super) const PROMPT_COLUMNS: u16 = 2;

/// Breaks a text into rows, with nothing left out, and tells in which row and column the cursor is.
pub(super) fn rows(input: &Input, width: u16) -> (Vec<String>, (usize, usize)) {
    let width = usize::from(width.max(1));
    let (before, after) = input.parts();
    let mut rows = Rows {
        done: Vec::new(),
        row: String::new(),
        width,
    };
    rows.put(before);
    // The cursor takes a column of its own behind the last character.
    let cursor = match columns(&rows.row) {
        at if at >= width => (rows.done.len() + 1, 0),
        at => (rows.done.len(), at),
    };
    rows.put(after);
    rows.end();
    if cursor.0 >= rows.done.len() {
        rows.end();
    }
    (rows.done, cursor)
}

struct Rows {
    done: Vec<String>,
    row: String,
    width: usize,
}

impl Rows {
    fn put(&mut self, text: &str) {
        for sign in text.graphemes(true) {
            if sign == "\n" {
                self.end();
                continue;
            }
            let sign = plain(sign);
            let is_full = columns(&self.row) + columns(&sign) > self.width;
            if is_full && !self.row.is_empty() {
                self.end();
            }
            self.row.push_str(&sign);
        }
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.row));
    }
}

/// Draws a text that is being written, and the cursor where keys go there.
pub(super) fn draw(input: &Input, area: Rect, has_cursor: bool, frame: &mut Frame<'_>) {
    let width = area.width.saturating_sub(PROMPT_COLUMNS);
    let (rows, (row, column)) = rows(input, width);
    let [prompt, text] =
        Layout::horizontal([Constraint::Length(PROMPT_COLUMNS), Constraint::Min(0)]).areas(area);
    frame.render_widget(Line::styled(PROMPT, DIM), prompt);
    // The row with the cursor is shown, and those above it.
    let first = (row + 1).saturating_sub(usize::from(area.height));
    for (place, row) in text.rows().zip(rows.into_iter().skip(first)) {
        frame.render_widget(Line::raw(row), place);
    }
    if has_cursor && !text.is_empty() {
        let to = |at: usize, most: u16| {
            u16::try_from(at)
                .unwrap_or(most)
                .min(most.saturating_sub(1))
        };
        let (x, y) = (to(column, text.width), to(row - first, text.height));
        frame.set_cursor_position(Position::new(text.x + x, text.y + y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_behind_what_is_before_it() {
        let (rows, cursor) = rows(&Input::new("日本語ab"), 4);
        assert_eq!(rows, ["日本", "語ab", ""]);
        assert_eq!(cursor, (2, 0));
    }

    #[test]
    fn an_empty_text_has_a_row() {
        assert_eq!(rows(&Input::default(), 4), (vec![String::new()], (0, 0)));
        let (rows, cursor) = rows(&Input::new("a\n"), 4);
        assert_eq!(
            (rows, cursor),
            (vec!["a".to_owned(), String::new()], (1, 0))
        );
    }
}

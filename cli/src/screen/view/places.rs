//! Where everything is on the screen.

use super::editor::{self, PROMPT_COLUMNS};
use crate::screen::parts::Focus;
use crate::screen::state::Screen;
use ratatui::layout::{Constraint, Layout, Rect};

/// Less is too narrow for a list beside a chat: one of them is shown.
const NARROW_COLUMNS: u16 = 60;
/// How wide the list may be.
const LIST_COLUMNS: (u16, u16) = (20, 36);
/// How high what is written may grow.
const INPUT_ROWS_MAX: u16 = 6;

/// Are the places of what is on the screen; what is not shown has none.
pub(super) struct Places {
    pub(super) list: Rect,
    pub(super) title: Rect,
    pub(super) messages: Rect,
    pub(super) typing: Rect,
    pub(super) answers: Rect,
    pub(super) input: Rect,
    pub(super) status: Rect,
}

/// Gives everything its place.
pub(super) fn places(screen: &Screen, area: Rect) -> Places {
    let [main, status] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let is_narrow = area.width < NARROW_COLUMNS;
    let list_columns = match screen.focus {
        Focus::Chats if is_narrow => area.width,
        _ if is_narrow => 0,
        _ => (area.width / 4).clamp(LIST_COLUMNS.0, LIST_COLUMNS.1),
    };
    let across = [Constraint::Length(list_columns), Constraint::Min(0)];
    let across = Layout::horizontal(across).spacing(u16::from(!is_narrow));
    let [list, chat] = across.areas(main);
    let draft = screen.open.as_ref().map(|open| &open.draft);
    let room = chat.width.saturating_sub(PROMPT_COLUMNS);
    let rows = draft.map_or(1, |draft| editor::rows(&draft.input, room).0.len());
    let rows = u16::try_from(rows).unwrap_or(INPUT_ROWS_MAX);
    let has_answer = draft.is_some_and(|draft| draft.answers.is_some());
    let down = [
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(u16::from(has_answer)),
        // With a line above.
        Constraint::Length(rows.min(INPUT_ROWS_MAX) + 1),
    ];
    let [title, messages, typing, answers, input] = Layout::vertical(down).areas(chat);
    Places {
        list,
        title,
        messages,
        typing,
        answers,
        input,
        status,
    }
}

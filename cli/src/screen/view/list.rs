//! The list of chats: two rows each.

use super::FOCUSED;
use crate::screen::parts::{Focus, Listed};
use crate::screen::rows::DIM;
use crate::screen::state::Screen;
use crate::screen::wrap::{columns, cut};
use heliograph_protocol::request::Recipient;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

const UNREAD: Style = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
const ROWS: usize = 2;

/// Draws the list of chats, so that the one is seen that is chosen.
pub(super) fn draw(screen: &Screen, area: Rect, frame: &mut Frame<'_>) {
    let block = Block::new().borders(Borders::RIGHT).border_style(DIM);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [title, inner] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inner);
    let is_focused = screen.focus == Focus::Chats;
    let style = if is_focused { FOCUSED } else { DIM };
    frame.render_widget(Line::styled("Chats", style), title);
    if screen.chats.is_empty() {
        let none = cut("none yet", usize::from(inner.width));
        frame.render_widget(Line::styled(none, DIM), inner);
    }
    let mut chats = screen.chats.iter();
    let pointed = chats.position(|it| Some(&it.chat) == screen.pointed.as_ref());
    let fits = (usize::from(inner.height) / ROWS).max(1);
    let first = (pointed.unwrap_or_default() + 1).saturating_sub(fits);
    let width = usize::from(inner.width);
    let chats = screen.chats.iter().skip(first);
    let lines = chats.flat_map(|listed| lines(screen, listed, width));
    for (place, line) in inner.rows().zip(lines) {
        frame.render_widget(line, place);
    }
}

fn lines(screen: &Screen, listed: &Listed, width: usize) -> [Line<'static>; ROWS] {
    let is_pointed = screen.pointed.as_ref() == Some(&listed.chat);
    let is_open = screen
        .open
        .as_ref()
        .is_some_and(|it| it.chat == listed.chat);
    let style = match is_pointed && screen.focus == Focus::Chats {
        true => Style::new().add_modifier(Modifier::REVERSED),
        false => Style::new(),
    };
    let mark = if is_open { "▌" } else { " " };
    let unread = match listed.unread {
        0 => String::new(),
        unread => format!(" ({unread})"),
    };
    let room = width.saturating_sub(columns(mark) + columns(&unread));
    let name = Line::from(vec![
        Span::raw(mark),
        Span::styled(cut(&screen.title(&listed.chat), room), FOCUSED),
        Span::styled(unread, UNREAD),
    ]);
    let last = Line::from(vec![
        Span::raw(mark),
        Span::styled(
            cut(&last(screen, listed), width.saturating_sub(columns(mark))),
            DIM,
        ),
    ]);
    [name.style(style), last.style(style)]
}

/// Tells what was said last and, where it is not plain, by whom.
fn last(screen: &Screen, listed: &Listed) -> String {
    let Some((author, says)) = &listed.last else {
        return String::new();
    };
    let says = says.replace('\n', " ");
    match &listed.chat {
        Recipient::User(user_id) if user_id == author => says,
        _ => format!("{}: {says}", screen.who(author)),
    }
}

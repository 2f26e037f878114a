//! Draws what is on the screen.

mod editor;
mod list;
mod places;
mod popups;
mod status;

use super::parts::Focus;
use super::rows::{self, DIM, WARNING, quoted};
use super::scroll::{Rows, Scroll};
use super::state::Screen;
use super::wrap::cut;
use places::{Places, places};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders};

/// Where keys go looks like this.
pub(super) const FOCUSED: Style = Style::new().add_modifier(Modifier::BOLD);

/// Draws the screen, and tells it how large the messages' place is: what keys do depends on it.
pub(super) fn draw(screen: &mut Screen, frame: &mut Frame<'_>) {
    let places = places(screen, frame.area());
    screen.pane = places.messages.as_size();
    let screen = &*screen;
    list::draw(screen, places.list, frame);
    draw_chat(screen, &places, frame);
    status::draw(screen, places.status, frame);
    if let Some(popup) = &screen.popup {
        popups::draw(screen, popup, frame);
    }
}

fn draw_chat(screen: &Screen, places: &Places, frame: &mut Frame<'_>) {
    let Some(open) = &screen.open else {
        let hint = Line::styled("choose a chat by ↑ ↓ and Enter", DIM).centered();
        return frame.render_widget(hint, places.title);
    };
    let width = |area: Rect| usize::from(area.width);
    let title = cut(&screen.title(&open.chat), width(places.title));
    frame.render_widget(Line::styled(title, FOCUSED), places.title);
    draw_messages(screen, places.messages, frame);
    let below = cut(&below(screen, open.scroll), width(places.typing));
    frame.render_widget(Line::styled(below, DIM), places.typing);
    if let Some(to) = &open.draft.answers {
        let answers = format!("↩ {} (Esc: no answer)", quoted(screen, to));
        let answers = cut(&answers, width(places.answers));
        frame.render_widget(Line::styled(answers, WARNING), places.answers);
    }
    let is_focused = screen.focus == Focus::Input;
    let block = Block::new()
        .borders(Borders::TOP)
        .border_style(match is_focused {
            true => Style::new(),
            false => DIM,
        });
    let inner = block.inner(places.input);
    frame.render_widget(block, places.input);
    let has_cursor = is_focused && screen.popup.is_none();
    editor::draw(&open.draft.input, inner, has_cursor, frame);
}

/// Draws the messages, the last of them at the bottom.
fn draw_messages(screen: &Screen, area: Rect, frame: &mut Frame<'_>) {
    let Some(open) = &screen.open else { return };
    let rows = rows::rows(screen);
    let of: Vec<_> = rows.iter().map(|row| row.of).collect();
    let height = usize::from(area.height);
    let end = Rows { of: &of, height }.end(open.scroll);
    let shown = rows.into_iter().take(end).rev();
    for (place, row) in area.rows().rev().zip(shown) {
        frame.render_widget(row.line, place);
    }
}

/// Tells what is below what is shown.
fn below(screen: &Screen, scroll: Scroll) -> String {
    match (scroll, typing(screen)) {
        (Scroll::At { .. }, typing) if typing.is_empty() => "↓ there is more (PgDn)".to_owned(),
        (_, typing) => typing,
    }
}

/// Tells who is writing in the chat that is open.
fn typing(screen: &Screen) -> String {
    let Some(open) = &screen.open else {
        return String::new();
    };
    let who: Vec<_> = screen
        .typing
        .of(&open.chat)
        .map(|it| screen.who(it))
        .collect();
    match who.as_slice() {
        [] => String::new(),
        [one] => format!("{one} is writing …"),
        [one, other] => format!("{one} and {other} are writing …"),
        many => format!("{} people are writing …", many.len()),
    }
}

//! The row at the bottom: the connection, what there is to tell, and which keys do what.

use crate::screen::parts::{Focus, Link};
use crate::screen::popup::Popup;
use crate::screen::rows::{DIM, WARNING};
use crate::screen::state::Screen;
use crate::screen::wrap::{columns, cut};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

const GOOD: Style = Style::new().fg(Color::Green);
const BAD: Style = Style::new().fg(Color::Red);

/// Draws the row.
pub(super) fn draw(screen: &Screen, area: Rect, frame: &mut Frame<'_>) {
    let (link, style) = link(&screen.link);
    let width = usize::from(area.width);
    let link = cut(&link, width);
    let room = width.saturating_sub(columns(&link) + 3);
    let (text, its_style) = match &screen.notice {
        Some(notice) if notice.left_s.is_none() => (format!("! {} (Esc)", notice.text), WARNING),
        Some(notice) => {
            let of = notice.of.as_ref().map(|chat| screen.title(chat) + " ");
            let text = of.unwrap_or_default() + &notice.text;
            (text, Style::new())
        }
        None => (hint(screen).to_owned(), DIM),
    };
    let line = Line::from(vec![
        Span::styled(link, style),
        Span::styled(" │ ", DIM),
        Span::styled(cut(&text, room), its_style),
    ]);
    frame.render_widget(line, area);
}

fn link(link: &Link) -> (String, Style) {
    match link {
        Link::Connecting => ("connecting".to_owned(), DIM),
        Link::Connected => ("connected".to_owned(), GOOD),
        Link::Offline => ("offline, trying again".to_owned(), WARNING),
        Link::Displaced => ("open elsewhere, Ctrl-R takes it back".to_owned(), BAD),
        Link::SignedOut(why) => (format!("signed out: {why}; register again"), BAD),
    }
}

/// Says which keys do what, the most useful first: what has no room is cut.
fn hint(screen: &Screen) -> &'static str {
    match (&screen.popup, screen.focus) {
        (Some(Popup::Search(_)), _) => "↑↓ choose · Enter open · Esc close",
        (Some(_), _) => "Esc close",
        (None, Focus::Chats) => "↑↓ choose · Enter open · Tab on · ^F search · ^Q end",
        (None, Focus::Messages) => {
            "↑↓ choose · r answer · 1–6 react · 0 take back · PgUp older · Esc write · ^Q end"
        }
        (None, Focus::Input) => {
            "Enter send · Tab chats · ↑ choose · ^F search · ^G group · ^S safety number · ^Q end"
        }
    }
}

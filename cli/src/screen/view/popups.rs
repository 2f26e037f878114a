//! What is shown before the rest.

use super::editor;
use crate::print;
use crate::screen::popup::{GroupInfo, Popup, Safety, Search};
use crate::screen::rows::{DIM, WARNING};
use crate::screen::state::Screen;
use crate::screen::wrap::{cut, wrap};
use heliograph_client::client::ShownMessage;
use heliograph_client::e2ee::Trust;
use heliograph_client::store::messages::Status;
use heliograph_protocol::groups::{GroupMember, Role};
use heliograph_protocol::request::Recipient;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Padding};

const COMPARE: &str = "The same digits on their screen? Then v notes that you have compared them.";
const COMPARE_AGAIN: &str = "The same digits on their screen? Then v notes that you have compared them. \
                             a sends without comparing.";

/// Draws a popup in the middle.
pub(super) fn draw(screen: &Screen, popup: &Popup, frame: &mut Frame<'_>) {
    match popup {
        Popup::Search(search) => draw_search(screen, search, frame),
        Popup::Group(info) => {
            let lines = group(screen, info);
            let area = framed(frame, "Group", (60, 20));
            draw_lines(lines.into_iter().skip(info.scrolled), area, frame);
        }
        Popup::Safety(safety) => {
            let title = format!("Safety number with {}", screen.who(&safety.user_id));
            let area = framed(frame, &title, (54, 14));
            draw_lines(digits(safety), area, frame);
        }
    }
}

/// Clears a place in the middle, no larger than there is room, and gives what is inside its frame.
fn framed(frame: &mut Frame<'_>, title: &str, (width, height): (u16, u16)) -> Rect {
    let mut area = frame.area();
    // What keys do is told below.
    area.height = area.height.saturating_sub(1);
    let area = area.centered(
        Constraint::Length(width.min(area.width)),
        Constraint::Length(height.min(area.height)),
    );
    let title = cut(title, usize::from(area.width.saturating_sub(4)));
    let block = Block::bordered()
        .title(format!(" {title} "))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inner
}

/// Draws lines as long as there is room, broken where they are too long.
fn draw_lines(lines: impl IntoIterator<Item = (String, Style)>, area: Rect, frame: &mut Frame<'_>) {
    let width = usize::from(area.width);
    let lines = lines.into_iter();
    let lines = lines.flat_map(|(text, style)| wrap(&[(text.as_str(), style)], width, 2));
    for (place, line) in area.rows().zip(lines) {
        frame.render_widget(line, place);
    }
}

fn draw_search(screen: &Screen, search: &Search, frame: &mut Frame<'_>) {
    let area = framed(frame, "Search", (90, 24));
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
    ];
    let [words, hint, list] = Layout::vertical(rows).areas(area);
    editor::draw(&search.words, words, true, frame);
    let text = match (search.words.is_blank(), search.found.len()) {
        (true, _) => "words of a message, of the last its beginning".to_owned(),
        (false, 0) => "nothing found".to_owned(),
        (false, found) => format!("{found} found"),
    };
    frame.render_widget(Line::styled(text, DIM), hint);
    let first = (search.chosen + 1).saturating_sub(usize::from(list.height));
    let found = search.found.iter().enumerate().skip(first);
    for (place, (nth, (chat, message))) in list.rows().zip(found) {
        let style = match nth == search.chosen {
            true => Style::new().add_modifier(Modifier::REVERSED),
            false => Style::new(),
        };
        let text = found_line(screen, chat, message);
        let line = Line::styled(cut(&text, usize::from(place.width)), style);
        frame.render_widget(line, place);
    }
}

fn found_line(screen: &Screen, chat: &Recipient, message: &ShownMessage) -> String {
    let (title, who) = (screen.title(chat), screen.who(&message.author));
    let says = print::says(&message.says).replace('\n', " ");
    match title == who {
        true => format!("{who}: {says}"),
        false => format!("{title} · {who}: {says}"),
    }
}

/// Tells what a group is, and who has the last message of one's own.
fn group(screen: &Screen, info: &GroupInfo) -> Vec<(String, Style)> {
    let group = &info.group;
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut lines = vec![(format!("# {}", group.name.replace('\n', " ")), bold)];
    let who_writes = match group.announce_only {
        true => "only admins write",
        false => "all write",
    };
    let count = group.members.len();
    lines.push((format!("{count} members, {who_writes}"), DIM));
    for member in &group.members {
        let role = match member.role {
            Role::Admin => ", admin",
            Role::Member => "",
        };
        let got = match member.user_id == screen.me {
            true => "",
            false => got(info, member),
        };
        lines.push((
            format!("{}{role}{got}", screen.who(&member.user_id)),
            Style::new(),
        ));
    }
    lines
}

/// Tells how far the last message of one's own got with a member.
fn got(info: &GroupInfo, member: &GroupMember) -> &'static str {
    let Some(receipts) = &info.receipts else {
        return "";
    };
    let its = receipts.iter().find(|(whose, _)| *whose == member.user_id);
    match its {
        Some((_, Status::Read)) => "  ✓✓ has read your last message",
        Some((_, Status::Delivered)) => "  ✓✓ has your last message",
        _ => "  has not got your last message, as far as is known",
    }
}

/// Shows the digits, and whether they were compared.
fn digits(safety: &Safety) -> Vec<(String, Style)> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let digits = safety.number.to_string();
    let rows = digits.lines().map(|row| (row.to_owned(), bold));
    let mut lines: Vec<_> = rows.collect();
    lines.push((String::new(), Style::new()));
    let good = Style::new().fg(Color::Green);
    let (trust, style, hint) = match safety.trust {
        Trust::Unverified => ("not compared yet", Style::new(), COMPARE),
        Trust::Verified => ("compared: nobody is between you", good, ""),
        Trust::ChangedSinceVerified => (
            "CHANGED since it was compared: nothing is sent until it is compared again",
            WARNING,
            COMPARE_AGAIN,
        ),
    };
    lines.push((trust.to_owned(), style));
    lines.push((String::new(), Style::new()));
    lines.push((hint.to_owned(), DIM));
    lines
}

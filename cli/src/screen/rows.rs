//! The messages of a chat as rows of text.

use super::state::Screen;
use super::wrap::{cut, wrap};
use crate::print;
use heliograph_client::client::{Says, ShownMessage};
use heliograph_client::content::Body;
use heliograph_client::history::{MessageRef, Position};
use heliograph_client::store::messages::Status;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// Where a message's further rows begin: under its author.
const INDENT: usize = 6;
/// How much of a message is shown where it is answered.
const QUOTE_COLUMNS: usize = 40;
/// Is a space at which no line is broken.
const NO_BREAK: &str = "\u{a0}";
const DAY_MS: u64 = 86_400_000;

/// What matters less looks like this. No colour: a grey may be the ground's own.
pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
/// What is to be looked at looks like this.
pub(super) const WARNING: Style = Style::new().fg(Color::Yellow);
const OWN: Style = Style::new().fg(Color::Green).add_modifier(Modifier::BOLD);
const OTHERS: Style = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);

/// Is a row, and the message that it is of.
pub(super) struct Row {
    /// The message.
    pub(super) of: Position,
    /// How it looks.
    pub(super) line: Line<'static>,
}

/// Makes the rows of the chat that is open, as wide as there is room.
pub(super) fn rows(screen: &Screen) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut day = None;
    for message in screen.open.iter().flat_map(|open| &open.messages) {
        let of = message.position;
        let mut push = |line| rows.push(Row { of, line });
        let its_day = of.message_id.created_at() / DAY_MS;
        if day.replace(its_day) != Some(its_day) {
            push(Line::styled(date(its_day), DIM).centered());
        }
        if is_behind_gap(screen, of) {
            push(Line::styled("(something is missing here)", WARNING).centered());
        }
        lines(screen, message).into_iter().for_each(push);
    }
    rows
}

/// Gives the message of each row.
pub(super) fn positions(screen: &Screen) -> Vec<Position> {
    rows(screen).into_iter().map(|row| row.of).collect()
}

fn is_behind_gap(screen: &Screen, position: Position) -> bool {
    let chat = screen.open.as_ref().map(|open| open.chat.clone());
    chat.is_some_and(|chat| screen.gaps.contains(&(chat, position)))
}

/// Makes the rows of a message.
fn lines(screen: &Screen, message: &ShownMessage) -> Vec<Line<'static>> {
    let time = print::time(message.position.message_id.created_at());
    let is_own = message.author == screen.me;
    let who = screen.who(&message.author);
    let quote = quote(screen, message).unwrap_or(" ".to_owned());
    let says = print::says(&message.says);
    let marks = marks(message);
    let style = match &message.says {
        Says::Content(Body::Text(_) | Body::Reply(_)) | Says::Edited(_) => Style::new(),
        Says::Content(Body::Media(_)) => Style::new().add_modifier(Modifier::UNDERLINED),
        _ => DIM.add_modifier(Modifier::ITALIC),
    };
    let pieces = [
        (time.as_str(), DIM),
        (" ", Style::new()),
        (who.as_str(), if is_own { OWN } else { OTHERS }),
        (quote.as_str(), DIM),
        (says.as_str(), style),
        (marks.as_str(), tick_style(message.status)),
    ];
    let mut lines = wrap(&pieces, usize::from(screen.pane.width), INDENT);
    let chosen = screen.open.as_ref().and_then(|open| open.chosen);
    if chosen == Some(message.position) {
        for line in &mut lines {
            line.style = line.style.add_modifier(Modifier::REVERSED);
        }
    }
    lines
}

/// Shows what a message answers, on a row of its own.
fn quote(screen: &Screen, message: &ShownMessage) -> Option<String> {
    let Says::Content(Body::Reply(reply)) = &message.says else {
        return None;
    };
    Some(format!(" ↩ {}\n", quoted(screen, &reply.to)))
}

/// Tells whose message is answered and, where it is here, how it begins.
pub(super) fn quoted(screen: &Screen, to: &MessageRef) -> String {
    let open = screen.open.as_ref();
    let text = match open.and_then(|open| open.find(to)) {
        Some(message) => cut(&print::says(&message.says), QUOTE_COLUMNS),
        None => "an older message".to_owned(),
    };
    format!("{}: {text}", screen.who(&to.author))
}

/// Shows how far a message got, and who has reacted how.
fn marks(message: &ShownMessage) -> String {
    let mut marks = match message.status {
        Status::Received => String::new(),
        // They are one word, which is not broken.
        status => format!(" {}", print::tick(status).trim().replace(' ', NO_BREAK)),
    };
    let mut counts = BTreeMap::<&str, usize>::new();
    for (_, emoji) in &message.reactions {
        *counts.entry(emoji).or_default() += 1;
    }
    for (emoji, count) in counts {
        let emoji = cut(&emoji.replace('\n', " "), INDENT);
        marks.push_str(&format!(" [{emoji}{NO_BREAK}{count}]"));
    }
    marks
}

fn tick_style(status: Status) -> Style {
    match status {
        Status::Read => Style::new().fg(Color::Blue),
        Status::Refused => Style::new().fg(Color::Red),
        _ => DIM,
    }
}

/// Gives the date of a day since the epoch, in UTC, as times are.
fn date(day: u64) -> String {
    let day = i64::try_from(day).ok().map(Duration::days);
    let date = day.and_then(|day| OffsetDateTime::UNIX_EPOCH.date().checked_add(day));
    date.map_or_else(String::new, |date| format!("{date} UTC"))
}

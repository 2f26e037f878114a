//! How things look, for people and for scripts.

mod events;

pub(crate) use events::changed;

use heliograph_client::client::{ChatSummary, Says, ShownMessage};
use heliograph_client::content::{Body, Media};
use heliograph_client::store::messages::Status;
use heliograph_protocol::groups::Group;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::people::Contact;
use heliograph_protocol::request::Recipient;
use serde_json::{Value, json};

/// Stands before the id of a group, which may be a user's, too.
pub(crate) const GROUP: &str = "group:";

/// Prints for people, or for scripts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    pub(crate) json: bool,
}

impl Printer {
    /// Prints something, a line.
    pub(crate) fn line(self, json: &Value, text: &str) {
        match self.json {
            true => println!("{json}"),
            false => println!("{}", plain(text)),
        }
    }

    /// Prints something for scripts only.
    pub(crate) fn json(self, json: &Value) {
        if self.json {
            println!("{json}");
        }
    }

    /// Prints something for people only.
    pub(crate) fn hint(self, text: &str) {
        if !self.json {
            println!("{}", plain(text));
        }
    }

    pub(crate) fn message(self, chat: &Recipient, message: &ShownMessage) {
        let says = says(&message.says);
        // What a file is got by.
        let id = match &message.says {
            Says::Content(Body::Media(_)) => format!(" {}", message.position.message_id),
            _ => String::new(),
        };
        let text = format!(
            "{} {}{} {says}{id}",
            time(message.position.message_id.created_at()),
            message.author,
            tick(message.status),
        );
        let reactions: Vec<_> = message.reactions.iter().map(|(_, emoji)| emoji).collect();
        let json = json!({
            "event": "message",
            "chat": chat,
            "message_id": message.position.message_id,
            "author": message.author,
            "timestamp": message.position.message_id.created_at(),
            "status": status(message.status),
            "kind": kind(&message.says),
            "text": message.says.text(),
            "file": file(&message.says),
            "reactions": reactions,
        });
        self.line(&json, &text);
    }

    pub(crate) fn contact(self, contact: &Contact) {
        let (number, name) = (contact.phone_number.as_ref(), contact.name.as_deref());
        let number = number.map(PhoneNumber::as_str);
        let json = json!({
            "user_id": contact.user_id,
            "phone_number": number,
            "name": name,
        });
        let text = format!(
            "{} {} {}",
            contact.user_id,
            number.unwrap_or("-"),
            name.unwrap_or_default(),
        );
        self.line(&json, &text);
    }

    pub(crate) fn chat(self, chat: &ChatSummary, group: Option<&Group>, contacts: &[Contact]) {
        let called = match &chat.chat {
            Recipient::User(user_id) => contacts.iter().find(|it| it.user_id == *user_id),
            Recipient::Group(_) => None,
        };
        let name = called.and_then(|it| it.name.as_ref());
        let with = match (&chat.chat, group) {
            (Recipient::User(user_id), _) => match name {
                Some(name) => format!("{user_id} ({name})"),
                None => user_id.to_string(),
            },
            (Recipient::Group(id), Some(group)) => format!("{GROUP}{id} ({})", group.name),
            (Recipient::Group(id), None) => format!("{GROUP}{id} (left)"),
        };
        let last = chat.last.as_ref().map(|last| says(&last.says));
        let text = format!(
            "{with}{} {}",
            match chat.unread {
                0 => String::new(),
                unread => format!(" ({unread})"),
            },
            last.as_deref().unwrap_or_default(),
        );
        let json = json!({
            "chat": &chat.chat,
            "name": group.map(|group| &group.name).or(name),
            "unread": chat.unread,
            "last": last,
        });
        self.line(&json, &text);
    }
}

/// Says what a message says, in words where it is no text.
pub(crate) fn says(says: &Says) -> String {
    match (says.text(), says) {
        (Some(text), Says::Edited(_)) => format!("{text} (edited)"),
        (Some(text), Says::Content(Body::Media(media))) => format!("({}) {text}", called(media)),
        (Some(text), _) => text.to_owned(),
        (None, Says::Content(Body::Media(media))) => format!("({})", called(media)),
        (None, Says::Content(Body::Timer(timer))) => match timer.timer_s {
            Some(timer_s) => format!("(from here on messages disappear after {timer_s} s)"),
            None => "(from here on messages stay)".to_owned(),
        },
        (None, Says::Content(Body::Unknown(_))) => "(needs a newer version)".to_owned(),
        (None, Says::Content(body)) => format!("({})", body.kind()),
        (None, Says::Deleted) => "(deleted)".to_owned(),
        (None, _) => "(could not be read)".to_owned(),
    }
}

/// Says what a file is, and how large.
fn called(media: &Media) -> String {
    let about = &media.attachment.about;
    let bytes = media.attachment.plain_bytes().unwrap_or_default();
    let name = about.safe_name().unwrap_or_else(|| about.mime.clone());
    format!("file {name}, {}", indicatif::HumanBytes(bytes))
}

fn file(says: &Says) -> Option<Value> {
    let Says::Content(Body::Media(media)) = says else {
        return None;
    };
    let about = &media.attachment.about;
    Some(json!({
        "name": about.safe_name(),
        "mime": about.mime,
        "bytes": media.attachment.plain_bytes(),
    }))
}

fn kind(says: &Says) -> &str {
    match says {
        Says::Content(body) => body.kind(),
        Says::Edited(_) => "edited",
        Says::Deleted => "deleted",
        Says::Unreadable => "unreadable",
    }
}

/// Shows how far a message got.
pub(crate) fn tick(status: Status) -> &'static str {
    match status {
        Status::Received => ":",
        Status::Pending => " …",
        Status::Accepted => " ✓",
        Status::Delivered => " ✓✓",
        Status::Read => " ✓✓ read",
        Status::Refused => " ✗",
    }
}

pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Received => "received",
        Status::Pending => "pending",
        Status::Accepted => "accepted",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Refused => "refused",
    }
}

/// Gives the time of day, in UTC.
pub(crate) fn time(at_ms: u64) -> String {
    let minutes = at_ms / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// Shows what would steer the terminal, or make a line look like several or like another one: what others
/// write is printed.
pub(crate) fn plain(text: &str) -> String {
    let is_steering = |sign: char| {
        let is_bidi = matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let is_line_end = matches!(sign, '\u{2028}' | '\u{2029}');
        sign.is_control() || is_bidi || is_line_end
    };
    let signs = text.chars();
    signs
        .map(|sign| if is_steering(sign) { '\u{fffd}' } else { sign })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_others_write_steers_nothing() {
        let steered = super::plain("a\u{1b}[2J\nb\u{202e}c\u{9b}d é 👍 \u{61c}e\u{2028}f");
        let shown = "a\u{fffd}[2J\u{fffd}b\u{fffd}c\u{fffd}d é 👍 \u{fffd}e\u{fffd}f";
        assert_eq!(steered, shown);
    }
}

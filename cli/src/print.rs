//! How things look, for people and for scripts.

use heliograph_client::client::{ChatSummary, Event, Says, ShownMessage};
use heliograph_client::content::{Body, Media};
use heliograph_client::store::messages::Status;
use heliograph_protocol::UserId;
use heliograph_protocol::groups::{Group, GroupChange};
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

    /// Prints what has happened, to a user.
    pub(crate) fn event(self, event: &Event, me: &UserId) {
        let (json, text) = match event {
            Event::Message { chat, message } => return self.message(chat, message),
            Event::Connected => (json!({"event": "connected"}), "(connected)".to_owned()),
            Event::Offline { retry_at } => (
                json!({"event": "offline", "retry_at": retry_at}),
                "(no connection, trying again)".to_owned(),
            ),
            Event::Changed { message, .. } => (
                json!({"event": "changed", "author": message.author, "message_id": message.message_id}),
                format!("(a message of {} was changed)", message.author),
            ),
            Event::Gone { message, .. } => (
                json!({"event": "gone", "author": message.author, "message_id": message.message_id}),
                format!("(a message of {} has disappeared)", message.author),
            ),
            Event::Gap {
                before, is_open, ..
            } => (
                json!({"event": "gap", "before": before.message_id, "is_open": is_open}),
                match is_open {
                    true => "(something is missing here)".to_owned(),
                    false => "(what was missing is here)".to_owned(),
                },
            ),
            Event::Progress {
                message_id,
                status: at,
                ..
            } => (
                json!({"event": "progress", "message_id": message_id, "status": status(*at)}),
                format!("({} {message_id})", status(*at)),
            ),
            Event::NotSent { .. } => (
                json!({"event": "not_sent"}),
                "! a file was not sent: you are not in its group any more".to_owned(),
            ),
            Event::Read { .. } => (
                json!({"event": "read"}),
                "(read on another device)".to_owned(),
            ),
            Event::Group { group_id, change } => (
                json!({"event": "group", "group_id": group_id, "change": change}),
                format!("({GROUP}{group_id} {})", changed(change, UserId::to_string)),
            ),
            Event::Typing {
                chat,
                user_id,
                is_typing,
            } => (
                json!({"event": "typing", "chat": chat, "user_id": user_id, "is_typing": is_typing}),
                match is_typing {
                    true => format!("({user_id} is writing)"),
                    false => format!("({user_id} has stopped writing)"),
                },
            ),
            Event::KeysChanged { user_id } if user_id == me => (
                json!({"event": "keys_changed", "user_id": user_id}),
                "! you have a further device, which gets what you write: do you know of it?"
                    .to_owned(),
            ),
            Event::Linked { device_id } => (
                json!({"event": "linked", "device_id": device_id}),
                format!("(your device {device_id} gets your contacts and what was said)"),
            ),
            Event::History { messages } => (
                json!({"event": "history", "messages": messages}),
                format!("({messages} messages came from your other device)"),
            ),
            Event::KeysChanged { user_id } => (
                json!({"event": "keys_changed", "user_id": user_id}),
                format!(
                    "! the keys of {user_id} have changed: compare `heliograph safety-number {user_id}`"
                ),
            ),
            Event::Unreachable { user_id } => (
                json!({"event": "unreachable", "user_id": user_id}),
                format!("! {user_id} has no keys to be trusted: what you wrote waits"),
            ),
            Event::Unreadable { user_id } => (
                json!({"event": "unreadable", "user_id": user_id}),
                format!("! a message of {user_id} could not be read"),
            ),
            Event::Displaced => (
                json!({"event": "displaced"}),
                "! this account is open elsewhere".to_owned(),
            ),
            Event::SignedOut(why) => (
                json!({"event": "signed_out"}),
                format!("! signed out: {why}; register again"),
            ),
            Event::StoreFailed => (
                json!({"event": "store_failed"}),
                "! the profile cannot be written: is the disk full?".to_owned(),
            ),
            Event::Missed => (
                json!({"event": "missed"}),
                "! more has happened than could be printed".to_owned(),
            ),
            _ => return,
        };
        self.line(&json, &text);
    }
}

/// Says what has changed in a group, whose members are called by `name`.
pub(crate) fn changed(change: &GroupChange, name: impl Fn(&UserId) -> String) -> String {
    let all = |users: &[UserId]| {
        let users: Vec<_> = users.iter().map(&name).collect();
        users.join(", ")
    };
    match change {
        GroupChange::Created { by_user_id, .. } => format!("was made by {}", name(by_user_id)),
        GroupChange::Updated {
            by_user_id,
            name: Some(called),
            ..
        } => format!("is called {called} now, says {}", name(by_user_id)),
        GroupChange::Updated { by_user_id, .. } => format!("was changed by {}", name(by_user_id)),
        GroupChange::Added {
            by_user_id,
            user_ids,
        } => format!("has {}, added by {}", all(user_ids), name(by_user_id)),
        GroupChange::Joined { by_user_id } => format!("was joined by {}", name(by_user_id)),
        GroupChange::Removed {
            by_user_id,
            user_ids,
        } => format!(
            "has lost {}, removed by {}",
            all(user_ids),
            name(by_user_id)
        ),
        GroupChange::Left { by_user_id, .. } => format!("was left by {}", name(by_user_id)),
        GroupChange::Promoted { user_ids, .. } => format!("has {} as an admin", all(user_ids)),
        GroupChange::Demoted { user_ids, .. } => {
            format!("has {} as an admin no longer", all(user_ids))
        }
        _ => "has changed".to_owned(),
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

//! What has happened, in words.

use super::{GROUP, Printer, status};
use heliograph_client::client::Event;
use heliograph_protocol::UserId;
use heliograph_protocol::groups::GroupChange;
use serde_json::json;

impl Printer {
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

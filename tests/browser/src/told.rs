//! What happens, for JavaScript.

use heliograph_client::client::{Event as ClientEvent, ShownMessage};
use heliograph_client::media::transfer::Event;
use serde_json::{Value, json};

/// Writes an event of a client as JSON: such events, and as much of them, as tests look at.
pub(crate) fn client_event(event: &ClientEvent) -> Option<String> {
    let value = match event {
        ClientEvent::Connected => json!({"event": "connected"}),
        ClientEvent::Message { chat, message: it } => {
            json!({"event": "message", "chat": chat, "message": message(it)})
        }
        ClientEvent::History { messages } => json!({"event": "history", "messages": messages}),
        ClientEvent::KeysChanged { user_id } => {
            json!({"event": "keys_changed", "user_id": user_id})
        }
        ClientEvent::Unreadable { user_id } => json!({"event": "unreadable", "user_id": user_id}),
        ClientEvent::StoreFailed => json!({"event": "store_failed"}),
        ClientEvent::SignedOut(_) => json!({"event": "signed_out"}),
        ClientEvent::Transfer(event) => transfer(event),
        _ => return None,
    };
    Some(value.to_string())
}

/// Writes a message.
pub(crate) fn message(message: &ShownMessage) -> Value {
    json!({
        "message_id": message.position.message_id,
        "author": message.author,
        "status": format!("{:?}", message.status).to_lowercase(),
        "text": message.says.text(),
    })
}

/// Writes an event as JSON.
pub(crate) fn json(event: &Event) -> String {
    transfer(event).to_string()
}

fn transfer(event: &Event) -> Value {
    match event {
        Event::Progress {
            id,
            done_bytes,
            total_bytes,
        } => json!({"event": "progress", "id": id, "done": done_bytes, "total": total_bytes}),
        Event::Waiting { id, because, .. } => {
            json!({"event": "waiting", "id": id, "because": because.to_string()})
        }
        Event::Uploaded { id, attachment } => {
            json!({"event": "uploaded", "id": id, "attachment": attachment})
        }
        Event::Downloaded { id, to } => json!({"event": "downloaded", "id": id, "to": to}),
        Event::Failed { id, error } => {
            json!({"event": "failed", "id": id, "error": error.to_string()})
        }
        _ => Value::Null,
    }
}

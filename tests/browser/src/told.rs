//! What becomes of transfers, for JavaScript.

use heliograph_client::media::transfer::Event;
use serde_json::{Value, json};

/// Writes an event as JSON.
pub(crate) fn json(event: &Event) -> String {
    value(event).to_string()
}

fn value(event: &Event) -> Value {
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

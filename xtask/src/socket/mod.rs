//! The socket's messages and operations: what clients ask, what they are answered and told.

use anyhow::Result;
use heliograph_protocol::{
    ErrorBody, RequestId,
    event::{Envelope, Event, Receipt},
    reply::{self, AckOk, Empty, SendOk, StatusOk, SyncOk},
    request::{Ack, Ping, Request, Send, Status, Sync},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    examples::{self, request_id},
    schemas::Schemas,
};

const CHANNEL: &str = "#/channels/socket";

/// Collects the messages of the socket, and the operations that they belong to.
pub(crate) struct Socket<'a> {
    schemas: &'a mut Schemas,
    pub(crate) messages: Map<String, Value>,
    pub(crate) operations: Map<String, Value>,
}

impl<'a> Socket<'a> {
    /// Describes the whole socket; adds the schemas it needs.
    pub(crate) fn describe(schemas: &'a mut Schemas) -> Result<Self> {
        let mut socket = Self {
            schemas,
            messages: Map::new(),
            operations: Map::new(),
        };
        socket.failure()?;
        let sent = "Sends 1 to 32 messages, in order; accepted means stored durably.";
        socket.request(sent, &examples::send()?, &examples::send_ok()?)?;
        let acked = "Says that envelopes and receipts are on disk here, or seen by the person.";
        socket.request(acked, &examples::ack(), &AckOk { acked: 1 })?;
        let synced = "Asks for what waits for this device, oldest first.";
        socket.request(synced, &examples::sync(), &examples::sync_ok()?)?;
        let status = "Asks how far own messages got.";
        socket.request(status, &examples::status()?, &examples::status_ok()?)?;
        let pinged = "Asks whether anybody is there, and keeps the connection from being idle.";
        socket.request(pinged, &examples::ping(), &Empty {})?;
        socket.events()?;
        Ok(socket)
    }

    /// Describes a request, its reply, and the operation of both.
    fn request<R, O>(&mut self, summary: &str, request: &R, ok: &O) -> Result<()>
    where
        R: Request + Documented<Ok = O>,
        O: Serialize + JsonSchema,
    {
        let name = R::schema_name();
        let (asked, answered) = (format!("{name}Request"), format!("{name}Reply"));
        let payload = self.schemas.request::<R>()?;
        self.message(&asked, summary, payload, &request.to_json())?;
        let schema = json!({
            "type": "object",
            "required": ["event", "id", "ok"],
            "properties": {
                "event": {"const": "reply"},
                "id": self.schemas.read::<RequestId>(),
                "ok": self.schemas.read::<O>(),
            },
        });
        let payload = self.schemas.make(&answered, schema)?;
        let summary_of_reply = format!("Answers `{}`.", R::ACTION);
        let example = reply::ok(request_id().as_str(), ok);
        self.message(&answered, &summary_of_reply, payload, &example)?;
        let operation = json!({
            "action": "receive",
            "summary": summary,
            "channel": {"$ref": CHANNEL},
            "messages": [in_channel(&asked)],
            "reply": {
                "channel": {"$ref": CHANNEL},
                "messages": [in_channel(&answered), in_channel("ErrorReply")],
            },
        });
        self.operations.insert(R::ACTION.to_owned(), operation);
        Ok(())
    }

    fn failure(&mut self) -> Result<()> {
        let schema = json!({
            "type": "object",
            "required": ["event", "id", "error"],
            "properties": {
                "event": {"const": "reply"},
                "id": {
                    "description": "The request's id; null when it could not be read.",
                    "type": ["string", "null"],
                },
                "error": self.schemas.read::<ErrorBody>(),
            },
        });
        let payload = self.schemas.make("ErrorReply", schema)?;
        let example = reply::error(Some(request_id().as_str()), &ErrorBody::rate_limited(1_500));
        let summary = "Answers any request that failed; the connection stays open.";
        self.message("ErrorReply", summary, payload, &example)
    }

    fn events(&mut self) -> Result<()> {
        let messages = self.schemas.read::<Envelope>();
        let messages = Some(("messages", messages));
        let delivered = "Delivers envelopes, at least once, until this device acks them.";
        self.event(
            delivered,
            messages,
            &Event::Messages(vec![examples::envelope()?]),
        )?;
        let receipts = Some(("receipts", self.schemas.read::<Receipt>()));
        let told = "Tells how far own messages got.";
        self.event(told, receipts, &Event::Receipts(vec![examples::receipt()?]))?;
        let displaced = "Says that another connection of this device has taken this one's place.";
        self.event(displaced, None, &Event::Displaced)
    }

    /// Describes an event, with the list that it may hold, and its operation.
    fn event(&mut self, summary: &str, list: Option<(&str, Value)>, event: &Event) -> Result<()> {
        let mut required = vec!["event"];
        let mut properties = json!({"event": {"const": event.name()}});
        if let Some((field, items)) = list {
            required.push(field);
            properties[field] = json!({"type": "array", "items": items});
        }
        let schema = json!({"type": "object", "required": required, "properties": properties});
        let name = format!("{}Event", capitalized(event.name()));
        let payload = self.schemas.make(&name, schema)?;
        self.message(&name, summary, payload, &event.to_json())?;
        let operation = json!({
            "action": "send",
            "summary": summary,
            "channel": {"$ref": CHANNEL},
            "messages": [in_channel(&name)],
        });
        self.operations.insert(event.name().to_owned(), operation);
        Ok(())
    }

    fn message(&mut self, name: &str, summary: &str, payload: Value, example: &str) -> Result<()> {
        let example: Value = serde_json::from_str(example)?;
        let mut message = json!({
            "name": name,
            "summary": summary,
            "payload": payload,
            "examples": [{"payload": example}],
        });
        if !name.ends_with("Event") {
            message["correlationId"] = json!({"$ref": "#/components/correlationIds/request"});
        }
        self.messages.insert(name.to_owned(), message);
        Ok(())
    }
}

/// Ties a request to what it is answered with.
pub(crate) trait Documented: JsonSchema {
    /// Is the `ok` of its reply.
    type Ok;
}

impl Documented for Send {
    type Ok = SendOk;
}

impl Documented for Ack {
    type Ok = AckOk;
}

impl Documented for Sync {
    type Ok = SyncOk;
}

impl Documented for Status {
    type Ok = StatusOk;
}

impl Documented for Ping {
    type Ok = Empty;
}

fn in_channel(message: &str) -> Value {
    json!({"$ref": format!("{CHANNEL}/messages/{message}")})
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string())
        + chars.as_str()
}

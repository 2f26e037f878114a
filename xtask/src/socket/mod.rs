//! The socket's messages and operations: what clients ask, what they are answered and told.

mod events;
mod requests;

use anyhow::Result;
use heliograph_protocol::{ErrorBody, RequestId, reply, request::Request};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use self::requests::Documented;
use crate::{examples::request_id, schemas::Schemas};

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
        socket.messaging()?;
        socket.keys_and_devices()?;
        socket.people()?;
        socket.presence_and_push()?;
        socket.groups()?;
        socket.media()?;
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
        self.message(&asked, summary, payload, &[request.to_json()])?;
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
        self.message(&answered, &summary_of_reply, payload, &[example])?;
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
        self.message("ErrorReply", summary, payload, &[example])
    }

    fn message(
        &mut self,
        name: &str,
        summary: &str,
        payload: Value,
        examples: &[String],
    ) -> Result<()> {
        let example = |it: &String| Ok(json!({"payload": serde_json::from_str::<Value>(it)?}));
        let examples: Vec<_> = examples.iter().map(example).collect::<Result<_>>()?;
        let mut message = json!({
            "name": name,
            "summary": summary,
            "payload": payload,
            "examples": examples,
        });
        if !name.ends_with("Event") {
            message["correlationId"] = json!({"$ref": "#/components/correlationIds/request"});
        }
        self.messages.insert(name.to_owned(), message);
        Ok(())
    }
}

fn in_channel(message: &str) -> Value {
    json!({"$ref": format!("{CHANNEL}/messages/{message}")})
}

//! What the server says unasked.

use anyhow::{Context, Result};
use heliograph_protocol::{
    event::{Envelope, Event, Receipt},
    groups::GroupEvent,
    people::Presence,
    reply::{DeviceSummary, KeysUploadOk},
};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{CHANNEL, Socket, in_channel};
use crate::examples;

/// The schemas of an event's fields, by name; each is always there.
type Fields = Map<String, Value>;

impl Socket<'_> {
    /// Describes every event.
    pub(super) fn events(&mut self) -> Result<()> {
        let delivered = "Delivers envelopes, at least once, until this device acks them.";
        let fields = self.list::<Envelope>("messages");
        let messages = Event::Messages(vec![examples::envelope()?]);
        self.event(delivered, fields, &[messages])?;
        let told = "Tells how far own messages got.";
        let fields = self.list::<Receipt>("receipts");
        self.event(told, fields, &[Event::Receipts(vec![examples::receipt()?])])?;
        let came = "Says that somebody whose presence was subscribed to has come or gone.";
        let fields = self.schemas.fields::<Presence>()?;
        self.event(came, fields, &[Event::Presence(examples::presence()?)])?;
        let changed =
            "Tells a member that a group has changed, at least once, until this device acks it.";
        let fields = self.schemas.fields::<GroupEvent>()?;
        let events = examples::group_events()?.into_iter().map(Event::Group);
        self.event(changed, fields, &events.collect::<Vec<_>>())?;
        let low = "Says that this device has few one-time keys left: upload further ones.";
        let fields = self.schemas.fields::<KeysUploadOk>()?;
        self.event(low, fields, &[Event::KeysLow(examples::keys_low())])?;
        let changed = "Says that the own devices have changed: these are all of them now.";
        let fields = self.list::<DeviceSummary>("devices");
        self.event(changed, fields, &[Event::Devices(examples::devices()?)])?;
        let displaced = "Says that another connection of this device has taken this one's place.";
        self.event(displaced, Fields::new(), &[Event::Displaced])
    }

    /// Makes the one field of an event that holds a list.
    fn list<T: JsonSchema>(&mut self, field: &str) -> Fields {
        let list = json!({"type": "array", "items": self.schemas.read::<T>()});
        Fields::from_iter([(field.to_owned(), list)])
    }

    /// Describes an event by examples, the first of which names it, with its fields, and its
    /// operation.
    fn event(&mut self, summary: &str, fields: Fields, examples: &[Event]) -> Result<()> {
        let event = examples.first().context("an event has an example")?;
        let mut required = vec!["event"];
        required.extend(fields.keys().map(String::as_str));
        let mut schema = json!({
            "type": "object",
            "required": required,
            "properties": {"event": {"const": event.name()}},
        });
        for (name, field) in fields {
            schema["properties"][name] = field;
        }
        let name = format!("{}Event", camel_case(event.name()));
        let payload = self.schemas.make(&name, schema)?;
        let examples: Vec<_> = examples.iter().map(Event::to_json).collect();
        self.message(&name, summary, payload, &examples)?;
        let operation = json!({
            "action": "send",
            "summary": summary,
            "channel": {"$ref": CHANNEL},
            "messages": [in_channel(&name)],
        });
        self.operations.insert(event.name().to_owned(), operation);
        Ok(())
    }
}

fn camel_case(words: &str) -> String {
    let capitalized = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    words.split('_').map(capitalized).collect()
}

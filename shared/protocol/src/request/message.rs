//! A message on its way from a client (protocol §4).

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use crate::{
    bounded::{Within, object, read_as_object, unexpected},
    ids::{DeviceId, InvalidId, MessageId},
    limits::{DEVICE_REGISTRATION_ID_MAX, EXPIRES_IN_S_MAX},
    request::Recipient,
};

/// Holds what is sent: opaque text that the server never looks into.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Payload {
    /// The same content for every device.
    #[cfg_attr(feature = "schema", schemars(rename = "content"))]
    Content(String),
    /// A content for each device of the recipient, who is a user.
    #[cfg_attr(feature = "schema", schemars(rename = "contents"))]
    Contents(
        #[cfg_attr(feature = "schema", schemars(schema_with = "contents_schema"))]
        BTreeMap<DeviceId, String>,
    ),
}

impl fmt::Debug for Payload {
    /// Prints sizes: content is for its recipients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content(content) => write!(f, "Content({} bytes)", content.len()),
            Self::Contents(contents) => write!(f, "Contents({} devices)", contents.len()),
        }
    }
}

impl From<String> for Payload {
    fn from(content: String) -> Self {
        Self::Content(content)
    }
}

impl From<&str> for Payload {
    fn from(content: &str) -> Self {
        Self::Content(content.to_owned())
    }
}

impl From<BTreeMap<DeviceId, String>> for Payload {
    fn from(contents: BTreeMap<DeviceId, String>) -> Self {
        Self::Contents(contents)
    }
}

/// Is a message as its sender hands it over (protocol §4).
///
/// `{"message_id","to","content"|"contents","registration_ids"?,"urgent"?,"ephemeral"?,"expires_in_s"?}`
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutgoingMessage {
    /// Names the message; sending the same id again stores nothing new.
    pub message_id: MessageId,
    /// Whom it is for.
    pub to: Recipient,
    /// What is sent. A group takes a [`Payload::Content`] only.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub payload: Payload,
    /// Which registration each content was encrypted for, if the sender says so: a device that has
    /// been registered anew since is `stale`. With `contents` only.
    #[cfg_attr(
        feature = "schema",
        schemars(default, schema_with = "registration_ids_schema")
    )]
    pub registration_ids: BTreeMap<DeviceId, u16>,
    /// Whether it may wake a device by notification; true by default.
    #[cfg_attr(feature = "schema", schemars(default = "urgent_default"))]
    pub urgent: bool,
    /// Whether it is only for who is connected now; false by default.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub ephemeral: bool,
    /// How long it may wait, in seconds: 1 to 2,592,000 (30 days), the default.
    #[cfg_attr(
        feature = "schema",
        schemars(default = "expires_in_s_default", range(min = 1, max = EXPIRES_IN_S_MAX))
    )]
    pub expires_in_s: u32,
}

impl OutgoingMessage {
    /// Makes a message with the defaults: urgent, kept, for 30 days.
    pub fn new(
        message_id: MessageId,
        to: impl Into<Recipient>,
        payload: impl Into<Payload>,
    ) -> Self {
        Self {
            message_id,
            to: to.into(),
            payload: payload.into(),
            registration_ids: BTreeMap::new(),
            urgent: urgent_default(),
            ephemeral: false,
            expires_in_s: expires_in_s_default(),
        }
    }

    /// Says which registration of each device its content was encrypted for.
    pub fn registration_ids(self, registration_ids: BTreeMap<DeviceId, u16>) -> Self {
        Self {
            registration_ids,
            ..self
        }
    }

    /// Sets whether the message may wake a device by notification.
    pub fn urgent(self, urgent: bool) -> Self {
        Self { urgent, ..self }
    }

    /// Sets whether the message is only for who is connected now.
    pub fn ephemeral(self, ephemeral: bool) -> Self {
        Self { ephemeral, ..self }
    }

    /// Sets how long the message may wait, in seconds; more than 30 days are taken as 30 days.
    pub fn expires_in_s(self, expires_in_s: u32) -> Self {
        Self {
            expires_in_s: expires_in_s.clamp(1, EXPIRES_IN_S_MAX),
            ..self
        }
    }
}

#[cfg(feature = "schema")]
fn contents_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "patternProperties": {"^[1-9][0-9]{0,2}$": {"type": "string"}},
        "additionalProperties": false,
    })
}

#[cfg(feature = "schema")]
fn registration_ids_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "patternProperties": {
            "^[1-9][0-9]{0,2}$": {
                "type": "integer",
                "minimum": 0,
                "maximum": DEVICE_REGISTRATION_ID_MAX,
            },
        },
        "additionalProperties": false,
    })
}

fn urgent_default() -> bool {
    true
}

fn expires_in_s_default() -> u32 {
    EXPIRES_IN_S_MAX
}

/// An [`OutgoingMessage`] as it is written.
#[derive(Serialize)]
struct MessageOut<'a> {
    message_id: MessageId,
    to: &'a Recipient,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<&'a BTreeMap<DeviceId, String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    registration_ids: &'a BTreeMap<DeviceId, u16>,
    urgent: bool,
    ephemeral: bool,
    expires_in_s: u32,
}

impl Serialize for OutgoingMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (content, contents) = match &self.payload {
            Payload::Content(content) => (Some(content.as_str()), None),
            Payload::Contents(contents) => (None, Some(contents)),
        };
        MessageOut {
            message_id: self.message_id,
            to: &self.to,
            content,
            contents,
            registration_ids: &self.registration_ids,
            urgent: self.urgent,
            ephemeral: self.ephemeral,
            expires_in_s: self.expires_in_s,
        }
        .serialize(serializer)
    }
}

/// An [`OutgoingMessage`] as it is read; null is as good as absent.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct MessageIn {
    message_id: MessageId,
    to: Recipient,
    content: Option<String>,
    contents: Option<ByDevice<String>>,
    registration_ids: Option<ByDevice<DeviceRegistrationId>>,
    urgent: Option<bool>,
    ephemeral: Option<bool>,
    expires_in_s: Option<Within<u32, 1, { EXPIRES_IN_S_MAX as u64 }>>,
}

read_as_object!(MessageIn);

impl<'de> Deserialize<'de> for OutgoingMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: MessageIn = object(deserializer)?;
        let payload = match (wire.content, wire.contents) {
            (Some(content), None) => Payload::Content(content),
            (None, Some(_)) if matches!(wire.to, Recipient::Group(_)) => {
                return Err(unexpected(&"content, not contents, for a group"));
            }
            (None, Some(contents)) => Payload::Contents(contents.0),
            _ => return Err(unexpected(&"exactly one of content and contents")),
        };
        let registration_ids = wire.registration_ids.map_or_else(BTreeMap::new, |ids| {
            let ids = ids.0.into_iter();
            ids.map(|(device_id, id)| (device_id, id.0)).collect()
        });
        if !registration_ids.is_empty() && matches!(payload, Payload::Content(_)) {
            return Err(unexpected(&"registration_ids with contents only"));
        }
        Ok(Self {
            message_id: wire.message_id,
            to: wire.to,
            payload,
            registration_ids,
            urgent: wire.urgent.unwrap_or_else(urgent_default),
            ephemeral: wire.ephemeral.unwrap_or(false),
            expires_in_s: wire
                .expires_in_s
                .map_or(EXPIRES_IN_S_MAX, |within| within.0),
        })
    }
}

type DeviceRegistrationId = Within<u16, 0, { DEVICE_REGISTRATION_ID_MAX as u64 }>;

/// Values by device; a device that is named twice is refused.
struct ByDevice<T>(BTreeMap<DeviceId, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByDevice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(ByDeviceVisitor(PhantomData))
            .map(Self)
    }
}

struct ByDeviceVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ByDeviceVisitor<T> {
    type Value = BTreeMap<DeviceId, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with device ids as keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(DeviceKey(device_id)) = map.next_key()? {
            if values.insert(device_id, map.next_value()?).is_some() {
                return Err(unexpected(&"each device once"));
            }
        }
        Ok(values)
    }
}

/// A device id as the key of an object.
struct DeviceKey(DeviceId);

impl<'de> Deserialize<'de> for DeviceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = DeviceKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a device id in decimal")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<DeviceKey, E> {
                text.parse()
                    .map(DeviceKey)
                    .map_err(|InvalidId(expected)| unexpected(&expected))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

//! Ids, one type each, so that none passes for another.
//!
//! Ids are opaque to a client, except [`MessageId`], which the sending client makes, and
//! [`RequestId`], which it chooses.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{Uuid, Variant, Version};

use crate::{
    bounded::{Within, text, unexpected},
    limits::{DEVICE_ID_MAX, ID_CHARS_MAX, REQUEST_ID_CHARS_MAX},
};

/// Reports text that is no id of the wanted kind. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidId(pub(crate) &'static str);

/// Implements a validated text newtype: parsing, reading out, printing, serde.
macro_rules! text_newtype {
    ($name:ident, $expected:expr, $check:expr) => {
        impl $name {
            /// Reads it out as it is on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if $check(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId($expected))
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text(deserializer, $expected, $check).map(Self)
            }
        }
    };
}
pub(crate) use text_newtype;

const ID_EXPECTED: &str = "an id of 1 to 64 characters A-Z a-z 0-9 _ -";
const REQUEST_ID_EXPECTED: &str = "an id of at most 64 characters";
const DEVICE_ID_EXPECTED: &str = "a device id of 1 to 127, in decimal";
const MESSAGE_ID_EXPECTED: &str = "a UUIDv7 in its lowercase hyphenated form";

#[cfg(feature = "schema")]
const MESSAGE_ID_PATTERN: &str =
    "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

pub(crate) fn is_id(text: &str) -> bool {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(alphabet)
}

fn is_request_id(text: &str) -> bool {
    text.len() <= REQUEST_ID_CHARS_MAX || text.chars().count() <= REQUEST_ID_CHARS_MAX
}

macro_rules! displayed {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Names a user: 1 to 64 characters of `A-Z a-z 0-9 _ -`, made by the server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,64}$")))]
pub struct UserId(String);
text_newtype!(UserId, ID_EXPECTED, is_id);
displayed!(UserId);

/// Names a group: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,64}$")))]
pub struct GroupId(String);
text_newtype!(GroupId, ID_EXPECTED, is_id);
displayed!(GroupId);

impl From<Uuid> for GroupId {
    /// Names a new group, lowercase with hyphens (protocol §8).
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }
}

/// Names a registration under way: 1 to 64 characters of `A-Z a-z 0-9 _ -` (protocol §1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,64}$")))]
pub struct RegistrationId(String);
text_newtype!(RegistrationId, ID_EXPECTED, is_id);
displayed!(RegistrationId);

/// Names a request on its connection: any text of at most 64 characters, echoed in the reply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("maxLength" = 64)))]
pub struct RequestId(String);
text_newtype!(RequestId, REQUEST_ID_EXPECTED, is_request_id);
displayed!(RequestId);

impl From<u64> for RequestId {
    /// Makes the id of a client that counts its requests.
    fn from(count: u64) -> Self {
        Self(count.to_string())
    }
}

/// Names a device among its user's: 1 to 127, a JSON number (a decimal string as a key).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("minimum" = 1, "maximum" = 127)))]
pub struct DeviceId(u8);

impl DeviceId {
    /// Is the device that registered the account.
    pub const PRIMARY: Self = Self(1);

    /// Makes an id of a number of 1 to 127.
    pub fn new(number: u8) -> Option<Self> {
        (1..=DEVICE_ID_MAX)
            .contains(&number)
            .then_some(Self(number))
    }

    /// Reads out the number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DeviceId {
    type Err = InvalidId;

    /// Reads decimal digits without sign or leading zero, so that one device has one spelling.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let canonical = text.starts_with(|first: char| first.is_ascii_digit() && first != '0');
        let number = if canonical { text.parse().ok() } else { None };
        number
            .and_then(Self::new)
            .ok_or(InvalidId(DEVICE_ID_EXPECTED))
    }
}

impl TryFrom<String> for DeviceId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl<'de> Deserialize<'de> for DeviceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Within::<u8, 1, { DEVICE_ID_MAX as u64 }>::deserialize(deserializer).map(|it| Self(it.0))
    }
}

/// Names a message everywhere and always: a UUIDv7 (RFC 9562), made by the sending client.
///
/// On the wire it is the lowercase hyphenated text, and nothing else is taken: one message has one
/// spelling, and the order of the text is the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "uuid", "pattern" = MESSAGE_ID_PATTERN)))]
pub struct MessageId(#[cfg_attr(feature = "schema", schemars(with = "String"))] Uuid);

impl MessageId {
    /// Makes the id of a message created at `created_at` (ms since the epoch, 48 bits of it).
    ///
    /// `random` makes it unlike any other; its bits that RFC 9562 fixes are overwritten.
    pub fn new(created_at: u64, random: &[u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(created_at, random).into_uuid())
    }

    /// Makes an id of a UUID, if that is a version 7 one of the RFC 9562 variant.
    pub fn from_uuid(uuid: Uuid) -> Option<Self> {
        let is_v7 = uuid.get_version() == Some(Version::SortRand);
        (is_v7 && uuid.get_variant() == Variant::RFC4122).then_some(Self(uuid))
    }

    /// Reads out the UUID.
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// Reads the time of creation out of the id, as the sender's clock had it: ms since the epoch.
    pub fn created_at(&self) -> u64 {
        self.0.as_bytes()[..6]
            .iter()
            .fold(0, |ms, byte| ms << 8 | u64::from(*byte))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for MessageId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let uuid = if canonical {
            Uuid::try_parse(text).ok()
        } else {
            None
        };
        uuid.and_then(Self::from_uuid)
            .ok_or(InvalidId(MESSAGE_ID_EXPECTED))
    }
}

impl TryFrom<String> for MessageId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Uuid::encode_buffer();
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut text))
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = MessageId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(MESSAGE_ID_EXPECTED)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<MessageId, E> {
                text.parse()
                    .map_err(|InvalidId(expected)| unexpected(&expected))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

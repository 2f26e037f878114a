//! Ids of messages as 16 bytes, where each byte counts: as text they have 36.

use heliograph_protocol::MessageId;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use serde_bytes::ByteArray;
use uuid::Uuid;

/// Writes an id.
pub(crate) fn serialize<S: Serializer>(id: &MessageId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(id.as_uuid().as_bytes())
}

/// Reads an id.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<MessageId, D::Error> {
    let bytes = ByteArray::<16>::deserialize(from)?;
    MessageId::from_uuid(Uuid::from_bytes(bytes.into_array()))
        .ok_or_else(|| D::Error::custom("expected a UUIDv7"))
}

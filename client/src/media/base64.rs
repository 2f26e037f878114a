//! Bytes as text, in what is kept and sent as JSON: the URL-safe alphabet, without padding.

use ::base64::Engine;
use ::base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes bytes.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&BASE64.encode(bytes))
}

/// Reads bytes of any length, or of just one.
pub(crate) fn deserialize<'de, D, B>(from: D) -> Result<B, D::Error>
where
    D: Deserializer<'de>,
    B: TryFrom<Vec<u8>>,
{
    // No word of the text: it may be a key.
    let text = zeroize::Zeroizing::new(String::deserialize(from)?);
    let bytes = BASE64.decode(text.as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| D::Error::custom("expected bytes in base64"))
}

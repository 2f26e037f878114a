//! Content: what an envelope says. The server never looks inside.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Opaque text of a client.
///
/// Ciphertext comes as base64. Stored, such text is kept as the bytes it stands for: a quarter less
/// to write, which is what keeps a message of 1 KB within one DynamoDB write unit.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// Takes a client's text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// How many bytes it takes as a JSON string, at most: escapes grow control characters sixfold.
    pub fn json_bytes(&self) -> usize {
        let grow = |byte: &u8| match byte {
            b'"' | b'\\' => 1,
            0..0x20 => 5,
            _ => 0,
        };
        self.0.len() + self.0.as_bytes().iter().map(grow).sum::<usize>() + 2
    }

    /// How many bytes it takes where it is stored.
    pub fn stored_bytes(&self) -> usize {
        match BASE64.decode(&self.0) {
            Ok(bytes) => bytes.len(),
            Err(_) => self.0.len(),
        }
    }

    /// Gives the client's text back, unchanged.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The decoder refuses padding and stray bits, so whatever it takes encodes back the same.
        match BASE64.decode(&self.0) {
            Ok(bytes) => serializer.serialize_bytes(&bytes),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrBytes;
        impl Visitor<'_> for TextOrBytes {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or bytes")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
                Ok(Content(text.to_owned()))
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Content, E> {
                Ok(Content(BASE64.encode(bytes)))
            }
        }
        deserializer.deserialize_any(TextOrBytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored_and_read(text: &str) -> (usize, String) {
        let stored = rmp_serde::to_vec(&Content::new(text)).unwrap();
        let read: Content = rmp_serde::from_slice(&stored).unwrap();
        (stored.len(), read.into_text())
    }

    proptest! {
        #[test]
        fn any_text_comes_back_unchanged(text in "\\PC*") {
            prop_assert_eq!(stored_and_read(&text).1, text);
        }

        #[test]
        fn near_base64_comes_back_unchanged(text in "[A-Za-z0-9+/=_-]{0,40}") {
            prop_assert_eq!(stored_and_read(&text).1, text);
        }
    }

    #[test]
    fn base64_of_1024_characters_takes_768_bytes() {
        let (bytes, _) = stored_and_read(&"Ab3/".repeat(256));
        assert_eq!(bytes, 768 + 3);
    }
}

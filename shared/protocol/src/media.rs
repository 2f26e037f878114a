//! Encrypted files and where they are put and got (protocol §9).

use std::{collections::BTreeMap, fmt, str::FromStr};

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    bounded::{read_as_object, read_as_word, text, written_as_derived},
    ids::{InvalidId, is_id, text_newtype},
    limits::{ETAG_CHARS_MAX, MEDIA_PARTS_MAX},
};

/// Names an uploaded file: 128 random bits, which are all that it takes to get it. 1 to 64 characters
/// of `A-Z a-z 0-9 _ -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,64}$")))]
pub struct MediaId(String);
text_newtype!(
    MediaId,
    "a media id of 1 to 64 characters A-Z a-z 0-9 _ -",
    is_id
);

impl fmt::Debug for MediaId {
    /// Hides it: who knows it may get the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaId")
    }
}

/// Says what a file is for its recipient; the server treats all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MediaKind {
    /// A picture.
    Image,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// Anything else.
    Document,
}
read_as_word!(MediaKind, "one of `image`, `video`, `audio`, `document`");
written_as_derived!(MediaKind);

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Image, Self::Video, Self::Audio, Self::Document];

    /// The kind as it is on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
        }
    }
}

/// Is the SHA-256 of something, on the wire as base64: standard alphabet, written without padding, read
/// with or without, as S3 wants it with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const SHA256_EXPECTED: &str = "32 bytes in base64";

impl FromStr for Sha256 {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = BASE64.decode(text).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(InvalidId(SHA256_EXPECTED))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = text(deserializer, SHA256_EXPECTED, |text| {
            text.parse::<Self>().is_ok()
        })?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Sha256 {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sha256".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "SHA-256, 32 bytes in base64, standard alphabet, with or without padding.",
            "type": "string",
            "pattern": "^[A-Za-z0-9+/]{43}=?$",
        })
    }
}

/// Is an HTTP request that a client makes of the store of files. Its address is a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedRequest {
    /// The method, `PUT`.
    pub method: String,
    /// The address, which holds the signature.
    pub url: String,
    /// The headers that it was signed with and that must be sent besides `host` and `content-length`,
    /// which every client sends by itself.
    pub headers: BTreeMap<String, String>,
}

impl fmt::Debug for SignedRequest {
    /// Leaves out the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Says how a file is put: whole, or in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Upload {
    /// In parts, in any order and some at a time; then `media.complete`.
    Parts {
        /// How long each part but the last is, in bytes.
        part_size: u64,
        /// Where each goes.
        parts: Vec<SignedPart>,
    },
    /// Whole.
    Whole(SignedRequest),
}

/// Is where a part goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedPart {
    /// Which part, from 1.
    pub part_number: u16,
    /// How to put it.
    #[serde(flatten)]
    pub request: SignedRequest,
}

/// Is a part that was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartPut {
    /// Which part, from 1.
    #[serde(deserialize_with = "part_number")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MEDIA_PARTS_MAX)))]
    pub part_number: u16,
    /// The `ETag` of the answer to it, at most 128 characters.
    #[serde(deserialize_with = "etag")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = ETAG_CHARS_MAX)))]
    pub etag: String,
}
read_as_object!(PartPut);
written_as_derived!(PartPut);

fn part_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Number = crate::bounded::Within<u16, 1, { MEDIA_PARTS_MAX as u64 }>;
    Number::deserialize(deserializer).map(|number| number.0)
}

fn etag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, "an ETag of 1 to 128 characters", |text| {
        (1..=ETAG_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

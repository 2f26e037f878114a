//! From text to types: requests and HTTP bodies, with errors fit for a client's eyes.

use std::{fmt, io};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_path_to_error::{Path, Segment};

use crate::{
    error::{ErrorBody, ErrorCode},
    ids::RequestId,
    limits::{FRAME_BYTES_MAX, HTTP_BODY_BYTES_MAX},
    request::Request,
};

/// A request that could not be decoded, with what the error reply needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The request's `id`, when it could be read.
    pub id: Option<String>,
    /// What is wrong with it: names the field and the limit, and repeats nothing of the input.
    pub error: ErrorBody,
}

/// Decodes a request whose action is known.
///
/// The `action` itself is not looked at: whoever chose `R` has read it, see [`peek`].
///
/// # Errors
///
/// `too_large` over [`FRAME_BYTES_MAX`], otherwise `bad_request`.
pub fn decode<R: Request>(body: &str) -> Result<R, Rejected> {
    parse(body, FRAME_BYTES_MAX).map_err(|error| {
        let id = if error.code == ErrorCode::TooLarge {
            None
        } else {
            peek(body).id
        };
        Rejected { id, error }
    })
}

/// Decodes the body of an HTTP call.
///
/// # Errors
///
/// `too_large` over [`HTTP_BODY_BYTES_MAX`], otherwise `bad_request`.
pub fn decode_http<T: DeserializeOwned>(body: &str) -> Result<T, ErrorBody> {
    parse(body, HTTP_BODY_BYTES_MAX)
}

fn parse<T: DeserializeOwned>(body: &str, bytes_max: usize) -> Result<T, ErrorBody> {
    if body.len() > bytes_max {
        let message = format!("larger than {bytes_max} bytes");
        return Err(ErrorBody::new(ErrorCode::TooLarge, message));
    }
    serde_json::from_str(body).map_err(|error| ErrorBody::bad_request(explain::<T>(body, &error)))
}

/// Words a decoding error for a client developer, without a word of the input.
///
/// The body is read a second time, tracking where: only who sends nonsense pays for that.
fn explain<T: DeserializeOwned>(body: &str, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!(
            "not valid JSON at line {} column {}",
            error.line(),
            error.column()
        );
    }
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        return "not valid".to_owned();
    };
    let problem = problem(&error.inner().to_string());
    match field(error.path()) {
        field if field.is_empty() => problem,
        field => format!("{field}: {problem}"),
    }
}

/// Takes the part of serde's message that is the same for any input.
///
/// serde words every mismatch "what there was, expected what it should be": only the second half,
/// which is ours, is kept. Missing and repeated fields are named by the type.
fn problem(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message);
    if message.starts_with("missing field `") || message.starts_with("duplicate field `") {
        return message.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "not valid".to_owned(),
    }
}

/// Words where in the body an error is: `messages[0].to.user_id`.
///
/// Below `contents` and `registration_ids` the keys are the client's, not the protocol's, and are
/// left out.
fn field(path: &Path) -> String {
    let mut field = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => field.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                if !field.is_empty() {
                    field.push('.');
                }
                field.push_str(key);
                if key == "contents" || key == "registration_ids" {
                    break;
                }
            }
            Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    field
}

/// What can be read of a request without knowing its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    /// The `action`, if it is text.
    pub action: Option<String>,
    /// The `id`, if it is text of at most 64 characters.
    pub id: Option<String>,
    /// Whether the body is one JSON object, all of it.
    pub is_object: bool,
}

/// Reads action and id of a request, whatever else is in it; of broken JSON, what came before.
///
/// Of a repeated key the last one counts.
pub fn peek(body: &str) -> Peek {
    let mut peek = Peek::default();
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let read = PeekInto(&mut peek).deserialize(&mut deserializer);
    peek.is_object = read.and_then(|()| deserializer.end()).is_ok();
    peek
}

struct PeekInto<'a>(&'a mut Peek);

impl<'de> DeserializeSeed<'de> for PeekInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PeekInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                Key::Action => self.0.action = map.next_value::<Lenient>()?.0,
                Key::Id => {
                    let id = map.next_value::<Lenient>()?.0;
                    self.0.id = id
                        .and_then(|id| RequestId::try_from(id).ok())
                        .map(String::from);
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Action,
    Id,
    #[serde(other)]
    Other,
}

/// Text, or nothing where there is something else.
struct Lenient(Option<String>);

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor).map(Self)
    }
}

struct LenientVisitor;

impl<'de> Visitor<'de> for LenientVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map).map(|_| None)
    }
}

/// Counts the bytes of a value as JSON, without writing it anywhere.
///
/// For packing: what must share a message of [`FRAME_BYTES_MAX`] is counted item by item.
pub fn json_bytes<T: Serialize>(value: &T) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Our types have text keys and no failing parts, so there is no error to report.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

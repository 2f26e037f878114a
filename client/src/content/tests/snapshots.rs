//! The bytes of each kind, as they are today: a change here is a change that others cannot read.

use super::samples::{bodies, clock, target, text};
use crate::content::{Body, Content, Reaction, Timer};
use crate::history::Clock;
use insta::assert_snapshot;

/// Writes MessagePack so that it can be read, and each byte of it counts: as JSON, with bytes as hex,
/// and then all of it as hex.
fn shown(content: &Content) -> String {
    let bytes = content.encode().unwrap();
    assert!(Content::decode(&bytes).unwrap() == *content);
    let value: Value = rmp_serde::from_slice(&bytes).unwrap();
    let hex = hex(&bytes);
    let lines: Vec<&str> = (0..hex.len())
        .step_by(96)
        .map(|at| &hex[at..hex.len().min(at + 96)])
        .collect();
    format!("{}\n\n{}", value.0, lines.join("\n"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Is any MessagePack as text.
struct Value(String);

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any).map(Self)
    }
}

struct Any;

impl<'de> serde::de::Visitor<'de> for Any {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(format!("{text:?}"))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(format!("h'{}'", hex(bytes)))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<String, A::Error> {
        let mut items = Vec::new();
        while let Some(Value(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(format!("[{}]", items.join(", ")))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let mut entries = Vec::new();
        while let Some((Value(key), Value(value))) = map.next_entry()? {
            entries.push(format!("{key}: {value}"));
        }
        Ok(format!("{{{}}}", entries.join(", ")))
    }
}

#[test]
fn each_kind() {
    for body in bodies() {
        let kind = body.kind().to_owned();
        assert_snapshot!(kind, shown(&Content::new(body)));
    }
}

#[test]
fn with_all_that_is_around_a_body() {
    let content = Content {
        clock: Some(clock()),
        timer_s: Some(3_600),
        body: text().into(),
    };
    assert_snapshot!("text_with_clock_and_timer", shown(&content));
    let first = Clock {
        count: 1,
        ahead_ms: 0,
        heads: Vec::new(),
    };
    let content = Content {
        clock: Some(first),
        ..Content::new(text())
    };
    assert_snapshot!("text_first_of_a_chat", shown(&content));
}

#[test]
fn without_what_may_be_absent() {
    let back = Reaction {
        to: target(),
        emoji: None,
    };
    assert_snapshot!("reaction_taken_back", shown(&Content::new(back)));
    let never = Timer { timer_s: None };
    assert_snapshot!("timer_off", shown(&Content::new(never)));
}

#[test]
fn debug_tells_no_secret() {
    for body in bodies() {
        let content = Content::new(body);
        let debug = format!("{content:?}");
        assert!(!debug.contains("secret"), "{debug}");
        let expected = format!("Content {{ body: Body({}), .. }}", content.body.kind());
        assert_eq!(debug, expected);
        let Body::Media(media) = content.body else {
            continue;
        };
        assert_eq!(format!("{media:?}"), "Media { .. }");
    }
}

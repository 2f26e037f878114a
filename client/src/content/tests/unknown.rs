//! What a later version may send.

use super::samples::{clock, text};
use crate::content::{Body, Content, DecodeError};
use crate::history::Clock;
use serde::Serialize;

#[derive(Serialize)]
struct Later<'a, B> {
    version: u64,
    kind: &'a str,
    clock: Option<Clock>,
    timer_s: u32,
    more: [u8; 3],
    body: B,
}

fn later<B: Serialize>(version: u64, kind: &str, body: B) -> Vec<u8> {
    let later = Later {
        version,
        kind,
        clock: Some(clock()),
        timer_s: 60,
        more: [1, 2, 3],
        body,
    };
    rmp_serde::to_vec_named(&later).unwrap()
}

#[test]
fn an_unknown_kind_or_version_is_kept_byte_for_byte() {
    for (version, kind) in [(1, "poll"), (2, "poll"), (2, "text"), (u64::MAX, "")] {
        let bytes = later(version, kind, ["secret"]);
        let content = Content::decode(&bytes).unwrap();
        let Body::Unknown(unknown) = &content.body else {
            panic!("{version} {kind} is known");
        };
        assert_eq!((unknown.version(), unknown.kind()), (version, kind));
        assert_eq!(
            (&content.clock, content.timer_s),
            (&Some(clock()), Some(60))
        );
        assert!(content.has_place());
        assert_eq!(content.encode().unwrap(), bytes);
        assert_eq!(
            format!("{content:?}"),
            "Content { body: Body(unknown), .. }"
        );
    }
}

#[test]
fn what_cannot_be_used_of_it_is_left() {
    #[derive(Serialize)]
    struct Other {
        version: u64,
        kind: &'static str,
        clock: &'static str,
        timer_s: i8,
    }
    let other = Other {
        version: 2,
        kind: "text",
        clock: "noon",
        timer_s: -1,
    };
    let bytes = rmp_serde::to_vec_named(&other).unwrap();
    let content = Content::decode(&bytes).unwrap();
    assert_eq!((&content.clock, content.timer_s), (&None, None));
    assert!(!content.has_place());
    assert_eq!(content.encode().unwrap(), bytes);
}

#[test]
fn more_than_is_known_is_passed_over() {
    #[derive(Serialize)]
    struct More {
        text: &'static str,
        language: &'static str,
    }
    let more = More {
        text: "secret",
        language: "sv",
    };
    let content = Content::decode(&later(1, "text", more)).unwrap();
    assert!(content.body == text().into());
}

#[test]
fn what_is_none_is_said_to_be_none() {
    let text = Content::new(text()).encode().unwrap();
    let behind = [text.as_slice(), &[0]].concat();
    let list = rmp_serde::to_vec(&(1, "text", 2)).unwrap();
    let begun = later(9, "x", 0);
    let begun = &begun[..begun.len() - 1];
    let deep = [begun, &[0x91; 90_000]].concat();
    let endless = [begun, &[0xdd, 0xff, 0xff, 0xff, 0xff]].concat();
    let version = later(0, "text", 0);
    for bytes in [
        &[][..],
        &text[1..],
        &text[..9],
        &behind,
        &list,
        &deep,
        &endless,
        &version,
    ] {
        assert_eq!(Content::decode(bytes).unwrap_err(), DecodeError::Malformed);
    }
}

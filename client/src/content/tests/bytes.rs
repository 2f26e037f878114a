//! Contents there and back, and any bytes at all.

use super::bounds::largest_clock;
use super::samples::{bodies, id, user};
use super::strategies::{clock, content};
use crate::content::{Body, Content, SENT_BYTES_MAX, Sent};
use crate::history::Clock;
use heliograph_protocol::request::Recipient;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Puts bytes through the decoder: what comes out is written as bytes that mean the same.
fn check(bytes: &[u8]) {
    let Ok(content) = Content::decode(bytes) else {
        return;
    };
    let again = content.encode().unwrap();
    if matches!(content.body, Body::Unknown(_)) {
        assert_eq!(again, bytes);
    }
    assert!(Content::decode(&again).unwrap() == content);
}

#[test]
fn each_kind_has_a_name_of_its_own() {
    let bodies = bodies();
    let names: BTreeSet<&str> = bodies.iter().map(Body::kind).collect();
    assert_eq!(names.len(), bodies.len());
}

#[test]
fn what_is_for_own_devices_and_what_has_a_place_is_known_of_each_kind() {
    let kinds = |has: fn(&Content) -> bool| -> Vec<String> {
        let contents = bodies().into_iter().map(Content::new);
        let which = contents.filter(has);
        which.map(|it| it.body.kind().to_owned()).collect()
    };
    assert_eq!(
        kinds(Content::is_of_own_devices),
        ["read", "sent", "setting", "linked", "history"]
    );
    let placed = [
        "text", "reply", "reaction", "edit", "delete", "media", "timer", "setting",
    ];
    assert_eq!(kinds(Content::has_place), placed);
}

#[test]
fn a_mark_is_on_ones_own_message_unless_it_is_a_reaction() {
    let eve = user("eve");
    let marks: Vec<_> = bodies()
        .into_iter()
        .filter_map(|body| Content::new(body).mark(&eve))
        .collect();
    let authors = marks
        .iter()
        .map(|(target, mark)| (target.author.as_str(), format!("{mark:?}")));
    let expected = [("alice", "Reaction"), ("eve", "Edit"), ("eve", "Delete")];
    assert!(authors.eq(expected.map(|(author, mark)| (author, mark.to_owned()))));
}

#[test]
fn cut_anywhere_it_is_none() {
    for body in bodies() {
        let bytes = Content::new(body).encode().unwrap();
        for len in 0..bytes.len() {
            assert!(Content::decode(&bytes[..len]).is_err());
        }
    }
}

/// Gives the bytes of a content, and a clock in them whether they have a place for one or not.
fn with_clock(content: Content, clock: &Clock) -> Vec<u8> {
    let without = Content {
        clock: None,
        ..content
    };
    let mut bytes = without.encode().unwrap();
    // A map of fewer than 15 entries has their number in its first byte.
    bytes[0] += 1;
    bytes.extend(rmp_serde::to_vec("clock").unwrap());
    bytes.extend(rmp_serde::to_vec_named(clock).unwrap());
    bytes
}

#[test]
fn what_has_no_place_is_not_too_large_for_a_clock_that_came() {
    let sent = Sent {
        to: Recipient::User(user("bob")),
        message_id: id(),
        content: vec![0; SENT_BYTES_MAX],
    };
    check(&with_clock(Content::new(sent), &largest_clock()));
}

proptest! {
    #[test]
    fn a_clock_is_of_what_has_a_place(content in content(), clock in clock()) {
        let bytes = with_clock(content.clone(), &clock);
        let read = Content::decode(&bytes).unwrap();
        prop_assert_eq!(&read.clock, &Some(clock).filter(|_| content.has_place()));
        prop_assert!(read.body == content.body);
        check(&bytes);
    }

    #[test]
    fn a_content_is_bytes_and_back(content in content()) {
        let bytes = content.encode().unwrap();
        prop_assert!(Content::decode(&bytes).unwrap() == content);
    }

    #[test]
    fn any_bytes_are_a_content_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes);
    }

    #[test]
    fn changed_bytes_are_a_content_or_none(
        content in content(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = content.encode().unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
    }
}

//! A server that is not trusted: what it puts under other names is refused, and nothing breaks by it.

use super::device::{Device, message_id};
use heliograph_client::content::ENCODED_BYTES_MAX;
use heliograph_client::engine::{OpenError, Opened};
use heliograph_protocol::limits::{DEVICES_MAX, FRAME_BYTES_MAX};
use std::collections::BTreeSet;

#[test]
fn what_is_put_under_another_name_is_refused_and_then_opened_under_its_own() {
    let (mut bob, alice, carol) = (
        Device::new("bob", 1),
        Device::new("alice", 1),
        Device::new("carol", 1),
    );
    alice.begin(&mut bob);
    carol.begin(&mut bob);
    let greeting = carol.seal(&bob, 8, "carol here");
    assert_eq!(bob.open(&carol, 8, &greeting), "carol here");
    // The first of a session, and a later one.
    for (number, text) in [(1, "first"), (2, "second")] {
        let sealed = alice.seal(&bob, number, text);
        for (from, number) in [(&carol, number), (&alice, number + 10)] {
            let refused = bob.open_of(from.me.address(), number, &sealed);
            let is_refused = matches!(refused, Err(OpenError::Decrypt(_) | OpenError::Respond(_)));
            assert!(is_refused, "{refused:?}");
        }
        let mut changed = sealed.clone().into_bytes();
        let last = changed.len() - 7;
        changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(bob.open_of(alice.me.address(), number, &changed).is_err());
        assert_eq!(bob.open(&alice, number, &sealed), text);
        let answer = bob.seal(&alice, number + 20, "seen");
        assert_eq!(alice.open(&bob, number + 20, &answer), "seen");
    }
}

#[test]
fn what_comes_twice_is_opened_once_also_after_a_restart() {
    let (mut bob, alice) = (Device::new("bob", 1), Device::new("alice", 1));
    alice.begin(&mut bob);
    let sealed = alice.seal(&bob, 1, "once");
    bob.open_and_die(&alice, 1, &sealed);
    bob.restart();
    assert_eq!(bob.open(&alice, 1, &sealed), "once");
    bob.restart();
    let again = bob.open_of(alice.me.address(), 1, &sealed).unwrap();
    assert_eq!(again, Opened::Before);
    // Nor under another id.
    assert!(bob.open_of(alice.me.address(), 2, &sealed).is_err());
}

#[test]
fn what_was_not_opened_leaves_nothing_also_in_the_same_step() {
    let (mut bob, alice) = (Device::new("bob", 1), Device::new("alice", 1));
    alice.begin(&mut bob);
    let sealed = alice.seal(&bob, 1, "both in one step");
    let from = alice.me.address();
    let opened = bob.store().step(|step| {
        let refused = bob.me.open(step, from, message_id(1), "Ag");
        assert!(refused.is_err());
        bob.me.open(step, from, message_id(1), &sealed)
    });
    let content =
        matches!(opened, Ok(Opened::Content { content, .. }) if content == b"both in one step");
    assert!(content);
}

#[test]
fn nonsense_is_an_error_and_changes_nothing() {
    let (mut bob, alice) = (Device::new("bob", 1), Device::new("alice", 1));
    alice.begin(&mut bob);
    let sealed = alice.seal(&bob, 1, "sense");
    for nonsense in [
        "",
        "A",
        "AQ",
        "Ag",
        "Aw",
        "BBBB",
        "hello",
        &sealed[..sealed.len() / 2],
    ] {
        assert!(
            bob.open_of(alice.me.address(), 1, nonsense).is_err(),
            "{nonsense}"
        );
    }
    assert_eq!(bob.open(&alice, 1, &sealed), "sense");
}

#[test]
fn devices_of_one_user_have_sessions_of_their_own() {
    let (mut phone, mut laptop) = (Device::new("bob", 1), Device::new("bob", 2));
    let alice = Device::new("alice", 1);
    alice.begin(&mut phone);
    let devices: BTreeSet<_> = [&phone, &laptop].map(|it| it.me.address().device_id).into();
    let user = &phone.me.address().user_id;
    let seal = || {
        let content = b"to both";
        alice.store().step(|step| {
            alice
                .me
                .seal(step, (user, &devices), message_id(1), content)
        })
    };
    assert!(seal().is_err(), "there is no session with the laptop");
    alice.begin(&mut laptop);
    let sealed = seal().unwrap();
    for device in [&phone, &laptop] {
        let ciphertext = &sealed[&device.me.address().device_id];
        assert_eq!(device.open(&alice, 1, ciphertext), "to both");
    }
    let swapped = phone.open_of(
        alice.me.address(),
        1,
        &sealed[&laptop.me.address().device_id],
    );
    assert!(
        !matches!(swapped, Ok(Opened::Content { .. })),
        "{swapped:?}"
    );
}

#[test]
fn the_largest_content_fits_a_frame_for_five_devices_that_have_not_answered() {
    let mut bob = Device::new("bob", 1);
    let alice = Device::new("alice", 1);
    alice.begin(&mut bob);
    let content = "x".repeat(ENCODED_BYTES_MAX);
    let sealed = alice.seal(&bob, 1, &content);
    // Ids, names and commas take less than 2 KB more.
    assert!(DEVICES_MAX * sealed.len() + 2_048 <= FRAME_BYTES_MAX);
    assert_eq!(bob.open(&alice, 1, &sealed), content);
}

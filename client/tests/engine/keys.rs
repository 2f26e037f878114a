//! Keys that end, are replaced and change.

use super::device::Device;
use super::{DAY_MS, NOW_MS};
use heliograph_client::e2ee::{IdentityState, KeyChange, Trust};
use heliograph_client::engine::{BeginError, Me, OpenError, Opened, SealError};

#[test]
fn a_new_device_hands_over_all_keys_and_no_more_until_they_are_due() {
    let mut bob = Device::new("bob", 1);
    let counts = (
        bob.keys.one_time_prekeys.len(),
        bob.keys.one_time_kem_prekeys.len(),
    );
    assert_eq!(counts, (100, 50));
    let new = bob.make_keys((100, 50), NOW_MS + DAY_MS);
    assert!(new.signed.is_none() && new.last_resort.is_none());
    assert_eq!((new.one_time.len(), new.one_time_kem.len()), (0, 0));
    let new = bob.make_keys((9, 9), NOW_MS + DAY_MS);
    assert_eq!((new.one_time.len(), new.one_time_kem.len()), (91, 50));
    let ids = bob.keys.one_time_prekeys.iter().map(|key| key.key_id);
    let newest = new.one_time_kem.iter().map(|key| key.key_id).min().unwrap();
    assert!(newest > ids.take(100).max().unwrap(), "ids rise");
}

#[test]
fn a_replaced_key_opens_what_was_begun_with_it_for_30_days() {
    for (days, is_opened) in [(30, true), (31, false)] {
        let mut bob = Device::new("bob", 1);
        let alice = Device::new("alice", 1);
        alice.begin(&mut bob);
        let sealed = alice.seal(&bob, 1, "late");
        let replaced_at = NOW_MS + 8 * DAY_MS;
        let new = bob.make_keys((100, 50), replaced_at);
        assert!(new.signed.is_some() && new.last_resort.is_some());
        bob.make_keys((100, 50), replaced_at + days * DAY_MS);
        match bob.open_of(alice.me.address(), 1, &sealed) {
            Ok(opened) => assert!(is_opened, "{opened:?}"),
            Err(error) => assert!(
                !is_opened && matches!(error, OpenError::NoPrekeys),
                "{error:?}"
            ),
        }
    }
}

#[test]
fn a_key_for_one_use_is_used_once_whoever_hands_it_out() {
    let mut bob = Device::new("bob", 1);
    let (alice, mallory) = (Device::new("alice", 1), Device::new("mallory", 1));
    let bundle = bob.bundle();
    for device in [&alice, &mallory] {
        _ = device.try_begin(bob.me.address(), &bundle).unwrap();
    }
    let (first, second) = (
        alice.seal(&bob, 1, "mine"),
        mallory.seal(&bob, 2, "mine too"),
    );
    assert_eq!(bob.open(&alice, 1, &first), "mine");
    let refused = bob.open_of(mallory.me.address(), 2, &second);
    assert!(matches!(refused, Err(OpenError::NoPrekeys)), "{refused:?}");
    // Begun anew, with keys that were not used.
    mallory.begin(&mut bob);
    assert_eq!(
        bob.open(&mallory, 2, &mallory.seal(&bob, 2, "mine too")),
        "mine too"
    );
}

#[test]
fn when_there_are_none_for_one_use_the_last_resort_opens_many() {
    let mut bob = Device::new("bob", 1);
    bob.keys.one_time_prekeys.clear();
    bob.keys.one_time_kem_prekeys.clear();
    for number in 0..3 {
        let alice = Device::new(&format!("alice{number}"), 1);
        alice.begin(&mut bob);
        let sealed = alice.seal(&bob, number, "last resort");
        assert_eq!(bob.open(&alice, number, &sealed), "last resort");
    }
}

#[test]
fn a_bundle_that_was_tampered_with_begins_nothing() {
    let (mut bob, mut mallory) = (Device::new("bob", 1), Device::new("mallory", 1));
    let alice = Device::new("alice", 1);
    let mut bundle = bob.bundle();
    bundle.signed_prekey = mallory.bundle().signed_prekey;
    let refused = alice.try_begin(bob.me.address(), &bundle);
    assert!(matches!(refused, Err(BeginError::Bundle(_))), "{refused:?}");
    let nothing = alice.try_seal(&bob, 1, "hello");
    assert!(matches!(nothing, Err(SealError::NoSession(devices)) if devices.len() == 1));
}

#[test]
fn keys_are_handed_over_again_until_the_server_has_them() {
    let mut bob = Device::new("bob", 1);
    let alice = Device::new("alice", 1);
    let week = NOW_MS + 8 * DAY_MS;
    let first = bob.draw_keys((9, 9), week);
    assert!(first.signed.is_some() && !first.one_time.is_empty());
    bob.restart();
    assert_eq!(bob.draw_keys((9, 9), week + 40 * DAY_MS), first);
    // Meanwhile the server hands out the keys before, and they open.
    alice.begin(&mut bob);
    let sealed = alice.seal(&bob, 1, "with the old ones");
    assert_eq!(bob.make_keys((9, 9), week + 40 * DAY_MS), first);
    assert_eq!(bob.open(&alice, 1, &sealed), "with the old ones");
    let next = bob.draw_keys((100, 50), week + 40 * DAY_MS);
    assert!(next.signed.is_none() && next.one_time.is_empty());
}

#[test]
fn a_device_may_enrol_anew_in_the_same_store() {
    let mut bob = Device::new("bob", 1);
    let alice = Device::new("alice", 1);
    alice.begin(&mut bob);
    let before = bob.keys.identity_key.clone();
    let keys = bob.store().step(Me::enrol).unwrap();
    // As after a crash before the server has answered: it is nobody.
    assert!(bob.store().step(Me::load).unwrap().is_none());
    bob.keys = keys;
    assert_ne!(bob.keys.identity_key, before);
    let address = bob.me.address().clone();
    let enrolled = bob
        .store()
        .step(|step| Me::enrolled(step, &address, NOW_MS));
    enrolled.unwrap();
    bob.restart();
    alice.begin(&mut bob);
    assert_eq!(
        bob.open(&alice, 1, &alice.seal(&bob, 1, "hello again")),
        "hello again"
    );
}

#[test]
fn nothing_is_sealed_for_a_key_that_is_not_the_devices_any_more() {
    let (mut old, alice) = (Device::new("bob", 1), Device::new("alice", 1));
    alice.begin(&mut old);
    assert_eq!(old.open(&alice, 1, &alice.seal(&old, 1, "hello")), "hello");
    let late = [2, 3].map(|number| old.seal(&alice, number, "from the old one"));
    let mut new = Device::new("bob", 1);
    assert_eq!(alice.begin_and_look(&mut new), KeyChange::Changed);
    // What is late is read, but the session is not used for it.
    for (number, sealed) in [2, 3].into_iter().zip(late) {
        let opened = alice.open_of(old.me.address(), number, &sealed).unwrap();
        let is_of_old = matches!(&opened, Opened::Content { identity, .. } if *identity == old.keys.identity_key);
        assert!(is_of_old, "{opened:?}");
    }
    assert_eq!(
        new.open(&alice, 4, &alice.seal(&new, 4, "to the new one")),
        "to the new one"
    );
    assert_eq!(
        alice.open(&new, 5, &new.seal(&alice, 5, "thanks")),
        "thanks"
    );
}

#[test]
fn keys_that_changed_since_they_were_compared_stop_what_is_sent() {
    let (mut bob, mut alice) = (Device::new("bob", 1), Device::new("alice", 1));
    assert_eq!(alice.begin_and_look(&mut bob), KeyChange::New);
    assert_eq!(alice.begin_and_look(&mut bob), KeyChange::Unchanged);
    alice.judge(&bob, IdentityState::verified);
    let sealed = alice.seal(&bob, 1, "verified");
    let opened = bob.open_of(alice.me.address(), 1, &sealed).unwrap();
    assert!(
        matches!(
            opened,
            Opened::Content {
                change: KeyChange::New,
                ..
            }
        ),
        "{opened:?}"
    );
    // Somebody else has the account, or a new telephone.
    let other = Device::new("bob", 1);
    other.begin(&mut alice);
    let sealed = other.seal(&alice, 2, "my new telephone");
    let opened = alice.open_of(other.me.address(), 2, &sealed).unwrap();
    assert!(
        matches!(
            opened,
            Opened::Content {
                change: KeyChange::Changed,
                ..
            }
        ),
        "{opened:?}"
    );
    let next = alice.open_of(other.me.address(), 9, &other.seal(&alice, 9, "hello?"));
    let told = next.unwrap();
    let is_told = matches!(
        told,
        Opened::Content {
            trust: Trust::ChangedSinceVerified,
            ..
        }
    );
    assert!(is_told, "{told:?}");
    let stopped = alice.try_seal(&other, 3, "secret");
    assert!(
        matches!(stopped, Err(SealError::ChangedSinceVerified)),
        "{stopped:?}"
    );
    alice.judge(&other, IdentityState::accepted);
    assert_eq!(
        other.open(&alice, 3, &alice.seal(&other, 3, "so be it")),
        "so be it"
    );
}

//! What a server, or somebody between, can try.

use super::*;
use crate::e2ee::pqxdh::AgreeError;
use crate::e2ee::tests::device;
use crate::e2ee::{Recipient, RefusedPlaintext};

/// Every place that a message can be moved to.
fn elsewhere(here: &Context) -> Vec<Context> {
    let to = |to| Context { to, ..here.clone() };
    let from = |from| Context {
        from,
        ..here.clone()
    };
    vec![
        from(device("mallory", 1)),
        from(device("alice", 2)),
        to(Recipient::Device(device("mallory", 1))),
        to(Recipient::Device(device("bob", 2))),
        to(Recipient::Group("bob".parse().unwrap())),
        context("bob", "alice", 1),
        context("alice", "bob", 2),
    ]
}

#[test]
fn a_message_is_refused_elsewhere_and_taken_where_it_belongs() {
    let (alice, bob) = (Device::new(), Device::new());
    let (mut alices, mut bobs) = talking(&alice, &bob);
    let here = context("alice", "bob", 1);
    let sent = say(&mut alices, b"hello", &here);
    for other in elsewhere(&here) {
        let refused = Err(DecryptError::Refused(RefusedPlaintext::WrongContext));
        assert_eq!(hear(&mut bobs, &sent, &other), refused, "{other:?}");
    }
    assert_eq!(hear(&mut bobs, &sent, &here).unwrap(), b"hello");
}

#[test]
fn a_first_message_is_refused_elsewhere() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut alices = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let here = context("alice", "bob", 1);
    let sent = say(&mut alices, b"hello", &here);
    for other in elsewhere(&here) {
        let refused = Session::respond(&bob.me, bob.secrets(), first(&sent), &other);
        let wrong = DecryptError::Refused(RefusedPlaintext::WrongContext);
        assert_eq!(refused.unwrap_err(), RespondError::Decrypt(wrong));
    }
    assert!(Session::respond(&bob.me, bob.secrets(), first(&sent), &here).is_ok());
}

/// Gives the ciphertext with each byte changed in turn, as far as that can be read at all.
fn tampered(sent: &Ciphertext) -> impl Iterator<Item = (usize, Ciphertext)> {
    let bytes = sent.to_bytes();
    (0..bytes.len()).filter_map(move |at| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        Ciphertext::from_bytes(&bytes).ok().map(|read| (at, read))
    })
}

#[test]
fn a_changed_message_is_refused_and_the_session_is_as_it_was() {
    let (alice, bob) = (Device::new(), Device::new());
    let (mut alices, mut bobs) = talking(&alice, &bob);
    let here = context("alice", "bob", 1);
    let sent = say(&mut alices, b"hello", &here);
    let mut read = 0;
    for (at, other) in tampered(&sent) {
        if let Ciphertext::Session(_) = &other {
            assert!(hear(&mut bobs, &other, &here).is_err(), "{at}");
            read += 1;
        }
    }
    assert!(read > 200, "{read}");
    assert_eq!(hear(&mut bobs, &sent, &here).unwrap(), b"hello");
}

#[test]
fn a_changed_first_message_is_refused() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut alices = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let here = context("alice", "bob", 1);
    let sent = say(&mut alices, b"hello", &here);
    let joined = Session::respond(&bob.me, bob.secrets(), first(&sent), &here).unwrap();
    let mut read = 0;
    for (at, other) in tampered(&sent) {
        if let Ciphertext::First(begun) = &other {
            let refused = Session::respond(&bob.me, bob.secrets(), begun, &here);
            assert!(refused.is_err(), "{at}");
            let repeated = joined.session.decrypt_repeated(&bob.me, begun, &here);
            assert!(repeated.is_err(), "{at}");
            read += 1;
        }
    }
    assert!(read > 1_700, "{read}");
}

#[test]
fn a_ciphertext_of_another_session_is_refused() {
    let (alice, bob, carol) = (Device::new(), Device::new(), Device::new());
    let (_, mut bobs) = talking(&alice, &bob);
    let (mut carols, _) = talking(&carol, &bob);
    let here = context("alice", "bob", 1);
    let sent = say(&mut carols, b"hello", &here);
    assert_eq!(hear(&mut bobs, &sent, &here), Err(DecryptError::Forged));
    let mut begun = Session::initiate(&carol.me, &bob.bundle()).unwrap();
    let begun = say(&mut begun, b"hello", &here);
    let refused = bobs.decrypt_repeated(&bob.me, first(&begun), &here);
    assert_eq!(refused.unwrap_err(), DecryptError::OtherSession);
}

#[test]
fn a_first_message_needs_its_keys() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut alices = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let here = context("alice", "bob", 1);
    let sent = say(&mut alices, b"hello", &here);
    let refused = |error: AgreeError| Some(RespondError::Agree(error));
    let respond = |me, secrets| Session::respond(me, secrets, first(&sent), &here).err();
    let missing = respond(&bob.me, bob.last_secrets());
    assert_eq!(missing, refused(AgreeError::OtherPrekeys));
    let own = respond(&alice.me, bob.secrets());
    assert_eq!(own, refused(AgreeError::OwnIdentity));
    // Another device's keys of the same ids.
    let other = Device::new();
    let forged = Some(RespondError::Decrypt(DecryptError::Forged));
    assert_eq!(respond(&other.me, other.secrets()), forged);
    assert_eq!(respond(&other.me, bob.secrets()), forged);
}

#[test]
fn nothing_shows_secrets() {
    let (alice, bob) = (Device::new(), Device::new());
    let (alices, _) = talking(&alice, &bob);
    let encrypted = alices
        .encrypt(b"hello", &context("alice", "bob", 1))
        .unwrap();
    let shown = format!("{alices:?} {:?} {encrypted:?}", alices.pickle());
    let plain = "Session { id: SessionId([";
    assert!(shown.starts_with(plain), "{shown}");
    assert!(shown.len() < 500, "{shown}");
    let packed = serde_json::to_value(alices.pickle()).unwrap();
    assert!(packed["ratchet"]["sending_ratchet"].is_object());
    assert!(!tells(&shown, alice.me.public().as_bytes()));
    let secrets = format!("{:?}", bob.secrets());
    let hidden = "PrekeySecrets { signed: SignedPrekeySecret { key_id: 1, .. }, \
         one_time: Some(OneTimePrekeySecret { key_id: 2, .. }), \
         kem: KemPrekeySecret { key_id: 3, kem_use: OneTime, .. } }";
    assert_eq!(secrets, hidden);
}

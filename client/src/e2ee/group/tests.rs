//! What is said in groups.

use super::*;
use crate::e2ee::tests::{context, device, group_context, stored};
use crate::e2ee::{Ciphertext, Context, GroupMessage, RefusedPlaintext};
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000_000;

/// Takes what somebody's first device distributes.
fn accept(from: &str, distribution: &[u8]) -> Result<SenderKeyReceiver, DistributionError> {
    SenderKeyReceiver::accept(distribution, device(from, 1), [7; 64].into())
}

fn drawn() -> (SenderKey, SenderKeyReceiver) {
    let key = SenderKey::draw("group".parse().unwrap(), NOW);
    let receiver = accept("alice", &key.distribution()).unwrap();
    assert_eq!(receiver.id(), key.id());
    assert_eq!(receiver.from(), &device("alice", 1));
    assert_eq!(receiver.identity(), &[7; 64].into());
    assert_eq!(receiver.group().as_str(), "group");
    (key, receiver)
}

fn say(key: &mut SenderKey, content: &[u8], context: &Context) -> GroupMessage {
    let encrypted = key.encrypt(content, context).unwrap();
    *key = encrypted.sender_key;
    match encrypted.ciphertext.to_string().parse().unwrap() {
        Ciphertext::Group(message) => message,
        other => panic!("{other:?}"),
    }
}

fn hear(
    receiver: &mut SenderKeyReceiver,
    message: &GroupMessage,
    context: &Context,
) -> Result<(Vec<u8>, u32), GroupDecryptError> {
    let decrypted = receiver.decrypt(message, context)?;
    assert_eq!(decrypted.seen.sender_key, receiver.id());
    Ok((decrypted.content, decrypted.seen.index))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_arrives_is_what_was_said(
        contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 1..12),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..24),
        restart in any::<bool>(),
    ) {
        let (mut key, mut receiver) = drawn();
        let places: Vec<Context> = (0..12).map(|at| group_context("alice", "group", at)).collect();
        let mut sent = Vec::new();
        for (content, place) in contents.iter().zip(&places) {
            sent.push(say(&mut key, content, place));
            key = if restart { SenderKey::from_pickle(stored(&key.pickle())) } else { key };
        }
        for at in order {
            let at = at.index(sent.len());
            let heard = hear(&mut receiver, &sent[at], &places[at]).unwrap();
            prop_assert_eq!(heard, (contents[at].clone(), u32::try_from(at).unwrap()));
            if restart {
                receiver = SenderKeyReceiver::from_pickle(stored(&receiver.pickle()));
            }
        }
    }
}

#[test]
fn who_joins_later_reads_what_comes_later() {
    let (mut key, _) = drawn();
    let (before, after) = (
        group_context("alice", "group", 1),
        group_context("alice", "group", 2),
    );
    let early = say(&mut key, b"before", &before);
    let mut late = accept("alice", &key.distribution()).unwrap();
    let later = say(&mut key, b"after", &after);
    let refused = hear(&mut late, &early, &before);
    assert_eq!(refused, Err(GroupDecryptError::TooOld));
    assert_eq!(
        hear(&mut late, &later, &after).unwrap(),
        (b"after".to_vec(), 1)
    );
}

#[test]
fn a_message_is_refused_elsewhere() {
    let (mut key, mut receiver) = drawn();
    let here = group_context("alice", "group", 1);
    let sent = say(&mut key, b"hello", &here);
    let elsewhere = [
        group_context("bob", "group", 1),
        group_context("alice", "other", 1),
        context("alice", "bob", 1),
        Context {
            from: device("alice", 2),
            ..here.clone()
        },
    ];
    for other in elsewhere {
        let refused = hear(&mut receiver, &sent, &other);
        assert_eq!(refused, Err(GroupDecryptError::OtherPlace), "{other:?}");
    }
    let refused = hear(&mut receiver, &sent, &group_context("alice", "group", 2));
    let wrong = GroupDecryptError::Refused(RefusedPlaintext::WrongContext);
    assert_eq!(refused, Err(wrong));
    assert!(hear(&mut receiver, &sent, &here).is_ok());
}

/// Who forges a receiver that believes to be another's finds the sender in the plaintext.
#[test]
fn the_sender_is_inside_too() {
    let (mut key, _) = drawn();
    let bobs = accept("bob", &key.distribution());
    let sent = say(&mut key, b"hello", &group_context("alice", "group", 1));
    let refused = hear(&mut bobs.unwrap(), &sent, &group_context("bob", "group", 1));
    let wrong = GroupDecryptError::Refused(RefusedPlaintext::WrongContext);
    assert_eq!(refused, Err(wrong));
}

#[test]
fn a_changed_message_is_refused() {
    let (mut key, mut receiver) = drawn();
    let here = group_context("alice", "group", 1);
    let sent = Ciphertext::Group(say(&mut key, b"hello", &here)).to_bytes();
    let mut read = 0;
    for at in 1..sent.len() {
        let mut bytes = sent.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok(Ciphertext::Group(other)) = Ciphertext::from_bytes(&bytes) {
            assert!(hear(&mut receiver, &other, &here).is_err(), "{at}");
            read += 1;
        }
    }
    assert!(read > 250, "{read}");
}

#[test]
fn another_key_is_told_by_its_name() {
    let (mut key, _) = drawn();
    let (_, mut other) = drawn();
    let here = group_context("alice", "group", 1);
    let sent = say(&mut key, b"hello", &here);
    let refused = hear(&mut other, &sent, &here);
    assert_eq!(refused, Err(GroupDecryptError::OtherKey));
}

#[test]
fn a_key_is_of_one_group() {
    let (key, _) = drawn();
    for place in [
        group_context("alice", "other", 1),
        context("alice", "bob", 1),
    ] {
        let refused = key.encrypt(b"hello", &place).err();
        assert_eq!(refused, Some(GroupEncryptError::OtherGroup));
    }
}

#[test]
fn keys_are_rotated() {
    let (mut key, _) = drawn();
    assert!(!key.needs_rotation(NOW + ROTATED_AFTER_MS - 1));
    assert!(key.needs_rotation(NOW + ROTATED_AFTER_MS));
    assert!(key.needs_rotation(NOW - ROTATED_AFTER_MS));
    for number in 0..u64::from(ROTATED_AFTER_MESSAGES) {
        assert!(!key.needs_rotation(NOW), "{number}");
        say(&mut key, b"", &group_context("alice", "group", number));
    }
    assert_eq!(key.messages(), ROTATED_AFTER_MESSAGES);
    assert!(key.needs_rotation(NOW));
}

#[test]
fn what_is_no_distribution_is_refused() {
    let (key, _) = drawn();
    let whole = key.distribution();
    let refused = |bytes: &[u8]| accept("alice", bytes).err();
    let malformed = Some(DistributionError::Malformed);
    for at in 1..whole.len() {
        let mut other = whole.to_vec();
        other[at] ^= 0x80;
        assert_eq!(refused(&other), malformed, "{at}");
        assert_eq!(refused(&whole[..at]), malformed, "{at}");
    }
    assert_eq!(refused(b""), malformed);
    let newer = [&[2], &whole[1..]].concat();
    assert_eq!(refused(&newer), Some(DistributionError::Version(2)));
}

#[test]
fn nothing_shows_secrets() {
    let (key, mut receiver) = drawn();
    let here = group_context("alice", "group", 1);
    let encrypted = key.encrypt(b"hello", &here).unwrap();
    let Ciphertext::Group(message) = &encrypted.ciphertext else {
        panic!("{encrypted:?}");
    };
    let decrypted = receiver.decrypt(message, &here).unwrap();
    let pickles = (key.pickle(), receiver.pickle());
    let shown = format!("{key:?} {receiver:?} {encrypted:?} {decrypted:?} {pickles:?}");
    assert!(shown.len() < 1_500, "{} {shown}", shown.len());
    for hidden in ["ratchet", "hello", "alice", "signing"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

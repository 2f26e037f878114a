//! Devices that were linked, and those that say so.

use super::NOW_MS;
use super::device::{Device, message_id};
use heliograph_client::content::{Edit, Text};
use heliograph_client::e2ee::LinkSecret;
use heliograph_client::engine::{Me, Outcome};
use heliograph_client::history::{Mark, Marks, MessageRef, Position};
use heliograph_client::media::seal::seal;
use heliograph_client::media::transfer::{About, Attachment};
use heliograph_client::store::{StoreError, marks, messages, search};
use heliograph_protocol::event::Envelope;
use heliograph_protocol::media::MediaKind;
use heliograph_protocol::request::{OutgoingMessage, Payload, Recipient};
use std::collections::BTreeMap;

/// Two devices of a user, which know of each other.
fn two() -> (Device, Device) {
    let (phone, tablet) = (Device::new("alice", 1), Device::new("alice", 2));
    let user = phone.me.address().user_id.clone();
    for (device, other) in [(&phone, &tablet), (&tablet, &phone)] {
        let both = [&phone, &tablet].map(|it| (it.me.address().device_id, 1));
        let learnt = device.store().step(|step| {
            device.me.own_devices(step, BTreeMap::from(both)).unwrap();
            device.me.learn(step, &user, &[other.last_resort()])
        });
        _ = learnt.unwrap();
    }
    (phone, tablet)
}

fn envelope(from: &Device, to: &Device, message: OutgoingMessage) -> Envelope {
    let address = from.me.address().clone();
    let content = match message.payload {
        Payload::Contents(mut contents) => contents.remove(&to.me.address().device_id),
        Payload::Content(_) => None,
    };
    Envelope {
        message_id: message.message_id,
        from_user_id: address.user_id.clone(),
        from_device_id: address.device_id,
        to_user_id: address.user_id,
        group_id: None,
        seq: None,
        content: content.unwrap(),
        timestamp: NOW_MS,
        urgent: true,
        ack_token: message.message_id.to_string(),
    }
}

/// What the one has to say, the other hears.
fn hears(from: &Device, to: &Device) -> Vec<Outcome> {
    let sent = from.outgoing().messages.into_iter();
    sent.map(|message| {
        let envelope = envelope(from, to, message);
        let received = to
            .store()
            .step(|step| to.me.receive(step, &envelope, NOW_MS));
        received.unwrap().outcome
    })
    .collect()
}

fn give(phone: &Device) -> LinkSecret {
    give_at(phone, NOW_MS)
}

fn give_at(phone: &Device, now_ms: u64) -> LinkSecret {
    let secret = LinkSecret::draw().unwrap();
    let given = phone
        .store()
        .step(|step| Me::give_secret(step, secret.clone(), now_ms));
    given.unwrap();
    secret
}

fn linked_with(tablet: &Device, secret: LinkSecret) {
    let told = tablet.store().step(|step| {
        Me::linked_with(step, secret)?;
        tablet.me.tell_linked(step, NOW_MS)
    });
    told.unwrap();
}

fn is_due(phone: &Device) -> bool {
    let due = phone.store().step(Me::handover_due);
    due.unwrap().is_some()
}

fn attachment() -> Attachment {
    let facts = seal(&mut b"sealed once more".as_slice(), &mut Vec::new()).unwrap();
    Attachment {
        media_id: "some-media-id".parse().unwrap(),
        key: facts.key,
        sealed_bytes: facts.sealed_bytes,
        sha256: facts.sha256,
        kind: MediaKind::Document,
        about: About::default(),
    }
}

#[test]
fn who_knows_the_secret_gets_what_the_other_knows() {
    let (phone, tablet) = two();
    linked_with(&tablet, give(&phone));
    let heard = hears(&tablet, &phone);
    assert!(matches!(heard[..], [Outcome::Linked(device)] if device.get() == 2));
    let secret = phone.store().step(Me::handover_due).unwrap().unwrap();
    let key = seal(&mut b"".as_slice(), &mut Vec::new()).unwrap().key;
    let handed = phone.store().step(|step| {
        let handed = (&secret, &key);
        phone.me.hand_over(step, handed, attachment(), NOW_MS)
    });
    handed.unwrap();
    assert!(!is_due(&phone));
    let heard = hears(&phone, &tablet);
    assert!(matches!(heard[..], [Outcome::HistoryComes]), "{heard:?}");
    let coming = tablet.store().step(Me::history_coming).unwrap().unwrap();
    assert!(coming.key == key, "it is unwrapped");
}

#[test]
fn who_does_not_know_it_gets_nothing_nor_does_who_says_it_late() {
    let (phone, tablet) = two();
    give(&phone);
    linked_with(&tablet, LinkSecret::draw().unwrap());
    let heard = hears(&tablet, &phone);
    assert!(matches!(heard[..], [Outcome::Ignored]), "{heard:?}");
    assert!(!is_due(&phone));

    // Another one is given out two days later: the first is good no more.
    let (phone, tablet) = two();
    let secret = give(&phone);
    give_at(&phone, NOW_MS + 2 * super::DAY_MS);
    linked_with(&tablet, secret);
    let heard = hears(&tablet, &phone);
    assert!(matches!(heard[..], [Outcome::Ignored]), "{heard:?}");
    assert!(!is_due(&phone));
}

#[test]
fn history_is_taken_from_who_has_linked_this_device_only() {
    let (phone, tablet) = two();
    linked_with(&tablet, give(&phone));
    let wrong = LinkSecret::draw().unwrap();
    let key = seal(&mut b"".as_slice(), &mut Vec::new()).unwrap().key;
    let handed = phone.store().step(|step| {
        let handed = (&wrong, &key);
        phone.me.hand_over(step, handed, attachment(), NOW_MS)
    });
    handed.unwrap();
    let heard = hears(&phone, &tablet);
    assert!(matches!(heard[..], [Outcome::Ignored]), "{heard:?}");
    assert!(tablet.store().step(Me::history_coming).unwrap().is_none());
}

#[test]
fn what_is_handed_over_is_known_afterwards_but_for_what_was_done_since() {
    let (phone, tablet) = two();
    let bob = Recipient::User("bob".parse().unwrap());
    let alice = phone.me.address().user_id.clone();
    let name = |number| MessageRef {
        author: alice.clone(),
        message_id: message_id(number),
    };
    let said = phone.store().step(|step| {
        for (number, text) in [(1, "stays"), (2, "is deleted later"), (3, "was edited")] {
            let text = text.to_owned();
            let id = message_id(number);
            phone
                .me
                .write(step, (&bob, id), Text { text }.into(), NOW_MS)?;
        }
        let edit = Edit {
            message_id: message_id(3),
            text: "is edited".to_owned(),
        };
        phone
            .me
            .write(step, (&bob, message_id(4)), edit.into(), NOW_MS)?;
        let (before, after) = (Some(b"light".to_vec()), Some(b"dark".to_vec()));
        phone.me.set(step, "sound", Some(b"off".to_vec()), NOW_MS)?;
        phone.me.set(step, "theme", before, NOW_MS)?;
        tablet
            .store()
            .step(|step| tablet.me.set(step, "theme", after, NOW_MS + 9))
    });
    said.unwrap();
    let packed = phone.store().step(|step| phone.me.pack_handover(step));
    let packed = packed.unwrap();
    // Meanwhile one of them is deleted, and another one reacted to.
    let at = Position {
        height: NOW_MS + 50,
        message_id: message_id(50),
    };
    let done = tablet.store().step(|step| {
        let mut deleted = Marks::default();
        deleted.apply(Mark::Delete, &alice, at);
        marks::put(step, &bob, &name(2), &deleted)?;
        let mut liked = Marks::default();
        liked.apply(Mark::Reaction(Some("👍".to_owned())), &alice, at);
        marks::put(step, &bob, &name(3), &liked)
    });
    done.unwrap();
    for taken in [3, 1] {
        let again = tablet
            .store()
            .step(|step| tablet.me.take_handover(step, &packed));
        // What is deleted is taken again, and stays deleted.
        assert_eq!(again.unwrap(), taken);
    }
    let shown = tablet.store().step(|step| {
        let bodies = messages::page(step, &bob, None, 10)?.into_iter();
        let bodies: Vec<bool> = bodies.map(|it| it.body.is_empty()).collect();
        let third = marks::get(step, &bob, &name(3))?;
        let found = ["stays", "deleted", "was", "edited"].map(|words| {
            let found = search(step, words, 10);
            found.map(|found| found.len())
        });
        let found: Vec<usize> = found.into_iter().collect::<Result<_, _>>()?;
        Ok::<_, StoreError>((bodies, third, found))
    });
    let (bodies, third, found) = shown.unwrap();
    assert_eq!(bodies, [false, true, false]);
    assert_eq!(
        (third.edited(), third.reactions().count()),
        (Some("is edited"), 1)
    );
    assert_eq!(found, [1, 0, 0, 1]);
    for (name, expected) in [("theme", "dark"), ("sound", "off")] {
        let set = tablet.store().step(|step| tablet.me.setting(step, name));
        assert_eq!(set.unwrap().as_deref(), Some(expected.as_bytes()));
    }
    let nonsense = tablet
        .store()
        .step(|step| tablet.me.take_handover(step, b"nonsense"));
    assert!(matches!(nonsense, Err(StoreError::Corrupt)));
}

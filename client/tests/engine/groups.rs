//! Groups: who can read what is written there, and who cannot.

use super::NOW_MS;
use super::device::{Device, message_id};
use super::world::{World, group_id, receive, user};
use heliograph_client::content::{Content, Sent, Text, Typing};
use heliograph_client::engine::{Outcome, Unreadable};
use heliograph_client::store::messages::{self, Status};
use heliograph_client::store::{devices, groups, receipts, unread};
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::request::{OutgoingMessage, Payload, ReceiptStatus, Recipient};
use heliograph_protocol::{DeviceId, GroupId, MessageId};
use std::collections::{BTreeMap, BTreeSet};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

#[test]
fn what_is_written_to_a_group_goes_out_once_for_all_and_all_read_it() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    for (by, text) in [(ALICE, "hello"), (BOB, "hi"), (ALICE, "how are you?")] {
        world.write(by, text);
        assert_eq!(world.settle(), 0);
    }
    for device in [ALICE, BOB, CAROL] {
        assert_eq!(world.texts(device), ["hello", "hi", "how are you?"]);
    }
    // Two keys, to two users each.
    assert_eq!(world.to_users, 4);
}

#[test]
fn who_is_removed_cannot_read_on_even_if_handed_what_is_sent() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.write(ALICE, "all three");
    assert_eq!(world.settle(), 0);
    world.members.pop();
    world.changed();
    world.write(ALICE, "two of us");
    world.flush(ALICE);
    let sent = world.inboxes[BOB].iter().find(|it| it.group_id.is_some());
    let sent = sent.unwrap().clone();
    assert_eq!(world.settle(), 0);
    assert_eq!(world.texts(BOB), ["all three", "two of us"]);
    assert_eq!(world.texts(CAROL), ["all three"]);
    let handed = receive(&world.devices[CAROL], &sent);
    let is_unreadable = matches!(handed, Outcome::Unreadable(Unreadable::Open(_)));
    assert!(is_unreadable, "{handed:?}");
    // Nor is it sent to her when she asks for it.
    world.settle();
    assert_eq!(world.texts(CAROL), ["all three", ""]);
}

#[test]
fn who_is_removed_has_nothing_of_what_was_encrypted_and_not_taken_before() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.write(ALICE, "first");
    assert_eq!(world.settle(), 0);
    let id = world.write(ALICE, "said while she was there");
    let under_way = world.devices[ALICE].outgoing().messages;
    assert_eq!(under_way.len(), 1);
    world.members.pop();
    world.changed();
    world.flush(ALICE);
    let content = |message: &OutgoingMessage| match &message.payload {
        Payload::Content(content) => content.clone(),
        other => panic!("{other:?}"),
    };
    let sent = world.inboxes[BOB].iter().find(|it| it.message_id == id);
    assert_ne!(sent.unwrap().content, content(&under_way[0]));
    assert_eq!(world.settle(), 0);
    assert_eq!(world.texts(BOB).len(), 2);
}

#[test]
fn who_joins_is_given_the_key_as_it_is_and_reads_nothing_from_before() {
    let mut world = World::new(&["alice", "bob"]);
    world.write(ALICE, "before");
    world.flush(ALICE);
    let before = world.inboxes[BOB].last().unwrap().clone();
    assert_eq!(world.settle(), 0);
    let dave = world.add_device("dave", 1);
    world.members.push("dave".to_owned());
    world.changed();
    world.to_users = 0;
    world.write(ALICE, "after");
    assert_eq!(world.settle(), 0);
    assert_eq!(world.to_users, 1, "Bob has the key already");
    assert_eq!(world.texts(dave), ["after"]);
    assert_eq!(world.texts(BOB), ["before", "after"]);
    let handed = receive(&world.devices[dave], &before);
    assert!(matches!(handed, Outcome::Unreadable(_)), "{handed:?}");
}

#[test]
fn another_device_of_a_member_means_another_key_and_reads_what_follows() {
    let mut world = World::new(&["alice", "bob"]);
    world.write(ALICE, "first");
    assert_eq!(world.settle(), 0);
    let tablet = world.add_device("bob", 2);
    world.hears_of_it(tablet);
    // Alice does not know of it: it cannot read this, and asks.
    world.write(ALICE, "second");
    assert_eq!(world.settle(), 1);
    assert_eq!(world.texts(tablet), ["second"]);
    world.write(ALICE, "third");
    assert_eq!(world.settle(), 0);
    for device in [BOB, tablet] {
        assert_eq!(world.texts(device).last().unwrap(), "third");
    }
    // A device that is gone reads nothing more.
    world.known.remove(&tablet);
    let alice = &world.devices[ALICE];
    let gone = alice
        .store()
        .step(|step| devices::forget(step, &user("bob")));
    gone.unwrap();
    world.write(ALICE, "fourth");
    world.flush(ALICE);
    let sent = world.inboxes[BOB].iter().find(|it| it.group_id.is_some());
    let sent = sent.unwrap().clone();
    assert_eq!(world.settle(), 0);
    assert_eq!(world.texts(BOB).last().unwrap(), "fourth");
    let handed = receive(&world.devices[tablet], &sent);
    assert!(matches!(handed, Outcome::Unreadable(_)), "{handed:?}");
}

#[test]
fn own_devices_show_what_the_others_have_written() {
    let mut world = World::new(&["alice", "bob"]);
    let tablet = world.add_device("alice", 2);
    world.hears_of_it(tablet);
    for (device, other) in [(ALICE, tablet), (tablet, ALICE)] {
        let own = [1, 2].map(|it| (DeviceId::new(it).unwrap(), 1));
        let bundles = [world.devices[other].last_resort()];
        let device = &world.devices[device];
        let told = device.store().step(|step| {
            let are_others = device.me.own_devices(step, BTreeMap::from(own)).unwrap();
            device
                .me
                .learn(step, &user("alice"), &bundles)
                .map(|_| are_others)
        });
        assert!(told.unwrap());
    }
    let id = world.write(ALICE, "from the phone");
    world.settle();
    world.write(tablet, "from the tablet");
    world.settle();
    for device in [ALICE, BOB, tablet] {
        assert_eq!(world.texts(device), ["from the phone", "from the tablet"]);
    }
    let store = world.devices[tablet].store();
    let chat = Recipient::Group(group_id());
    let shown = store.step(|step| messages::get(step, &chat, &user("alice"), id));
    assert_eq!(shown.unwrap().unwrap().status, Status::Accepted);
}

#[test]
fn a_key_that_was_lost_is_asked_for_and_so_is_what_it_was_for() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.write(ALICE, "good morning");
    world.flush(ALICE);
    world.inboxes[BOB].retain(|it| it.group_id.is_some());
    assert_eq!(world.settle(), 1);
    assert_eq!(world.texts(BOB), ["good morning"]);
    assert_eq!(world.texts(CAROL), ["good morning"]);
    // He was given the key again, too.
    world.write(ALICE, "and what a morning");
    assert_eq!(world.settle(), 0);
    assert_eq!(world.texts(BOB).last().unwrap(), "and what a morning");
    let chat = Recipient::Group(group_id());
    let store = world.devices[BOB].store();
    let unread = store.step(|step| unread::count(step, &chat));
    assert_eq!(unread.unwrap(), 2);
    let last = store.step(|step| messages::page(step, &chat, None, 1));
    let up_to = last.unwrap()[0].position;
    let read = store.step(|step| unread::read(step, &chat, up_to));
    assert_eq!(read.unwrap().len(), 2);
}

#[test]
fn what_is_asked_for_before_it_is_known_who_is_in_the_group_is_sent_then() {
    let mut world = World::new(&["alice", "bob"]);
    world.write(ALICE, "first");
    assert_eq!(world.settle(), 0);
    let dave = world.add_device("dave", 1);
    world.members.push("dave".to_owned());
    world.epoch += 1;
    world.hears_of_it(dave);
    // Alice has not heard of him, and writes.
    world.write(ALICE, "second");
    world.flush(ALICE);
    assert_eq!(world.sync(dave), 1);
    world.flush(dave);
    let epoch = world.epoch;
    let alice = &world.devices[ALICE];
    let heard = alice
        .store()
        .step(|step| groups::hear(step, &group_id(), epoch));
    assert!(heard.unwrap());
    world.sync(ALICE);
    world.flush(ALICE);
    assert!(
        world.inboxes[dave].is_empty(),
        "it is not known who is in it"
    );
    world.hears_of_it(ALICE);
    world.settle();
    assert_eq!(world.texts(dave), ["second"]);
}

#[test]
fn who_was_removed_speaks_in_the_group_no_more_whatever_could_not_be_read() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    let id = world.write(CAROL, "as it was");
    world.flush(CAROL);
    world.inboxes[BOB].retain(|it| it.group_id.is_some());
    assert_eq!(world.sync(BOB), 1);
    world.members.pop();
    world.changed();
    let [_, bob, carol] = world.devices.as_mut_slice() else {
        panic!("there are three");
    };
    carol.begin(bob);
    let said = elsewhere(carol, "bob", id, "as it never was");
    assert!(matches!(receive(bob, &said), Outcome::Ignored));
    assert_eq!(world.texts(BOB), [""]);
}

#[test]
fn who_has_not_the_key_is_not_told_who_is_writing() {
    let mut world = World::new(&["alice", "bob"]);
    let typing = |world: &World| {
        let alice = &world.devices[ALICE];
        let chat = Recipient::Group(group_id());
        let body = Typing { is_typing: true };
        let signal = alice
            .store()
            .step(|step| alice.me.signal(step, &chat, body, NOW_MS));
        signal.unwrap()
    };
    assert!(typing(&world).is_none());
    world.write(ALICE, "hello");
    assert_eq!(world.settle(), 0);
    let told = typing(&world).unwrap();
    assert!(told.ephemeral && !told.urgent);
    world.add_device("dave", 1);
    world.members.push("dave".to_owned());
    world.changed();
    assert!(typing(&world).is_none());
    // What has no number and cannot be read is nothing that is missing.
    let Payload::Content(content) = told.payload else {
        panic!("it is for a group");
    };
    let envelope = Envelope {
        content,
        seq: None,
        group_id: Some(group_id()),
        message_id: told.message_id,
        ..elsewhere(&world.devices[ALICE], "bob", message_id(70), "")
    };
    let dave = world.devices.last().unwrap();
    let unread = receive(dave, &envelope);
    assert!(matches!(unread, Outcome::Unreadable(_)), "{unread:?}");
    assert!(world.texts(2).is_empty());
    let heard = receive(&world.devices[BOB], &envelope);
    assert!(matches!(heard, Outcome::Typing(_, true)), "{heard:?}");
}

/// What a device sends to a user's first one, saying that it was said in the group.
fn elsewhere(from: &Device, to: &str, id: MessageId, text: &str) -> Envelope {
    let address = from.me.address().clone();
    let ids = BTreeSet::from([DeviceId::PRIMARY]);
    let text = match text {
        "" => "-".to_owned(),
        text => text.to_owned(),
    };
    let content = Content::new(Sent {
        to: Recipient::Group(group_id()),
        message_id: id,
        content: Content::new(Text { text }).encode().unwrap(),
    });
    let content = content.encode().unwrap();
    let message_id = message_id(900);
    let sealed = from
        .store()
        .step(|step| from.me.seal(step, (&user(to), &ids), message_id, &content));
    Envelope {
        message_id,
        from_user_id: address.user_id,
        from_device_id: address.device_id,
        to_user_id: user(to),
        group_id: None,
        seq: None,
        content: sealed.unwrap().remove(&DeviceId::PRIMARY).unwrap(),
        timestamp: NOW_MS,
        urgent: true,
        ack_token: "elsewhere".to_owned(),
    }
}

#[test]
fn nobody_says_anything_in_a_group_by_saying_it_elsewhere() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.write(ALICE, "all three");
    assert_eq!(world.settle(), 0);
    let [_, bob, carol] = world.devices.as_mut_slice() else {
        panic!("there are three");
    };
    carol.begin(bob);
    let envelope = elsewhere(carol, "bob", message_id(50), "forged");
    let heard = receive(&world.devices[BOB], &envelope);
    assert!(matches!(heard, Outcome::Ignored), "{heard:?}");
    assert_eq!(world.texts(BOB), ["all three"]);
}

#[test]
fn a_server_that_moves_things_is_refused() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.write(ALICE, "here");
    assert_eq!(world.settle(), 0);
    world.write(ALICE, "and here only");
    world.flush(ALICE);
    let sent = world.inboxes[BOB].pop().unwrap();
    let elsewhere: GroupId = "0193a1b2-0000-4000-8000-000000000002".parse().unwrap();
    let moved = [
        Envelope {
            group_id: Some(elsewhere),
            ..sent.clone()
        },
        Envelope {
            group_id: None,
            ..sent.clone()
        },
        Envelope {
            from_user_id: user("carol"),
            ..sent.clone()
        },
        Envelope {
            message_id: message_id(99),
            ..sent.clone()
        },
    ];
    for envelope in moved {
        let outcome = receive(&world.devices[BOB], &envelope);
        assert!(matches!(outcome, Outcome::Unreadable(_)), "{outcome:?}");
    }
    let bob = &world.devices[BOB];
    assert!(matches!(receive(bob, &sent), Outcome::Shown(..)));
    assert!(matches!(receive(bob, &sent), Outcome::Before));
    assert_eq!(
        world.texts(BOB).iter().filter(|it| !it.is_empty()).count(),
        2
    );
}

#[test]
fn a_message_is_delivered_when_every_member_has_it() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    let id = world.write(ALICE, "hello");
    world.settle();
    let alice = &world.devices[ALICE];
    let told = |by: &str, status| {
        let receipt = Receipt {
            message_id: id,
            by_user_id: user(by),
            by_device_id: DeviceId::PRIMARY,
            group_id: Some(group_id()),
            status,
            timestamp: NOW_MS,
            ack_token: None,
        };
        let told = alice.store().step(|step| alice.me.receipt(step, &receipt));
        told.unwrap().map(|it| it.status)
    };
    assert_eq!(told("bob", ReceiptStatus::Read), None);
    assert_eq!(
        told("carol", ReceiptStatus::Delivered),
        Some(Status::Delivered)
    );
    assert_eq!(told("carol", ReceiptStatus::Read), Some(Status::Read));
    let by = alice
        .store()
        .step(|step| receipts::of(step, &group_id(), id));
    assert_eq!(by.unwrap().len(), 2);
}

#[test]
fn a_key_serves_a_hundred_messages() {
    let mut world = World::new(&["alice", "bob"]);
    for number in 0..101 {
        world.write(ALICE, &format!("{number}"));
    }
    assert_eq!(world.settle(), 0);
    assert_eq!(world.to_users, 2);
    let expected: Vec<_> = (0..101).map(|it| it.to_string()).collect();
    assert_eq!(world.texts(BOB), expected);
}

//! What is written on one device and shown on another, over a server that may lie.

use super::NOW_MS;
use super::device::Device;
use heliograph_client::content::{Content, Resend, Text};
use heliograph_client::engine::{Answered, Outcome, Shown};
use heliograph_client::history::HOLD_MS;
use heliograph_client::store::messages::{self, Status};
use heliograph_client::store::{StoreError, acks, chats};
use heliograph_protocol::event::Envelope;
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::reply::SendResult;
use heliograph_protocol::request::{OutgoingMessage, Payload, ReceiptStatus, Recipient};
use heliograph_protocol::{DeviceId, MessageId};

impl Device {
    fn say(&self, to: &Device, number: u64, text: &str) -> MessageId {
        let message_id = super::device::message_id(number);
        let text = text.to_owned();
        let to = Recipient::from(&to.me.address().user_id);
        let written = self.store().step(|step| {
            let shown = self
                .me
                .write(step, (&to, message_id), Text { text }.into(), NOW_MS);
            Ok::<_, StoreError>(shown.unwrap())
        });
        assert_eq!(written.unwrap().len(), 1);
        message_id
    }

    /// The texts of a chat; nothing where one could not be read.
    fn texts(&self, with: &Device) -> Vec<String> {
        let chat = Recipient::User(with.me.address().user_id.clone());
        let page = self
            .store()
            .step(|step| messages::page(step, &chat, None, 100));
        let text = |body: &[u8]| match Content::decode(body) {
            Ok(content) => match content.body {
                heliograph_client::content::Body::Text(text) => text.text,
                other => format!("{other:?}"),
            },
            Err(_) => String::new(),
        };
        page.unwrap().iter().map(|it| text(&it.body)).collect()
    }

    /// Sends what can be, where the server hands out these keys; gives what the other one is to be handed.
    fn sends(&self, to: &Device, bundle: &mut dyn FnMut() -> PrekeyBundle) -> Vec<Envelope> {
        let mut rounds = 0..10;
        loop {
            assert!(rounds.next().is_some(), "somebody is never known");
            let outgoing = self.outgoing();
            if outgoing.unknown.is_empty() {
                return outgoing
                    .messages
                    .into_iter()
                    .map(|message| self.accepted(to, message))
                    .collect();
            }
            let bundles = [bundle()];
            let user = &to.me.address().user_id;
            let learnt = self
                .store()
                .step(|step| self.me.learn(step, user, &bundles));
            _ = learnt.unwrap();
        }
    }

    fn accepted(&self, to: &Device, message: OutgoingMessage) -> Envelope {
        let result = SendResult::accepted(message.message_id, NOW_MS);
        let answered = self
            .store()
            .step(|step| self.me.answered(step, &result, NOW_MS));
        assert!(matches!(answered.unwrap(), Answered::Settled { .. }));
        let contents = match message.payload {
            Payload::Contents(contents) => Some(contents),
            Payload::Content(_) => None,
        };
        let mut contents = contents.unwrap();
        Envelope {
            content: contents.remove(&to.me.address().device_id).unwrap(),
            ..envelope_of(self, to, message.message_id)
        }
    }

    fn receives(&self, envelope: &Envelope) -> Outcome {
        let received = self
            .store()
            .step(|step| self.me.receive(step, envelope, NOW_MS));
        received.unwrap().outcome
    }

    /// Takes all, and gives how many could not be read.
    fn takes(&self, envelopes: &[Envelope]) -> usize {
        let outcomes = envelopes.iter().map(|it| self.receives(it));
        outcomes
            .filter(|it| matches!(it, Outcome::Unreadable(_)))
            .count()
    }
}

/// Hands over what both send, until neither has anything to send; gives how many could not be read.
fn settle(one: &Device, other: &Device) -> usize {
    let mut unread = 0;
    for round in 0.. {
        assert!(round < 10, "they never come to an end");
        let sent = one.sends(other, &mut || other.last_resort());
        unread += other.takes(&sent);
        let answers = other.sends(one, &mut || one.last_resort());
        unread += one.takes(&answers);
        if sent.is_empty() && answers.is_empty() {
            break;
        }
    }
    unread
}

#[test]
fn a_message_is_shown_once_and_acked_each_time() {
    let (alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    let id = alice.say(&bob, 1, "hello");
    let bundle = bob.bundle();
    let sent = alice.sends(&bob, &mut || bundle.clone());
    let Outcome::Shown(chat, shown) = bob.receives(&sent[0]) else {
        panic!("it is shown");
    };
    assert_eq!(chat, Recipient::User("alice".parse().unwrap()));
    assert!(matches!(&shown[..], [Shown::Message(it)] if it.position.message_id == id));
    assert!(matches!(bob.receives(&sent[0]), Outcome::Before));
    assert_eq!(bob.texts(&alice), ["hello"]);
    let owed = bob
        .store()
        .step(|step| acks::some(step, ReceiptStatus::Delivered, 9));
    assert_eq!(owed.unwrap(), [sent[0].ack_token.clone()]);
    let listed = alice.store().step(chats::list).unwrap();
    assert_eq!(listed, [Recipient::User("bob".parse().unwrap())]);
    let chat = alice
        .store()
        .step(|step| messages::page(step, &listed[0], None, 9));
    assert_eq!(chat.unwrap()[0].status, Status::Accepted);
}

#[test]
fn what_is_not_answered_is_sent_again_as_it_was() {
    let (mut alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    let bundle = bob.bundle();
    alice.say(&bob, 1, "hello");
    let user = &bob.me.address().user_id;
    let learnt = alice
        .store()
        .step(|step| alice.me.learn(step, user, std::slice::from_ref(&bundle)));
    _ = learnt.unwrap();
    let first = alice.outgoing();
    alice.restart();
    let again = alice.outgoing();
    assert_eq!(first.messages, again.messages);
}

#[test]
fn one_time_keys_that_were_handed_out_twice_cost_a_round_trip() {
    let (alice, carol) = (Device::new("alice", 1), Device::new("carol", 1));
    let mut bob = Device::new("bob", 1);
    // The server gives both the same keys, which are good once.
    let bundle = bob.bundle();
    alice.say(&bob, 1, "first");
    carol.say(&bob, 2, "second");
    bob.takes(&alice.sends(&bob, &mut || bundle.clone()));
    assert_eq!(bob.takes(&carol.sends(&bob, &mut || bundle.clone())), 1);
    assert_eq!(bob.texts(&carol), [""], "it is shown that there was one");
    assert_eq!(settle(&bob, &carol), 0);
    assert_eq!(bob.texts(&carol), ["second"]);
    assert_eq!(settle(&bob, &alice), 0);
    assert_eq!(bob.texts(&alice), ["first"]);
}

#[test]
fn a_store_that_was_brought_back_is_understood_again() {
    let (alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    alice.say(&bob, 1, "one");
    settle(&alice, &bob);
    bob.say(&alice, 2, "two");
    settle(&alice, &bob);
    let copy = bob.copy();
    for number in 3..9 {
        let (from, to) = match number % 2 {
            0 => (&bob, &alice),
            _ => (&alice, &bob),
        };
        from.say(to, number, "lost");
        settle(&alice, &bob);
    }
    bob.bring_back(&copy);
    alice.say(&bob, 10, "do you hear me?");
    assert_eq!(settle(&alice, &bob), 1);
    // What it answers does not come any more, so it is not waited for long.
    assert_eq!(bob.texts(&alice), ["one", "two"]);
    let later = NOW_MS + HOLD_MS;
    let shown = bob.store().step(|step| bob.me.show_due(step, later));
    assert!(matches!(
        &shown.unwrap().unwrap().1[..],
        [Shown::Message(_), Shown::GapOpened(_)]
    ));
    assert_eq!(bob.texts(&alice), ["one", "two", "do you hear me?"]);
    bob.say(&alice, 11, "I do");
    assert_eq!(settle(&alice, &bob), 0);
    assert_eq!(alice.texts(&bob).pop().unwrap(), "I do");
}

#[test]
fn nobody_is_asked_for_ever() {
    let (alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    alice.say(&bob, 1, "hello");
    let bundle = bob.bundle();
    let mut sent = alice.sends(&bob, &mut || bundle.clone());
    let envelope = &mut sent[0];
    for number in 0..150 {
        envelope.message_id = super::device::message_id(1_000 + number);
        assert_eq!(bob.takes(std::slice::from_ref(envelope)), 1);
    }
    let mut asked = 0;
    loop {
        let sent = bob.sends(&alice, &mut || alice.last_resort());
        if sent.is_empty() {
            break;
        }
        asked += sent.len();
    }
    assert_eq!(asked, 100);
}

#[test]
fn what_was_said_stays_said_whatever_comes_under_its_id() {
    let (alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    alice.say(&bob, 1, "hello");
    let bundle = bob.bundle();
    let sent = alice.sends(&bob, &mut || bundle.clone());
    assert_eq!(bob.takes(&sent), 0);
    // The server invents a device of hers.
    let mut invented = sent[0].clone();
    invented.from_device_id = DeviceId::new(9).unwrap();
    assert_eq!(bob.takes(&[invented]), 1);
    assert_eq!(bob.texts(&alice), ["hello"]);
    // That device is in no answer to `keys.fetch`: it stands in nobody's way.
    bob.say(&alice, 2, "hello yourself");
    assert_eq!(settle(&bob, &alice), 0);
    assert_eq!(alice.texts(&bob), ["hello", "hello yourself"]);
}

#[test]
fn what_was_said_long_ago_is_not_sent_again() {
    let (alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    let id = alice.say(&bob, 1, "hello");
    let bundle = bob.bundle();
    bob.takes(&alice.sends(&bob, &mut || bundle.clone()));
    let asks = |number: u64, now_ms: u64| {
        let resend = Content::new(Resend { message_id: id }).encode().unwrap();
        let to = alice.me.address();
        let bundles = [alice.last_resort()];
        let learnt = bob
            .store()
            .step(|step| bob.me.learn(step, &to.user_id, &bundles));
        _ = learnt.unwrap();
        let message_id = super::device::message_id(number);
        let devices = std::collections::BTreeSet::from([to.device_id]);
        let sealed = bob.store().step(|step| {
            bob.me
                .seal(step, (&to.user_id, &devices), message_id, &resend)
        });
        let asked = Envelope {
            message_id,
            from_user_id: bob.me.address().user_id.clone(),
            to_user_id: to.user_id.clone(),
            content: sealed.unwrap().remove(&to.device_id).unwrap(),
            ..envelope_of(&alice, &bob, id)
        };
        let received = alice
            .store()
            .step(|step| alice.me.receive(step, &asked, now_ms));
        assert!(matches!(received.unwrap().outcome, Outcome::Ignored));
        alice.sends(&bob, &mut || bundle.clone()).len()
    };
    assert_eq!(asks(10, NOW_MS + 1_000), 1);
    assert_eq!(asks(11, NOW_MS + 2 * super::DAY_MS), 0);
}

/// An envelope of a message, of which only the form matters.
fn envelope_of(from: &Device, to: &Device, message_id: MessageId) -> Envelope {
    Envelope {
        message_id,
        from_user_id: from.me.address().user_id.clone(),
        from_device_id: from.me.address().device_id,
        to_user_id: to.me.address().user_id.clone(),
        group_id: None,
        seq: None,
        content: String::new(),
        timestamp: NOW_MS,
        urgent: true,
        ack_token: format!("token of {message_id}"),
    }
}

//! People with devices, a group of theirs, and a server between them.

use super::NOW_MS;
use super::device::{Device, message_id};
use heliograph_client::content::{Body, Content, Text};
use heliograph_client::engine::Outcome;
use heliograph_client::history::HOLD_MS;
use heliograph_client::store::StoreError;
use heliograph_client::store::messages::{self};
use heliograph_protocol::error::ErrorBody;
use heliograph_protocol::event::Envelope;
use heliograph_protocol::groups::{Group, GroupMember, Role};
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::reply::SendResult;
use heliograph_protocol::request::{OutgoingMessage, Payload, Recipient};
use heliograph_protocol::{GroupId, MessageId, UserId};
use std::collections::BTreeSet;

/// Devices, and a server between them that hands over what it is told to.
pub(crate) struct World {
    pub(crate) devices: Vec<Device>,
    /// What waits for each device.
    pub(crate) inboxes: Vec<Vec<Envelope>>,
    /// Which devices the server knows of.
    pub(crate) known: BTreeSet<usize>,
    pub(crate) members: Vec<String>,
    pub(crate) epoch: u64,
    pub(crate) seq: u64,
    pub(crate) written: u64,
    /// How many messages went to one user only.
    pub(crate) to_users: usize,
}

pub(crate) fn group_id() -> GroupId {
    "0193a1b2-0000-4000-8000-000000000001".parse().unwrap()
}

pub(crate) fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

impl World {
    /// Everybody has one device and is in the group.
    pub(crate) fn new(names: &[&str]) -> Self {
        let mut world = Self {
            devices: Vec::new(),
            inboxes: Vec::new(),
            known: BTreeSet::new(),
            members: names.iter().map(|name| (*name).to_owned()).collect(),
            epoch: 0,
            seq: 0,
            written: 0,
            to_users: 0,
        };
        for name in names {
            world.add_device(name, 1);
        }
        world.changed();
        world
    }

    pub(crate) fn add_device(&mut self, name: &str, number: u8) -> usize {
        self.devices.push(Device::new(name, number));
        self.inboxes.push(Vec::new());
        self.known.insert(self.devices.len() - 1);
        self.devices.len() - 1
    }

    pub(crate) fn name(&self, device: usize) -> &str {
        self.devices[device].me.address().user_id.as_str()
    }

    /// The group is another one now, and all who are in it know.
    pub(crate) fn changed(&mut self) {
        self.epoch += 1;
        for device in self.known.clone() {
            self.hears_of_it(device);
        }
    }

    pub(crate) fn hears_of_it(&self, device: usize) {
        let member = |name: &String| GroupMember {
            user_id: user(name),
            role: Role::Member,
            joined_at: NOW_MS,
        };
        let group = Group {
            group_id: group_id(),
            name: "friends".to_owned(),
            photo_media_id: None,
            announce_only: false,
            epoch: self.epoch,
            created_at: NOW_MS,
            created_by: user("alice"),
            max_members: 256,
            members: self.members.iter().map(member).collect(),
        };
        let is_member = self.members.iter().any(|it| it == self.name(device));
        let device = &self.devices[device];
        let done = device.store().step(|step| match is_member {
            true => device.me.learn_group(step, &group, NOW_MS),
            false => device
                .me
                .not_in_group(step, (&group_id(), self.epoch))
                .map(drop),
        });
        done.unwrap();
    }

    pub(crate) fn write(&mut self, by: usize, text: &str) -> MessageId {
        self.written += 1;
        let (id, text) = (message_id(self.written), text.to_owned());
        let device = &self.devices[by];
        let chat = Recipient::Group(group_id());
        let written = device.store().step(|step| {
            let shown = device
                .me
                .write(step, (&chat, id), Text { text }.into(), NOW_MS);
            Ok::<_, StoreError>(shown.unwrap())
        });
        assert_eq!(written.unwrap().len(), 1);
        id
    }

    pub(crate) fn devices_of(&self, user_id: &UserId) -> Vec<usize> {
        let known = self.known.iter().copied();
        known
            .filter(|it| self.devices[*it].me.address().user_id == *user_id)
            .collect()
    }

    /// A device sends all that it has.
    pub(crate) fn flush(&mut self, by: usize) {
        for round in 0.. {
            assert!(round < 50, "it never comes to an end");
            let outgoing = self.devices[by].outgoing();
            if outgoing.messages.is_empty() && outgoing.unknown.is_empty() {
                return;
            }
            for user_id in outgoing.unknown {
                let devices = self.devices_of(&user_id).into_iter();
                let bundles: Vec<PrekeyBundle> = devices
                    .filter(|it| *it != by)
                    .map(|it| self.devices[it].last_resort())
                    .collect();
                let device = &self.devices[by];
                let learnt = device
                    .store()
                    .step(|step| device.me.learn(step, &user_id, &bundles));
                _ = learnt.unwrap();
            }
            for message in outgoing.messages {
                self.accept(by, message);
            }
        }
    }

    pub(crate) fn accept(&mut self, by: usize, message: OutgoingMessage) {
        let from = self.devices[by].me.address().clone();
        let envelope = |to: &Device, content: &str, group_id, seq| Envelope {
            message_id: message.message_id,
            from_user_id: from.user_id.clone(),
            from_device_id: from.device_id,
            to_user_id: to.me.address().user_id.clone(),
            group_id,
            seq,
            content: content.to_owned(),
            timestamp: NOW_MS,
            urgent: true,
            ack_token: format!("{}", message.message_id),
        };
        let result = match (&message.to, &message.payload) {
            (Recipient::User(user_id), Payload::Contents(contents)) => {
                self.to_users += 1;
                for to in self.devices_of(user_id) {
                    let device = &self.devices[to];
                    let content = contents.get(&device.me.address().device_id);
                    if let Some(content) = content {
                        self.inboxes[to].push(envelope(device, content, None, None));
                    }
                }
                SendResult::accepted(message.message_id, NOW_MS)
            }
            (Recipient::Group(group_id), Payload::Content(content)) => {
                self.seq += 1;
                for to in self.known.iter().copied().filter(|it| *it != by) {
                    if self.members.iter().any(|it| it == self.name(to)) {
                        let device = &self.devices[to];
                        let group_id = Some(group_id.clone());
                        let sent = envelope(device, content, group_id, Some(self.seq));
                        self.inboxes[to].push(sent);
                    }
                }
                SendResult::accepted_in_group(message.message_id, NOW_MS, self.seq)
            }
            _ => SendResult::refused(message.message_id, ErrorBody::bad_request("neither")),
        };
        let device = &self.devices[by];
        let answered = device
            .store()
            .step(|step| device.me.answered(step, &result, NOW_MS));
        answered.unwrap();
    }

    /// A device gets what waits for it; gives how many could not be read.
    pub(crate) fn sync(&mut self, device: usize) -> usize {
        let mut waits = std::mem::take(&mut self.inboxes[device]);
        waits.sort_by_key(|it| it.message_id);
        let device = &self.devices[device];
        let outcomes = waits.iter().map(|it| receive(device, it));
        outcomes
            .filter(|it| matches!(it, Outcome::Unreadable(_)))
            .count()
    }

    /// All send and get what there is, until there is nothing; gives how many could not be read meanwhile.
    pub(crate) fn settle(&mut self) -> usize {
        let mut unread = 0;
        for round in 0.. {
            assert!(round < 20, "they never come to an end");
            for device in self.known.clone() {
                self.flush(device);
            }
            if self.inboxes.iter().all(Vec::is_empty) {
                return unread;
            }
            for device in self.known.clone() {
                unread += self.sync(device);
            }
        }
        unread
    }

    /// Nobody waits any longer for what does not come.
    pub(crate) fn show_all(&self, device: usize) {
        let device = &self.devices[device];
        let late = NOW_MS + HOLD_MS + 1;
        let shown = device.store().step(|step| {
            while device.me.show_due(step, late)?.is_some() {}
            Ok::<_, StoreError>(())
        });
        shown.unwrap();
    }

    pub(crate) fn texts(&self, device: usize) -> Vec<String> {
        let chat = Recipient::Group(group_id());
        let store = self.devices[device].store();
        let page = store.step(|step| messages::page(step, &chat, None, 1_000));
        let text = |body: &[u8]| match Content::decode(body).map(|it| it.body) {
            Ok(Body::Text(text)) => text.text,
            _ => String::new(),
        };
        page.unwrap().iter().map(|it| text(&it.body)).collect()
    }
}

pub(crate) fn receive(device: &Device, envelope: &Envelope) -> Outcome {
    let received = device
        .store()
        .step(|step| device.me.receive(step, envelope, NOW_MS));
    received.unwrap().outcome
}

//! Devices, and a network that loses, repeats and reorders.

use super::samples::{address, id};
use super::store::{Says, Store};
use crate::DeviceAddress;
use crate::history::{Change, Chat, HELD_MAX, HOLD_MS, Mark, Message, MessageRef, Position, Start};
use heliograph_protocol::MessageId;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Device {
    pub(super) address: DeviceAddress,
    pub(super) chat: Chat,
    pub(super) store: Store,
    /// By how much its clock is wrong, in ms.
    skew_ms: i64,
    /// What was sent to it and has not come: by its place in the world's list of messages.
    waiting: Vec<usize>,
}

/// Is a group in which whatever is sent is numbered, as the server does.
pub(super) struct World {
    pub(super) devices: Vec<Device>,
    pub(super) sent: Vec<(Message, Says)>,
    /// What was shown where a message was written, and what before that: its causes.
    pub(super) causes: BTreeMap<MessageId, BTreeSet<Position>>,
    pub(super) now_ms: u64,
    opened: BTreeMap<(usize, Position), u64>,
}

impl World {
    /// Begins with as many devices, three users of which share them, and by how much their clocks are wrong.
    pub(super) fn new(skews_ms: &[i64]) -> Self {
        let device = |(n, skew_ms): (usize, &i64)| {
            let address = address(&format!("user-{}", n % 3), if n < 3 { 1 } else { 2 });
            Device {
                chat: Chat::new(address.clone(), Start::First),
                address,
                store: Store::default(),
                skew_ms: *skew_ms,
                waiting: Vec::new(),
            }
        };
        Self {
            devices: skews_ms.iter().enumerate().map(device).collect(),
            sent: Vec::new(),
            causes: BTreeMap::new(),
            now_ms: 1_000_000,
            opened: BTreeMap::new(),
        }
    }

    /// Has a device write something, about one of the messages that were ever sent or about none.
    pub(super) fn write(&mut self, by: usize, what: u8, about: usize) {
        let says = self.says(by, what, about);
        let place = self.sent.len();
        let number = place as u64;
        let now_ms = self.now_ms;
        let device = &mut self.devices[by];
        let id = id(now_ms.saturating_add_signed(device.skew_ms), number);
        let mut causes = BTreeSet::new();
        for shown in &device.store.inserted {
            if causes.insert(*shown) {
                causes.extend(&self.causes[&shown.message_id]);
            }
        }
        self.causes.insert(id, causes);
        device
            .store
            .come
            .insert(id, (device.address.user_id.clone(), says.clone()));
        let (clock, mut changes) = device.chat.write(id, now_ms);
        changes.extend(device.chat.note_seq(number + 1, now_ms));
        let message = Message {
            id,
            from: device.address.clone(),
            clock: Some(clock),
            seq: Some(number + 1),
        };
        self.sent.push((message, says));
        self.apply(by, &changes);
        let others = self
            .devices
            .iter_mut()
            .enumerate()
            .filter(|(n, _)| *n != by);
        others.for_each(|(_, device)| device.waiting.push(place));
    }

    /// Marks may be about what has not come yet: a user's other device may have seen it.
    fn says(&self, by: usize, what: u8, about: usize) -> Says {
        let user_id = &self.devices[by].address.user_id;
        let Some((message, _)) = self.sent.get(about % self.sent.len().max(1)) else {
            return Says::Text;
        };
        let target = MessageRef {
            author: message.from.user_id.clone(),
            message_id: message.id,
        };
        let is_own = &target.author == user_id;
        let number = self.sent.len() as u64;
        match what % 8 {
            0 | 1 if is_own => Says::Mark(target, Mark::Edit(number.to_string())),
            2 if is_own => Says::Mark(target, Mark::Delete),
            3 => Says::Mark(target, Mark::Reaction(None)),
            4 | 5 => Says::Mark(target, Mark::Reaction(Some(number.to_string()))),
            6 => Says::Timer(what.into()),
            _ => Says::Text,
        }
    }

    /// Delivers one of what waits for a device, and lets it wait further where it is to come again.
    pub(super) fn deliver(&mut self, to: usize, which: usize, again: bool) {
        let waiting = &mut self.devices[to].waiting;
        if waiting.is_empty() {
            return;
        }
        let at = which % waiting.len();
        let number = if again {
            waiting[at]
        } else {
            waiting.remove(at)
        };
        let (message, says) = self.sent[number].clone();
        let device = &mut self.devices[to];
        device
            .store
            .come
            .insert(message.id, (message.from.user_id.clone(), says));
        let changes = device.chat.receive(message, self.now_ms);
        self.apply(to, &changes);
    }

    /// Lets time go by, and each device do what it wants to do meanwhile.
    pub(super) fn wait(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        loop {
            let ticks = self
                .devices
                .iter()
                .filter_map(|device| device.chat.next_tick());
            let next = ticks.min().filter(|next| *next <= until);
            self.now_ms = self.now_ms.max(next.unwrap_or(until));
            for n in 0..self.devices.len() {
                let changes = self.devices[n].chat.tick(self.now_ms);
                self.apply(n, &changes);
            }
            if next.is_none() {
                return;
            }
        }
    }

    /// Has a device die and come back with what it has stored.
    pub(super) fn restart(&mut self, which: usize) {
        let chat = &mut self.devices[which].chat;
        let bytes = rmp_serde::to_vec_named(chat).unwrap();
        let json = serde_json::to_string(chat).unwrap();
        *chat = rmp_serde::from_slice(&bytes).unwrap();
        assert_eq!(*chat, serde_json::from_str(&json).unwrap());
    }

    /// Repairs what was lost, as a `sync` does.
    pub(super) fn sync(&mut self) {
        for to in 0..self.devices.len() {
            while !self.devices[to].waiting.is_empty() {
                self.deliver(to, 0, false);
            }
        }
    }

    fn apply(&mut self, at: usize, changes: &[Change]) {
        for change in changes {
            if let Change::GapOpened(before) = change {
                self.opened.insert((at, *before), self.now_ms);
            }
        }
        let device = &mut self.devices[at];
        device.store.apply(changes);
        assert!(device.chat.held_back() <= HELD_MAX);
        let next = device.chat.next_tick();
        assert!(next.is_none_or(|next| self.now_ms < next && next <= self.now_ms + HOLD_MS));
        self.check_causes(at, changes);
    }

    /// Whatever is inserted has its causes before it, or has a gap, or has one somewhere among its causes.
    fn check_causes(&self, at: usize, changes: &[Change]) {
        let store = &self.devices[at].store;
        for change in changes {
            let Change::Insert(position) = change else {
                continue;
            };
            let causes = &self.causes[&position.message_id];
            let is_marked = |position: &Position| self.opened.contains_key(&(at, *position));
            let has_gap = is_marked(position) || causes.iter().any(is_marked);
            assert!(has_gap || causes.is_subset(&store.inserted));
        }
    }
}

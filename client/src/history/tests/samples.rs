//! People, ids and messages to test with.

use crate::DeviceAddress;
use crate::history::{Chat, Clock, Dot, Message, Position, Start};
use heliograph_protocol::{DeviceId, MessageId};

pub(super) fn address(user: &str, device: u8) -> DeviceAddress {
    let device_id = DeviceId::new(device).unwrap();
    DeviceAddress::from((user.parse().unwrap(), device_id))
}

pub(super) fn dot(user: &str, count: u64) -> Dot {
    let from = address(user, 1);
    Dot { from, count }
}

pub(super) fn id(created_at: u64, number: u64) -> MessageId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    MessageId::new(created_at, &random)
}

/// Somebody in a chat who writes, but hears nobody unless told to.
pub(super) struct Person {
    pub(super) address: DeviceAddress,
    pub(super) chat: Chat,
}

impl Person {
    pub(super) fn new(name: &str) -> Self {
        Self::started(name, Start::First)
    }

    pub(super) fn started(name: &str, start: Start) -> Self {
        let address = address(name, 1);
        let chat = Chat::new(address.clone(), start);
        Self { address, chat }
    }

    /// Writes a message at a time, which is its id's too.
    pub(super) fn write(&mut self, at_ms: u64) -> Message {
        let id = id(at_ms, 0);
        let (clock, _) = self.chat.write(id, at_ms);
        self.message(id, clock)
    }

    pub(super) fn message(&self, id: MessageId, clock: Clock) -> Message {
        Message {
            id,
            from: self.address.clone(),
            clock: Some(clock),
            seq: None,
        }
    }

    pub(super) fn hears(&mut self, message: &Message) {
        self.chat.receive(message.clone(), message.id.created_at());
    }
}

pub(super) fn position(message: &Message) -> Position {
    message.position()
}

pub(super) fn numbered(message: Message, seq: u64) -> Message {
    Message {
        seq: Some(seq),
        ..message
    }
}

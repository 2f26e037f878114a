//! What a message says of those before it.

use super::Position;
use crate::DeviceAddress;
use heliograph_protocol::limits::{MESSAGE_AHEAD_MS_MAX, MESSAGE_BEHIND_MS_MAX};
use heliograph_protocol::{DeviceId, MessageId, UserId};
use serde::{Deserialize, Serialize};

/// Bounds the heads that a message names. Chosen here: they are as many as devices have written at once
/// since anybody saw it all, which is one or two in most chats. What is left out is named next time, and
/// costs a wait at most: the order is right without.
pub const HEADS_MAX: usize = 16;

/// Bounds how far a message may stand behind the time of its id, in milliseconds.
///
/// The server takes ids from 30 days behind to a day ahead of its own time (protocol §4), so an honest
/// writer whose clock is as slow as it may be sees messages 31 days ahead; a day is left to spare. Without
/// a bound one lie would put whoever answers it behind all others for good.
pub const AHEAD_MS_MAX: u64 = MESSAGE_BEHIND_MS_MAX + 2 * MESSAGE_AHEAD_MS_MAX;

/// Bounds a device's count: an integer that every language's numbers hold.
pub const COUNT_MAX: u64 = (1 << 53) - 1;

/// Names a message by who wrote it and as their how manieth of the chat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(UserId, DeviceId, u64)", into = "(UserId, DeviceId, u64)")]
pub struct Dot {
    /// The device that wrote it.
    pub from: DeviceAddress,
    /// How many of the chat it had written then, this one counted.
    pub count: u64,
}

impl From<(UserId, DeviceId, u64)> for Dot {
    fn from((user_id, device_id, count): (UserId, DeviceId, u64)) -> Self {
        let from = DeviceAddress { user_id, device_id };
        Self { from, count }
    }
}

impl From<Dot> for (UserId, DeviceId, u64) {
    fn from(dot: Dot) -> Self {
        (dot.from.user_id, dot.from.device_id, dot.count)
    }
}

/// Is a message's place among causes and effects, as it travels with the message.
///
/// Its writer has seen: what it wrote itself before, the heads, and whatever their writers had seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// How many messages of the chat the device has written, this one counted.
    pub count: u64,
    /// By how much the message's height exceeds the time of its id, in milliseconds: 0 unless its writer's
    /// clock is behind what it had seen.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ahead_ms: u64,
    /// The last messages of others that its writer had seen, without those that another one's writer had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<Dot>,
}

#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Reports a clock that no honest device makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClock {
    /// A count is 0 or over [`COUNT_MAX`].
    #[error("a count of messages out of bounds")]
    Count,
    /// The height is further ahead than [`AHEAD_MS_MAX`].
    #[error("{0} ms ahead of its time")]
    Ahead(u64),
    /// There are more than [`HEADS_MAX`] heads.
    #[error("{0} heads")]
    Heads(usize),
}

impl Clock {
    /// Tells where the message of that id stands.
    pub fn position(&self, message_id: MessageId) -> Position {
        let ahead_ms = self.ahead_ms.min(AHEAD_MS_MAX);
        Position {
            height: message_id.created_at() + ahead_ms,
            message_id,
        }
    }

    /// Checks that it is within bounds.
    ///
    /// # Errors
    /// [`InvalidClock`] says what is not.
    pub fn check(&self) -> Result<(), InvalidClock> {
        let counts = self.heads.iter().map(|head| head.count);
        if !counts
            .chain([self.count])
            .all(|count| (1..=COUNT_MAX).contains(&count))
        {
            return Err(InvalidClock::Count);
        }
        if self.ahead_ms > AHEAD_MS_MAX {
            return Err(InvalidClock::Ahead(self.ahead_ms));
        }
        match self.heads.len() {
            0..=HEADS_MAX => Ok(()),
            heads => Err(InvalidClock::Heads(heads)),
        }
    }
}

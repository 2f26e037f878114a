//! Work for later, off the path of whoever waits for an answer.

use crate::Context;
use crate::address::Address;
use crate::ports::ConnectionId;
use async_trait::async_trait;
use heliograph_protocol::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use std::error::Error;

/// Something to do later, at least once, in no order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// A user may have come or gone: tell who watches how they are now.
    Presence {
        /// Who.
        user_id: UserId,
        /// When, and by which device.
        #[serde(flatten)]
        moment: Moment,
        /// Behind which watcher to go on; the others have been told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// An urgent entry waits for a device that is away: wake it.
    Notify {
        /// The device.
        device: Address,
        /// The entry's name in its inbox.
        entry: String,
        /// The connection that did not take the entry: while the device has that one, it is away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tried: Option<ConnectionId>,
    },
    /// Something was sent to a group: carry it to its members.
    FanOut {
        /// To which; one group's work is not to make another's wait.
        group_id: GroupId,
        /// What.
        sent: String,
        /// Which note of the sweep's goes when that is done.
        due_at: u64,
    },
    /// Members have a message to a group: tell its sender.
    Receipts {
        /// The message.
        sent: String,
        /// When, in milliseconds since the Unix epoch: what is said until then is told together.
        at_ms: u64,
        /// Which row of members has so much to say that only theirs is told; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<u8>,
    },
}

/// When a user may have come or gone, and by which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// When the device was made: a former holder's of the account is older than the account.
    #[serde(default)]
    pub device_created_at: u64,
}

/// A queue: one for each kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueueName {
    /// [`Job::Presence`].
    Presence,
    /// [`Job::Notify`].
    Notifications,
    /// [`Job::FanOut`].
    FanOut,
    /// [`Job::Receipts`].
    Receipts,
}

impl Job {
    /// The queue that it goes to.
    pub fn queue(&self) -> QueueName {
        match self {
            Job::Presence { .. } => QueueName::Presence,
            Job::Notify { .. } => QueueName::Notifications,
            Job::FanOut { .. } => QueueName::FanOut,
            Job::Receipts { .. } => QueueName::Receipts,
        }
    }

    /// Whose work it is, where others' is not to wait for it.
    pub fn group_id(&self) -> Option<&GroupId> {
        match self {
            Job::FanOut { group_id, .. } => Some(group_id),
            Job::Presence { .. } | Job::Notify { .. } | Job::Receipts { .. } => None,
        }
    }

    /// When it is to be done, in milliseconds since the Unix epoch; 0 is now.
    pub fn due_at(&self) -> u64 {
        match self {
            Job::Receipts { at_ms, .. } => *at_ms,
            Job::Presence { .. } | Job::Notify { .. } | Job::FanOut { .. } => 0,
        }
    }
}

impl QueueName {
    /// Every queue.
    pub const ALL: [Self; 4] = [
        Self::Presence,
        Self::Notifications,
        Self::FanOut,
        Self::Receipts,
    ];

    /// The queue's name in configuration and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Notifications => "notifications",
            Self::FanOut => "fan-out",
            Self::Receipts => "receipts",
        }
    }
}

/// Queues work: SQS, or workers in the same process.
///
/// An adapter charges the context's meter with one request a batch of 10.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Queues jobs. Those of [`QueueName::Notifications`] and [`QueueName::Receipts`] outlive the process;
    /// those of [`QueueName::FanOut`] need not, as whoever queues one has noted it.
    ///
    /// # Errors
    /// When some may not have been taken.
    async fn send(&self, cx: &Context, jobs: Vec<Job>) -> Result<(), QueueError>;
}

/// Jobs that may not have been taken; the cause is its `source`.
#[derive(Debug, thiserror::Error)]
#[error("job not queued")]
pub struct QueueError(#[source] Box<dyn Error + Send + Sync>);

impl QueueError {
    /// Makes an error with its cause.
    pub fn because(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

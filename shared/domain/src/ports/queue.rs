//! Work for later, off the path of whoever waits for an answer.

use crate::Context;
use crate::address::Address;
use crate::ports::ConnectionId;
use async_trait::async_trait;
use heliograph_protocol::UserId;
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
        /// When, in milliseconds since the Unix epoch.
        at_ms: u64,
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
}

/// A queue: one for each kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueueName {
    /// [`Job::Presence`].
    Presence,
    /// [`Job::Notify`].
    Notifications,
}

impl Job {
    /// The queue that it goes to.
    pub fn queue(&self) -> QueueName {
        match self {
            Job::Presence { .. } => QueueName::Presence,
            Job::Notify { .. } => QueueName::Notifications,
        }
    }
}

impl QueueName {
    /// Every queue.
    pub const ALL: [Self; 2] = [Self::Presence, Self::Notifications];

    /// The queue's name in configuration and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Notifications => "notifications",
        }
    }
}

/// Queues work: SQS, or workers in the same process.
///
/// An adapter charges the context's meter with one request a batch of 10.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Queues jobs. Those of [`QueueName::Notifications`] outlive the process.
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

//! What every use case works with.

use crate::Context;
use crate::bucket::{Buckets, Rate};
use crate::groups::Groups;
use crate::ports::{Blobs, Clock, Ids, Notifier, Pusher, Queue, Sms};
use crate::store::Store;
use crate::tokens::KeyRing;
use std::sync::Arc;

/// A deployment's ports, keys and limits. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Where data is kept.
    pub store: Arc<dyn Store>,
    /// How sockets are reached.
    pub pusher: Arc<dyn Pusher>,
    /// Where work for later goes.
    pub queue: Arc<dyn Queue>,
    /// Where files are kept.
    pub blobs: Arc<dyn Blobs>,
    /// How devices that are away are woken.
    pub notifier: Arc<dyn Notifier>,
    /// How phones are reached.
    pub sms: Arc<dyn Sms>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn Ids>,
    /// What tokens are made with.
    pub keys: Arc<KeyRing>,
    /// How much a client may ask.
    pub limits: Limits,
    /// What this process keeps of groups.
    pub groups: Arc<Groups>,
    /// How full the buckets of senders are that this process has seen.
    pub sends: Arc<Buckets>,
}

impl App {
    /// Starts an invocation now.
    pub fn context(&self) -> Context {
        Context::at(self.clock.now_ms())
    }
}

/// Rate limits; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Registrations of one phone number.
    pub registrations_per_number: Option<Rate>,
    /// Registrations from one network address.
    pub registrations_per_address: Option<Rate>,
    /// Messages from one user to one other. Kept per process: on AWS each warm function has its own
    /// (docs/gaps.md).
    pub sends_per_pair: Option<Rate>,
    /// Fetches of one user's keys by another.
    pub key_fetches_per_pair: Option<Rate>,
    /// Numbers that one user may look for in a day.
    pub numbers_per_day: Option<u32>,
    /// Subscriptions of one user to others' presence, in calls; kept per process, as sends are.
    pub presence_calls: Option<Rate>,
    /// Additions of people to groups by one user, in calls.
    pub group_additions: Option<Rate>,
    /// Files that one user may upload in a day.
    pub uploads_per_day: Option<u32>,
    /// How long those may be together, in bytes.
    pub upload_bytes_per_day: Option<u64>,
    /// Whether a phone number must fit its country's numbering plan; tests and demos have others.
    pub only_assignable_numbers: bool,
}

impl Limits {
    /// No limit on anything: for benchmarks.
    pub const NONE: Self = Self {
        registrations_per_number: None,
        registrations_per_address: None,
        sends_per_pair: None,
        key_fetches_per_pair: None,
        numbers_per_day: None,
        presence_calls: None,
        group_additions: None,
        uploads_per_day: None,
        upload_bytes_per_day: None,
        only_assignable_numbers: false,
    };
}

impl Limits {
    /// Anybody may register any number as often as they like: for development.
    #[must_use]
    pub fn without_registration_limits(self) -> Self {
        Self {
            registrations_per_number: None,
            registrations_per_address: None,
            only_assignable_numbers: false,
            ..self
        }
    }
}

impl Default for Limits {
    /// 5 registrations of a number, then one in 500 seconds; 20 from an address, then one a minute;
    /// 60 messages from one user to another, then one a second; 6 fetches of one user's keys by
    /// another, then one in 10 minutes; 5,000 numbers a
    /// day; 20 subscriptions to presence, then one in 2 seconds; 60 additions to groups, then one a
    /// minute; 50 files of 1 GB together a day.
    fn default() -> Self {
        Self {
            registrations_per_number: Some(Rate {
                burst: 5,
                every_ms: 500_000,
            }),
            registrations_per_address: Some(Rate {
                burst: 20,
                every_ms: 60_000,
            }),
            sends_per_pair: Some(Rate {
                burst: 60,
                every_ms: 1_000,
            }),
            key_fetches_per_pair: Some(Rate {
                burst: 6,
                every_ms: 600_000,
            }),
            numbers_per_day: Some(5_000),
            presence_calls: Some(Rate {
                burst: 20,
                every_ms: 2_000,
            }),
            group_additions: Some(Rate {
                burst: 60,
                every_ms: 60_000,
            }),
            uploads_per_day: Some(50),
            upload_bytes_per_day: Some(1_000_000_000),
            only_assignable_numbers: true,
        }
    }
}

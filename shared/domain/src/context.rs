//! What one invocation carries along: the time it runs at, and the meter of what it costs.

use std::sync::atomic::{AtomicU64, Ordering};

/// The time and the bill of one invocation.
///
/// Every port call takes it: adapters compare `expires_at` with its time and charge its meter.
#[derive(Debug)]
pub struct Context {
    now_ms: u64,
    /// What the invocation has cost so far.
    pub meter: Meter,
}

impl Context {
    /// Starts an invocation at `now_ms`, milliseconds since the Unix epoch.
    pub fn at(now_ms: u64) -> Self {
        Self {
            now_ms,
            meter: Meter::default(),
        }
    }

    /// The invocation's time in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// The invocation's time in whole seconds since the Unix epoch, the unit of `expires_at`.
    pub fn now_s(&self) -> u64 {
        self.now_ms / 1000
    }
}

/// Counts what an invocation is billed for on AWS, wherever it runs.
#[derive(Debug, Default)]
pub struct Meter {
    write_units: AtomicU64,
    read_half_units: AtomicU64,
    store_calls: AtomicU64,
    posts: AtomicU64,
    queue_requests: AtomicU64,
}

/// A reading of a [`Meter`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// DynamoDB write request units (1 KB each, transactions count double).
    pub write_units: u64,
    /// Halves of DynamoDB read request units (4 KB strong = 2 halves, eventual = 1).
    pub read_half_units: u64,
    /// Calls to the store; a batch of 25 writes or 100 reads is one.
    pub store_calls: u64,
    /// Frames posted to connections.
    pub posts: u64,
    /// Requests to queues.
    pub queue_requests: u64,
}

impl Meter {
    /// Adds one store call with what it read (in half units) and wrote.
    pub fn store_call(&self, read_half_units: u64, write_units: u64) {
        self.store_calls.fetch_add(1, Ordering::Relaxed);
        self.read_half_units
            .fetch_add(read_half_units, Ordering::Relaxed);
        self.write_units.fetch_add(write_units, Ordering::Relaxed);
    }

    /// Adds one frame posted to a connection.
    pub fn post(&self) {
        self.posts.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds one request to a queue.
    pub fn queue_request(&self) {
        self.queue_requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads the meter.
    pub fn read(&self) -> Usage {
        Usage {
            write_units: self.write_units.load(Ordering::Relaxed),
            read_half_units: self.read_half_units.load(Ordering::Relaxed),
            store_calls: self.store_calls.load(Ordering::Relaxed),
            posts: self.posts.load(Ordering::Relaxed),
            queue_requests: self.queue_requests.load(Ordering::Relaxed),
        }
    }
}

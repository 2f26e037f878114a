//! What the scenarios share: connecting many users, and counting under a clock.

use crate::clock::now_ns;
use crate::driver::{Connection, Driver, Event};
use crate::proc::Pids;
use crate::results::Latencies;
use anyhow::{Context, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The longest a single connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// Connects `users`, `conc` at a time; the connections come back in their order.
pub(crate) async fn connect_all(
    driver: &dyn Driver,
    users: &[usize],
    conc: usize,
) -> Result<Vec<Connection>> {
    let opening = users.iter().map(|user| async move {
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, driver.connect(*user)).await;
        opened
            .context("time-out")
            .flatten()
            .with_context(|| format!("connecting user {user}"))
    });
    stream::iter(opening).buffered(conc).try_collect().await
}

/// Counts of a scenario, shared by its tasks.
pub(crate) struct Meter {
    measuring: AtomicBool,
    pub(crate) received: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) receipts: AtomicU64,
    pub(crate) errors: AtomicU64,
    latencies: Mutex<Latencies>,
    receipt_latencies: Mutex<Latencies>,
}

impl Meter {
    pub(crate) fn new() -> Result<Meter> {
        Ok(Meter {
            measuring: AtomicBool::new(false),
            received: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            receipts: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            latencies: Mutex::new(Latencies::new()?),
            receipt_latencies: Mutex::new(Latencies::new()?),
        })
    }

    /// Counts events that came in together; all but errors only while measuring.
    pub(crate) fn count(&self, events: &[Event]) {
        let (now, measuring) = (now_ns(), self.measuring.load(Relaxed));
        for event in events {
            match event {
                Event::Error => self.error(),
                _ if !measuring => {}
                Event::Accepted(n) => add(&self.accepted, *n),
                Event::Message(stamp) | Event::InGroup(stamp, _) => {
                    add(&self.received, 1);
                    self.latencies().record(now.saturating_sub(stamp.sent_ns));
                }
                Event::Receipt(stamp) => {
                    add(&self.receipts, 1);
                    self.receipt_latencies()
                        .record(now.saturating_sub(stamp.sent_ns));
                }
            }
        }
    }

    pub(crate) fn error(&self) {
        add(&self.errors, 1);
    }

    pub(crate) fn latencies(&self) -> MutexGuard<'_, Latencies> {
        self.latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn receipt_latencies(&self) -> MutexGuard<'_, Latencies> {
        self.receipt_latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Measures for `secs` seconds. The second value is what was received in each of them,
    /// sorted.
    pub(crate) async fn measure(&self, secs: f64, server: &Pids) -> (Usage, Vec<u64>) {
        let start = UsageStart::new(server);
        let mut each = Vec::new();
        let mut before = 0;
        self.measuring.store(true, Relaxed);
        while start.secs() < secs {
            let step = (secs - start.secs()).clamp(0.0, 1.0);
            tokio::time::sleep(Duration::from_secs_f64(step)).await;
            let received = self.received.load(Relaxed);
            each.push(received - before);
            before = received;
        }
        self.measuring.store(false, Relaxed);
        each.sort_unstable();
        (start.stop(), each)
    }
}

fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Relaxed);
}

/// Time and processor time spent, in seconds.
pub(crate) struct Usage {
    pub(crate) secs: f64,
    pub(crate) server_cpu: f64,
    pub(crate) generator_cpu: f64,
}

/// A [`Usage`] under way.
pub(crate) struct UsageStart {
    at: Instant,
    server: Pids,
    server_cpu: f64,
    generator_cpu: f64,
}

impl UsageStart {
    pub(crate) fn new(server: &Pids) -> UsageStart {
        UsageStart {
            at: Instant::now(),
            server: server.clone(),
            server_cpu: server.cpu_seconds(),
            generator_cpu: Pids::own().cpu_seconds(),
        }
    }

    pub(crate) fn secs(&self) -> f64 {
        self.at.elapsed().as_secs_f64()
    }

    pub(crate) fn stop(&self) -> Usage {
        Usage {
            secs: self.secs(),
            server_cpu: self.server.cpu_seconds() - self.server_cpu,
            generator_cpu: Pids::own().cpu_seconds() - self.generator_cpu,
        }
    }
}

//! Store: a few users send to many who are away, until the server has acknowledged everything.

use super::{Bench, CONC, complain};
use crate::cli::Offline;
use crate::clock::now_ns;
use crate::driver::{Connection, Event, Receiver, Sender};
use crate::load::{UsageStart, connect_all};
use crate::results::{rate, round, us_each};
use crate::stamp::Stamp;
use anyhow::Result;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Without an answer for this long, the rest is not coming.
const STALLED: Duration = Duration::from_secs(15);

/// How often the counts are looked at.
const LOOK: Duration = Duration::from_millis(2);

/// The messages of a store, numbered from `run << 32`.
impl Offline {
    pub(super) fn each_sends(&self) -> usize {
        self.total / self.senders
    }

    pub(super) fn sent(&self) -> usize {
        self.each_sends() * self.senders
    }

    pub(super) fn id(&self, n: usize) -> u64 {
        u64::from(self.run) << 32 | n as u64
    }
}

pub(super) async fn run(bench: &Bench, args: &Offline) -> Result<()> {
    let senders = bench.users(0, args.senders);
    let away: Arc<[usize]> = bench.users(args.senders, args.users).into();
    bench.driver.prepare(&senders).await?;
    // Those who are away would have renewed their tokens, too: the drain must not have to.
    bench.driver.prepare(&away).await?;
    let connections = connect_all(&*bench.driver, &senders, CONC).await?;
    let counts = Arc::new(Counts::default());
    let start = UsageStart::new(&bench.server);
    let mut tasks = JoinSet::new();
    for (i, Connection { sender, receiver }) in connections.into_iter().enumerate() {
        let slots = Arc::new(Semaphore::new(args.window));
        tasks.spawn(answers(receiver, slots.clone(), counts.clone()));
        let each = args.each_sends();
        let ids = (i * each..(i + 1) * each)
            .map(|n| (args.id(n), away[n % away.len()]))
            .collect();
        tasks.spawn(send(sender, ids, slots, bench.body_bytes, counts.clone()));
    }
    counts.until(args.sent() as u64).await;
    let usage = start.stop();
    let accepted = counts.accepted.load(Relaxed);
    bench.results.write(
        "offline-store",
        json!({
            "users": args.users, "total": args.sent(), "acked": accepted,
            "errs": counts.errors.load(Relaxed),
            "secs": round(usage.secs, 3), "msgs_per_s": rate(accepted, usage.secs),
            "server_cpu_us_per_msg": us_each(usage.server_cpu, accepted),
            "gen_cpu": round(usage.generator_cpu / usage.secs, 2),
        }),
    )
}

#[derive(Default)]
struct Counts {
    accepted: AtomicU64,
    errors: AtomicU64,
}

impl Counts {
    /// Waits until `total` messages are answered for, or nothing comes any more.
    async fn until(&self, total: u64) {
        let (mut before, mut changed) = (0, Instant::now());
        loop {
            let n = self.accepted.load(Relaxed) + self.errors.load(Relaxed);
            if n >= total || changed.elapsed() > STALLED {
                return;
            }
            if n != before {
                (before, changed) = (n, Instant::now());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

async fn answers(mut receiver: Receiver, slots: Arc<Semaphore>, counts: Arc<Counts>) {
    let mut events = Vec::new();
    while let Ok(()) = receiver.recv(&mut events).await {
        for event in events.drain(..) {
            match event {
                Event::Accepted(n) => {
                    counts.accepted.fetch_add(n, Relaxed);
                    slots.add_permits(usize::try_from(n).unwrap_or(0));
                }
                Event::Error => {
                    counts.errors.fetch_add(1, Relaxed);
                    slots.add_permits(1);
                }
                Event::Message(_) | Event::InGroup(..) | Event::Receipt(_) => {}
            }
        }
    }
}

async fn send(
    mut sender: Sender,
    messages: Vec<(u64, usize)>,
    slots: Arc<Semaphore>,
    size: usize,
    counts: Arc<Counts>,
) {
    for (id, to) in messages {
        let Ok(slot) = slots.acquire().await else {
            return;
        };
        slot.forget();
        let stamp = Stamp {
            id,
            sent_ns: now_ns(),
        };
        if let Err(e) = sender.send(to, stamp, size).await {
            complain("sending", &e);
            counts.errors.fetch_add(1, Relaxed);
            return;
        }
    }
    // The connection stays open until the whole store is done.
    std::future::pending().await
}

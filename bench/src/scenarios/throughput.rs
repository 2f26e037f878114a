//! Closed loop: each pair keeps a window of messages under way. A slot is free again when the
//! recipient has the message or, with receipts, when the recipient's receipt is back at the sender.

use super::{Bench, CONC, complain};
use crate::cli::Throughput;
use crate::clock::now_ns;
use crate::driver::{Connection, Event, Receiver, Sender};
use crate::load::{Meter, connect_all};
use crate::results::{rate, round, us_each};
use crate::stamp::Stamp;
use anyhow::Result;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub(super) async fn run(bench: &Bench, args: &Throughput) -> Result<()> {
    let users = bench.users(0, 2 * args.pairs);
    bench.driver.prepare(&users).await?;
    let mut connections = connect_all(&*bench.driver, &users, CONC).await?.into_iter();
    let meter = Arc::new(Meter::new()?);
    let mut tasks = JoinSet::new();
    for pair in 0..args.pairs {
        let (Some(from), Some(to)) = (connections.next(), connections.next()) else {
            break;
        };
        let conversation = Conversation {
            id: (pair as u64) << 32,
            from: users[2 * pair],
            to: users[2 * pair + 1],
            size: bench.body_bytes,
            receipts: args.receipts,
            slots: Arc::new(Semaphore::new(args.window)),
            meter: meter.clone(),
        };
        conversation.start(from, to, &mut tasks);
    }
    tokio::time::sleep(Duration::from_secs_f64(args.warm)).await;
    let (usage, each_second) = meter.measure(args.secs, &bench.server).await;
    let received = meter.received.load(Relaxed);
    let (latencies, receipts) = (meter.latencies(), meter.receipt_latencies());
    bench.results.write(
        "throughput",
        json!({
            "pairs": args.pairs, "window": args.window, "receipts": args.receipts, "n": received,
            "msgs_per_s": rate(received, usage.secs),
            "per_s_min": each_second.first(), "per_s_max": each_second.last(),
            "per_s_median": each_second.get(each_second.len() / 2),
            "p50_us": latencies.us(0.5), "p99_us": latencies.us(0.99), "max_us": latencies.us(1.0),
            "receipt_p50_us": receipts.us(0.5), "receipt_p99_us": receipts.us(0.99),
            "accepted": meter.accepted.load(Relaxed), "receipts_n": meter.receipts.load(Relaxed),
            "errs": meter.errors.load(Relaxed),
            "server_cpu_us_per_msg": us_each(usage.server_cpu, received),
            "server_cpu": round(usage.server_cpu / usage.secs, 2),
            "gen_cpu": round(usage.generator_cpu / usage.secs, 2),
            "gen_cpu_us_per_msg": us_each(usage.generator_cpu, received),
        }),
    )
}

/// Two users, one of whom sends.
#[derive(Clone)]
struct Conversation {
    id: u64,
    from: usize,
    to: usize,
    size: usize,
    receipts: bool,
    slots: Arc<Semaphore>,
    meter: Arc<Meter>,
}

impl Conversation {
    fn start(self, from: Connection, to: Connection, tasks: &mut JoinSet<()>) {
        let receipts_to = self.receipts.then_some(to.sender);
        tasks.spawn(self.clone().recipient(to.receiver, receipts_to));
        tasks.spawn(self.clone().sender_events(from.receiver));
        tasks.spawn(self.send(from.sender));
    }

    /// Takes messages: frees a slot for each, or answers it with a receipt.
    async fn recipient(self, mut receiver: Receiver, mut answers: Option<Sender>) {
        let mut events = Vec::new();
        while self.recv(&mut receiver, &mut events).await {
            for event in events.drain(..) {
                let Event::Message(stamp) = event else {
                    continue;
                };
                match &mut answers {
                    None => self.slots.add_permits(1),
                    Some(sender) => {
                        if let Err(e) = sender.receipt(self.from, stamp).await {
                            return self.fail("sending a receipt", &e);
                        }
                    }
                }
            }
        }
    }

    /// Takes the server's answers and the recipient's receipts.
    async fn sender_events(self, mut receiver: Receiver) {
        let mut events = Vec::new();
        while self.recv(&mut receiver, &mut events).await {
            let receipts = events
                .iter()
                .filter(|e| matches!(e, Event::Receipt(_)))
                .count();
            if self.receipts {
                self.slots.add_permits(receipts);
            }
            events.clear();
        }
    }

    async fn send(mut self, mut sender: Sender) {
        while let Ok(slot) = self.slots.acquire().await {
            slot.forget();
            self.id += 1;
            let stamp = Stamp {
                id: self.id,
                sent_ns: now_ns(),
            };
            if let Err(e) = sender.send(self.to, stamp, self.size).await {
                return self.fail("sending", &e);
            }
        }
    }

    /// Receives and counts; false when the connection is gone.
    async fn recv(&self, receiver: &mut Receiver, events: &mut Vec<Event>) -> bool {
        match receiver.recv(events).await {
            Ok(()) => {
                self.meter.count(events);
                true
            }
            Err(e) => {
                self.fail("receiving", &e);
                false
            }
        }
    }

    fn fail(&self, what: &str, error: &anyhow::Error) {
        complain(what, error);
        self.meter.error();
    }
}

//! Open loop: pairs of users, messages at a fixed rate, from the send call to decoded at the
//! recipient's socket.

use super::{Bench, CONC, complain};
use crate::cli::Latency;
use crate::clock::now_ns;
use crate::driver::{Receiver, Sender};
use crate::load::{Meter, connect_all};
use crate::results::{round, us_each};
use crate::stamp::Stamp;
use anyhow::Result;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

pub(super) async fn run(bench: &Bench, args: &Latency) -> Result<()> {
    let users = bench.users(0, 2 * args.pairs);
    bench.driver.prepare(&users).await?;
    let mut connections = connect_all(&*bench.driver, &users, CONC).await?.into_iter();
    let meter = Arc::new(Meter::new()?);
    let gap = Duration::from_secs_f64(args.pairs as f64 / args.rate);
    let mut tasks = JoinSet::new();
    for pair in 0..args.pairs {
        let (Some(from), Some(to)) = (connections.next(), connections.next()) else {
            break;
        };
        tasks.spawn(listen(from.receiver, meter.clone()));
        tasks.spawn(listen(to.receiver, meter.clone()));
        let pace = Pace {
            first_in: gap.mul_f64(pair as f64 / args.pairs as f64),
            gap,
        };
        let flow = Flow {
            id: (pair as u64) << 32,
            to: users[2 * pair + 1],
            size: bench.body_bytes,
        };
        tasks.spawn(send(from.sender, flow, pace, meter.clone()));
    }
    tokio::time::sleep(Duration::from_secs_f64(args.warm)).await;
    let (usage, _) = meter.measure(args.secs, &bench.server).await;
    let received = meter.received.load(Relaxed);
    let latencies = meter.latencies();
    bench.results.write(
        "latency",
        json!({
            "pairs": args.pairs, "rate": args.rate, "n": received,
            "p50_us": latencies.us(0.5), "p90_us": latencies.us(0.9), "p99_us": latencies.us(0.99),
            "p999_us": latencies.us(0.999), "max_us": latencies.us(1.0),
            "accepted": meter.accepted.load(Relaxed), "errs": meter.errors.load(Relaxed),
            "server_cpu_us_per_msg": us_each(usage.server_cpu, received),
            "server_cpu": round(usage.server_cpu / usage.secs, 2),
            "gen_cpu": round(usage.generator_cpu / usage.secs, 2),
        }),
    )
}

struct Flow {
    id: u64,
    to: usize,
    size: usize,
}

struct Pace {
    first_in: Duration,
    gap: Duration,
}

async fn listen(mut receiver: Receiver, meter: Arc<Meter>) {
    let mut events = Vec::new();
    loop {
        if let Err(e) = receiver.recv(&mut events).await {
            complain("receiving", &e);
            meter.error();
            return;
        }
        meter.count(&events);
        events.clear();
    }
}

async fn send(mut sender: Sender, mut flow: Flow, pace: Pace, meter: Arc<Meter>) {
    tokio::time::sleep(pace.first_in).await;
    let mut tick = tokio::time::interval(pace.gap);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        flow.id += 1;
        let stamp = Stamp {
            id: flow.id,
            sent_ns: now_ns(),
        };
        if let Err(e) = sender.send(flow.to, stamp, flow.size).await {
            complain("sending", &e);
            meter.error();
            return;
        }
    }
}

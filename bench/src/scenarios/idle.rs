//! Silent connections: how fast they are set up, and what memory the server keeps for each.

use super::Bench;
use crate::cli::Idle;
use crate::driver::Connection;
use crate::load::{UsageStart, connect_all};
use crate::results::{rate, round, us_each};
use anyhow::Result;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::task::JoinSet;

pub(super) async fn run(bench: &Bench, args: &Idle) -> Result<()> {
    let users = bench.users(0, args.steps.iter().copied().max().unwrap_or(0));
    bench.driver.prepare(&users).await?;
    let (rss_before, pss_before) = (bench.server.rss_kb(), bench.server.pss_kb());
    let lost = Arc::new(AtomicU64::new(0));
    let mut held = JoinSet::new();
    for step in &args.steps {
        let before = held.len();
        let usage = UsageStart::new(&bench.server);
        let opened = connect_all(&*bench.driver, &users[before..*step], args.conc).await?;
        let usage = usage.stop();
        let added = opened.len() as u64;
        for connection in opened {
            held.spawn(hold(connection, lost.clone()));
        }
        tokio::time::sleep(Duration::from_secs_f64(args.settle)).await;
        let (rss, pss) = (bench.server.rss_kb(), bench.server.pss_kb());
        let each = |now: u64, before: u64| round((now as f64 - before as f64) / *step as f64, 2);
        bench.results.write(
            "idle",
            json!({
                "conns": step, "setup_per_s": rate(added, usage.secs),
                "cpu_us_per_conn": us_each(usage.server_cpu, added),
                "gen_cpu_us_per_conn": us_each(usage.generator_cpu, added),
                "rss_kb": rss, "pss_kb": pss, "rss0_kb": rss_before,
                "kb_per_conn": each(rss, rss_before), "pss_kb_per_conn": each(pss, pss_before),
                "lost": lost.load(Relaxed),
            }),
        )?;
    }
    Ok(())
}

/// Keeps a connection and answers what the server asks, until the server ends it.
async fn hold(mut connection: Connection, lost: Arc<AtomicU64>) {
    let mut events = Vec::new();
    while connection.receiver.recv(&mut events).await.is_ok() {
        events.clear();
    }
    lost.fetch_add(1, Relaxed);
}

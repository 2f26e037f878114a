//! Measures the embedded store: `cargo run --release -p heliographd --example embedded_store_bench
//! [DIR [empty | one | backlog | over | reads | drain | reopen]…]`.
//!
//! 300-byte items, every answer durable. Each line is one phase; the phases share one store, so that
//! later ones run over the backlog of earlier ones. Rates depend on what else the machine and its disk
//! do; CPU time hardly does.
#![expect(clippy::print_stdout, reason = "it is what it is for")]

use heliograph_domain::Context;
use heliograph_domain::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, Table, Write,
};
use heliographd::store::{EmbeddedStore, Options};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// As many callers as a small server has at once, and as a busy one.
const WRITERS: usize = 64;
const MANY_WRITERS: usize = 512;
const DEVICES: usize = 1000;
const NOW_MS: u64 = 1_800_000_000_000;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc; // as in heliographd

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let mut arguments = std::env::args().skip(1);
    let directory = arguments
        .next()
        .map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    let phases: Vec<String> = arguments.collect();
    let wanted = |phase: &str| phases.is_empty() || phases.iter().any(|wanted| wanted == phase);
    let mut store = open(&directory)?;
    if wanted("empty") {
        put_delete(&store, "put+delete, 64 writers", WRITERS, 4000).await?;
        put_delete(&store, "put+delete, 512 writers", MANY_WRITERS, 500).await?;
    }
    if wanted("one") {
        put_delete(&store, "put+delete, one writer", 1, 2000).await?;
    }
    if wanted("backlog") {
        backlog(&store, 200_000).await?;
    }
    if wanted("over") {
        put_delete(&store, "put+delete, 512, over a backlog", MANY_WRITERS, 250).await?;
    }
    if wanted("reads") {
        reads(&store, 100_000).await?;
    }
    if wanted("drain") {
        drain(&store).await?;
    }
    if wanted("reopen") {
        backlog(&store, 1_000_000).await?;
        drop(store);
        store = reopen(&directory).await?;
    }
    drop(store);
    Ok(())
}

fn open(directory: &Path) -> Result<Arc<EmbeddedStore>, Failure> {
    Ok(Arc::new(EmbeddedStore::open(
        directory,
        &Options::default(),
    )?))
}

fn envelope(device: usize, message: usize) -> Item {
    let spread = (device as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let partition = format!("{spread:016x}-0000-7000-8000-{device:012x}#1#1800000000");
    let sort = format!("{message:08x}-0000-7000-8000-0123456789ab");
    Item::new(Key::sorted(Table::Inbox, partition, sort))
        .with("body", Field::Bytes(vec![7; 300]))
        .expiring(NOW_MS / 1000 + 30 * 86_400 + (message / 5000) as u64) // 5,000 a second
}

async fn put(store: &EmbeddedStore, item: Item) -> Result<(), Failure> {
    let cx = Context::at(NOW_MS);
    store
        .write(&cx, Write::put(item).when(Condition::Absent))
        .await?;
    Ok(())
}

async fn delete(store: &EmbeddedStore, key: Key) -> Result<(), Failure> {
    store
        .batch_write(&Context::at(NOW_MS), vec![Write::delete(key)])
        .await?;
    Ok(())
}

/// Each writer puts and deletes in its own inbox; a put and a delete are two operations.
async fn put_delete(
    store: &Arc<EmbeddedStore>,
    name: &str,
    writers: usize,
    rounds: usize,
) -> Result<(), Failure> {
    let start = Start::now();
    let mut tasks = JoinSet::new();
    for writer in 0..writers {
        let store = store.clone();
        tasks.spawn(async move {
            let mut took = Vec::with_capacity(rounds);
            for round in 0..rounds {
                let item = envelope(writer + 1_000_000, round);
                let key = item.key.clone();
                let began = Instant::now();
                put(&store, item).await?;
                took.push(began.elapsed());
                delete(&store, key).await?;
            }
            Ok::<_, Failure>(took)
        });
    }
    let mut took: Vec<Duration> = join(tasks).await?.into_iter().flatten().collect();
    report(name, 2 * rounds * writers, start);
    took.sort_unstable();
    let at = |percent: usize| {
        took.get(took.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let slowest = took.last().copied().unwrap_or_default();
    println!(
        "    a put: p50 {:?}, p99 {:?}, slowest {slowest:?}",
        at(50),
        at(99)
    );
    Ok(())
}

/// Puts that nobody takes, over many inboxes.
async fn backlog(store: &Arc<EmbeddedStore>, count: usize) -> Result<(), Failure> {
    let start = Start::now();
    let mut tasks = JoinSet::new();
    for writer in 0..MANY_WRITERS {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (writer..count).step_by(MANY_WRITERS) {
                put(&store, envelope(number % DEVICES, number)).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    join(tasks).await?;
    report("backlog put", count, start);
    Ok(())
}

/// Single reads over the backlog, from both cores.
async fn reads(store: &Arc<EmbeddedStore>, count: usize) -> Result<(), Failure> {
    let start = Start::now();
    let mut tasks = JoinSet::new();
    for reader in 0..2 {
        let store = store.clone();
        tasks.spawn(async move {
            let cx = Context::at(NOW_MS);
            for number in (reader..count).step_by(2) {
                let key = envelope(number % DEVICES, number).key;
                store
                    .get(&cx, &key, Consistency::Strong)
                    .await?
                    .ok_or("lost")?;
            }
            Ok::<_, Failure>(())
        });
    }
    join(tasks).await?;
    report("get, backlog", count, start);
    Ok(())
}

/// Every device comes back: pages of 100, deletes in batches.
async fn drain(store: &Arc<EmbeddedStore>) -> Result<(), Failure> {
    let start = Start::now();
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        tasks.spawn(async move {
            let mut count = 0;
            for device in (writer..DEVICES).step_by(WRITERS) {
                count += drain_one(&store, envelope(device, 0).key.partition).await?;
            }
            Ok::<_, Failure>(count)
        });
    }
    let count = join(tasks).await?.into_iter().sum();
    report("offline drain (query, delete)", count, start);
    Ok(())
}

async fn drain_one(store: &EmbeddedStore, partition: String) -> Result<usize, Failure> {
    let cx = Context::at(NOW_MS);
    let mut count = 0;
    let mut query = Query::partition(Table::Inbox, partition, 100);
    loop {
        let page = store.query(&cx, &query).await?;
        count += page.items.len();
        let deletes = page
            .items
            .into_iter()
            .map(|item| Write::delete(item.key))
            .collect();
        store.batch_write(&cx, deletes).await?;
        if page.next.is_none() {
            return Ok(count);
        }
        query.after = page.next;
    }
}

/// Opens the directory again and reads one page.
async fn reopen(directory: &Path) -> Result<Arc<EmbeddedStore>, Failure> {
    let start = Instant::now();
    let store = open(directory)?;
    let opened = start.elapsed();
    let query = Query::partition(Table::Inbox, envelope(1, 0).key.partition, 100);
    let page = store.query(&Context::at(NOW_MS), &query).await?;
    println!(
        "reopen over 1M items              {opened:?}, first page of {} after {:?}",
        page.items.len(),
        start.elapsed()
    );
    Ok(store)
}

async fn join<T: 'static>(mut tasks: JoinSet<Result<T, Failure>>) -> Result<Vec<T>, Failure> {
    let mut results = Vec::new();
    while let Some(result) = tasks.join_next().await {
        results.push(result??);
    }
    Ok(results)
}

/// When a phase began, and how much CPU time the process had used by then.
struct Start {
    began: Instant,
    cpu_ticks: u64,
}

impl Start {
    fn now() -> Self {
        Self {
            began: Instant::now(),
            cpu_ticks: cpu_ticks(),
        }
    }
}

/// The process's CPU time in clock ticks, user and system (`proc_pid_stat(5)`, fields 14 and 15).
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = behind_name.split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum()
}

fn report(name: &str, count: usize, start: Start) {
    let seconds = start.began.elapsed().as_secs_f64();
    let cpu_seconds =
        (cpu_ticks() - start.cpu_ticks) as f64 / rustix::param::clock_ticks_per_second() as f64;
    println!(
        "{name:<34}{:>9.0}/s, {:>5.1} µs CPU each  ({count} in {seconds:.2} s)",
        count as f64 / seconds,
        cpu_seconds * 1e6 / count as f64
    );
}

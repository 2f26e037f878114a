//! Drain: those who were away connect and take what was stored for them; every message is counted
//! once, and what comes again or from another store is counted apart.

use super::{Bench, CONC, complain};
use crate::cli::{Drain, Offline};
use crate::clock::{now_ns, ns, unix_ms};
use crate::driver::{Connection, Driver, Event};
use crate::load::{UsageStart, connect_all};
use crate::results::{rate, round, us_each};
use anyhow::Result;
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// When everything is there, this long without a repeat is the end.
const SETTLED_S: f64 = 0.5;
/// How long a server may take to listen after its start.
const START: Duration = Duration::from_secs(60);
/// Between two attempts to connect to a server that is starting.
const RETRY: Duration = Duration::from_millis(10);
/// How often the counts are looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Without anything for this long, a sender has its receipts.
const QUIET: Duration = Duration::from_millis(300);

pub(super) async fn run(bench: &Bench, args: &Drain) -> Result<()> {
    let away = bench.users(args.offline.senders, args.offline.users);
    if args.started_at_ms.is_none() {
        bench.driver.prepare(&away).await?;
    }
    let tally = Tally::new(&args.offline);
    let usage = UsageStart::new(&bench.server);
    let draining = stream::iter(&away).for_each_concurrent(None, |user| {
        let (driver, tally) = (&*bench.driver, &tally);
        drain(driver, *user, args.started_at_ms.is_some(), tally)
    });
    tokio::select! {
        () = draining => {}
        () = tally.until_done(args.quiet) => {}
    }
    let cpu = usage.stop().server_cpu;
    tally.write(bench, args, cpu)?;
    take_receipts(bench, args.offline.senders).await
}

/// What has come so far. Single-threaded, like the generator.
struct Tally {
    first_id: u64,
    seen: RefCell<Vec<bool>>,
    got: Cell<usize>,
    repeats: Cell<usize>,
    strangers: Cell<usize>,
    failed: Cell<usize>,
    started_ns: Cell<u64>,
    give_up_ns: u64,
    first_ns: Cell<Option<u64>>,
    last_ns: Cell<u64>,
    opening: tokio::sync::Semaphore,
}

impl Tally {
    fn new(offline: &Offline) -> Tally {
        Tally {
            first_id: offline.id(0),
            seen: RefCell::new(vec![false; offline.sent()]),
            got: Cell::new(0),
            repeats: Cell::new(0),
            strangers: Cell::new(0),
            failed: Cell::new(0),
            started_ns: Cell::new(now_ns()),
            give_up_ns: now_ns() + ns(START),
            first_ns: Cell::new(None),
            last_ns: Cell::new(now_ns()),
            opening: tokio::sync::Semaphore::new(CONC),
        }
    }

    fn message(&self, id: u64) {
        let mut seen = self.seen.borrow_mut();
        let at = id
            .checked_sub(self.first_id)
            .and_then(|n| usize::try_from(n).ok());
        match at.and_then(|n| seen.get_mut(n)) {
            None => bump(&self.strangers),
            Some(true) => bump(&self.repeats),
            Some(new) => {
                *new = true;
                bump(&self.got);
                self.last_ns.set(now_ns());
                self.first_ns.set(self.first_ns.get().or(Some(now_ns())));
            }
        }
    }

    async fn until_done(&self, quiet: f64) {
        let total = self.seen.borrow().len();
        loop {
            tokio::time::sleep(LOOK).await;
            let since = (now_ns() - self.last_ns.get()) as f64 / 1e9;
            if since > quiet || since > SETTLED_S && self.got.get() == total {
                return;
            }
        }
    }

    fn write(&self, bench: &Bench, args: &Drain, server_cpu: f64) -> Result<()> {
        let (got, total) = (self.got.get(), self.seen.borrow().len());
        let secs = (self.last_ns.get() - self.started_ns.get()) as f64 / 1e9;
        let since_start = |at_ns: u64| match args.started_at_ms {
            Some(started) => (unix_ms() - (now_ns() - at_ns) / 1_000_000).saturating_sub(started),
            None => (at_ns - self.started_ns.get()) / 1_000_000,
        };
        bench.results.write(
            "offline-drain",
            json!({
                "users": args.offline.users, "total": total, "killed": args.started_at_ms.is_some(),
                "got": got, "missing": total - got, "dups": self.repeats.get(),
                "strangers": self.strangers.get(), "failed": self.failed.get(),
                "open_ms": since_start(self.started_ns.get()),
                "first_ms": self.first_ns.get().map(since_start), "secs": round(secs, 3), "msgs_per_s": rate(got as u64, secs),
                "server_cpu_us_per_msg": us_each(server_cpu, got as u64),
            }),
        )
    }
}

fn bump(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

async fn drain(driver: &dyn Driver, user: usize, starting: bool, tally: &Tally) {
    let connection = {
        let _opening = tally.opening.acquire().await;
        open(driver, user, starting, tally).await
    };
    let end = match connection {
        Ok(connection) => receive(connection, tally).await,
        Err(e) => e,
    };
    complain(&format!("user {user}"), &end);
    bump(&tally.failed);
}

/// Connects; to a server that is starting, until it lets one in.
async fn open(
    driver: &dyn Driver,
    user: usize,
    starting: bool,
    tally: &Tally,
) -> Result<Connection> {
    loop {
        let outcome = driver.connect(user).await;
        if outcome.is_err()
            && starting
            && tally.first_ns.get().is_none()
            && now_ns() < tally.give_up_ns
        {
            // Neither the drain nor its silence has begun.
            tally.started_ns.set(now_ns());
            tally.last_ns.set(now_ns());
            tokio::time::sleep(RETRY).await;
            continue;
        }
        return outcome;
    }
}

/// Takes messages until the connection is gone; returns why.
async fn receive(connection: Connection, tally: &Tally) -> anyhow::Error {
    // The sending half is kept: dropping it would not close the socket, but a client has it.
    let Connection {
        sender: _sender,
        mut receiver,
    } = connection;
    let mut events = Vec::new();
    loop {
        if let Err(e) = receiver.recv(&mut events).await {
            return e;
        }
        for event in events.drain(..) {
            if let Event::Message(stamp) = event {
                tally.message(stamp.id);
            }
        }
    }
}

/// Lets the senders come back for the receipts that were kept for them, so that no later scenario
/// finds them there.
async fn take_receipts(bench: &Bench, senders: usize) -> Result<()> {
    let users = bench.users(0, senders);
    bench.driver.prepare(&users).await?;
    let connections = connect_all(&*bench.driver, &users, CONC).await?;
    stream::iter(connections)
        .for_each_concurrent(None, |mut connection| async move {
            let mut events = Vec::new();
            while let Ok(Ok(())) =
                tokio::time::timeout(QUIET, connection.receiver.recv(&mut events)).await
            {
                events.clear();
            }
        })
        .await;
    Ok(())
}

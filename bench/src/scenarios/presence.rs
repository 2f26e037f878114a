//! Fan-out of presence: a user comes and goes, and each of many watchers is told. Counts from the
//! moment that the user's client began to connect, or to close, until a watcher has read it.

use super::{Bench, CONC, complain};
use crate::cli::Presence;
use crate::clock::now_ns;
use crate::driver::heliograph::{Client, request_id};
use crate::load::UsageStart;
use crate::results::{Latencies, round, us_each};
use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use heliograph_protocol::UserId;
use heliograph_protocol::event::Event;
use heliograph_protocol::reply::PresenceSubscribeOk;
use heliograph_protocol::request::PresenceSubscribe;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Who has not been told by then is not going to be.
const GIVE_UP: Duration = Duration::from_secs(10);

pub(super) async fn run(bench: &Bench, args: &Presence) -> Result<()> {
    let driver = bench.heliograph()?;
    let user = bench.base;
    bench.driver.prepare(&[user]).await?;
    let mut watchers = bench.clients(&bench.users(1, args.watchers)).await?;
    subscribe(&mut watchers, driver.user_id(user)?).await?;

    let board = Arc::new(Board::new(args.watchers)?);
    let mut tasks = JoinSet::new();
    for (n, client) in watchers.into_iter().enumerate() {
        tasks.spawn(watch(client, n, board.clone()));
    }
    let usage = UsageStart::new(&bench.server);
    let pause = Duration::from_millis(args.pause_ms);
    let mut open_us = Latencies::new()?;
    for _ in 0..args.rounds {
        let began_ns = board.begin(true);
        let client = driver.client(user).await?;
        open_us.record(now_ns() - began_ns);
        board.finish(pause).await;
        board.begin(false);
        client.close().await?;
        board.finish(pause).await;
    }
    let usage = usage.stop();
    let (open_us, state) = (open_us.us(0.5), board.state());
    let [went, came] = &state.changes;
    bench.results.write(
        "presence",
        json!({
            "watchers": args.watchers, "rounds": args.rounds, "open_p50_us": open_us,
            "came_p50_us": came.each.us(0.5), "came_p99_us": came.each.us(0.99),
            "came_last_us": came.last.us(0.5), "came_last_max_us": came.last.us(1.0),
            "went_p50_us": went.each.us(0.5), "went_p99_us": went.each.us(0.99),
            "went_last_us": went.last.us(0.5), "went_last_max_us": went.last.us(1.0),
            "came_lost": came.lost, "came_dups": came.dups,
            "went_lost": went.lost, "went_dups": went.dups, "failed": state.failed,
            "server_cpu_us_per_event": us_each(usage.server_cpu, came.told + went.told),
            "gen_cpu_us_per_event": us_each(usage.generator_cpu, came.told + went.told),
            "server_cpu": round(usage.server_cpu / usage.secs, 2),
        }),
    )
}

async fn subscribe(watchers: &mut [Client], user_id: UserId) -> Result<()> {
    let request = PresenceSubscribe {
        id: request_id(),
        user_ids: vec![user_id],
    };
    let asking = watchers.iter_mut().map(|client| async {
        let answer: PresenceSubscribeOk = client.call(&request).await?;
        let online: Vec<_> = answer.presence.iter().map(|it| it.online).collect();
        ensure!(online == [Some(false)], "the user is not away: {online:?}");
        Ok(())
    });
    stream::iter(asking)
        .buffer_unordered(CONC)
        .try_collect()
        .await
}

/// Hands on what a watcher is told, until its connection ends.
async fn watch(mut client: Client, n: usize, board: Arc<Board>) {
    loop {
        match client.event().await {
            Ok(Event::Presence(presence)) => board.told(n, presence.online),
            Ok(_) => {}
            Err(e) => {
                complain("watching", &e);
                board.state().failed += 1;
                return;
            }
        }
    }
}

/// Who of the watchers knows.
struct Board {
    state: Mutex<State>,
    all_know: Notify,
}

struct State {
    /// What there is to know now, and since when.
    is_online: bool,
    began_ns: u64,
    /// Whether each watcher knows, and how many do.
    know: Vec<bool>,
    known: usize,
    last_ns: u64,
    /// Of going, then of coming.
    changes: [Change; 2],
    failed: u64,
}

/// What became of a kind of change.
struct Change {
    each: Latencies,
    last: Latencies,
    told: u64,
    lost: u64,
    /// Told twice, or something else than there was to know.
    dups: u64,
}

impl Change {
    fn new() -> Result<Change> {
        Ok(Change {
            each: Latencies::new()?,
            last: Latencies::new()?,
            told: 0,
            lost: 0,
            dups: 0,
        })
    }
}

impl Board {
    fn new(watchers: usize) -> Result<Board> {
        Ok(Board {
            state: Mutex::new(State {
                is_online: false,
                began_ns: 0,
                know: vec![false; watchers],
                known: 0,
                last_ns: 0,
                changes: [Change::new()?, Change::new()?],
                failed: 0,
            }),
            all_know: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a change, now.
    fn begin(&self, is_online: bool) -> u64 {
        let mut state = self.state();
        state.is_online = is_online;
        state.know.fill(false);
        state.known = 0;
        state.began_ns = now_ns();
        state.began_ns
    }

    /// A watcher was told.
    fn told(&self, n: usize, online: Option<bool>) {
        let at_ns = now_ns();
        let mut state = self.state();
        let is_news = online == Some(state.is_online) && !state.know[n];
        let took_ns = at_ns - state.began_ns;
        let change = state.change();
        if !is_news {
            change.dups += 1;
            return;
        }
        change.each.record(took_ns);
        change.told += 1;
        state.know[n] = true;
        state.known += 1;
        state.last_ns = at_ns;
        if state.known == state.know.len() {
            self.all_know.notify_one();
        }
    }

    /// Waits until all know, and then for what comes twice.
    async fn finish(&self, pause: Duration) {
        let is_complete = timeout(GIVE_UP, self.all_know.notified()).await.is_ok();
        tokio::time::sleep(pause).await;
        let mut state = self.state();
        let (took_ns, unknown) = (
            state.last_ns - state.began_ns,
            state.know.len() - state.known,
        );
        let change = state.change();
        change.lost += unknown as u64;
        if is_complete {
            change.last.record(took_ns);
        }
    }
}

impl State {
    /// What becomes of the change under way.
    fn change(&mut self) -> &mut Change {
        let [went, came] = &mut self.changes;
        if self.is_online { came } else { went }
    }
}

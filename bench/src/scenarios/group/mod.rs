//! Groups: their members are all connected and one of them after the other sends, from the send call
//! to decoded at the last of the others. Paced, or back to back with a window of messages under way.

mod board;

use super::{Bench, CONC, complain};
use crate::cli::Group;
use crate::clock::{now_ns, ns, unix_ms};
use crate::driver::{Event, Receiver, Sender};
use crate::load::{Usage, UsageStart, connect_all};
use crate::proc::Pids;
use crate::results::{rate, round, us_each};
use anyhow::{Context, Result, anyhow, ensure};
use board::{Board, Tally};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, sleep, timeout};

/// Without any delivery for so long, what is missing is lost.
const GIVE_UP: Duration = Duration::from_secs(10);
/// For what comes twice, for the server to take the last acks, and to see whether it is idle.
const PAUSE: Duration = Duration::from_secs(1);
/// Processor time of a server that does nothing, in seconds during a [`PAUSE`].
const IDLE_CPU_S: f64 = 0.05;
/// Who is not idle by then is measured all the same.
const NEVER_IDLE: Duration = Duration::from_secs(120);
/// How often it is looked whether all is there.
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn run(bench: &Bench, args: &Group) -> Result<()> {
    ensure!(args.members > 1 && args.groups > 0, "nobody to send to");
    // How many groups have members of their own.
    let crowds = if args.same { 1 } else { args.groups };
    let users = bench.users(0, args.members * crowds);
    bench.driver.prepare(&users).await?;
    let names = make_groups(bench, args, &users).await?;
    let connections = connect_all(&*bench.driver, &users, CONC).await?;
    let board = Arc::new(Board::new(args.members, args.groups, crowds, args.window)?);
    let (mut senders, mut tasks) = (Vec::new(), JoinSet::new());
    for (client, connection) in connections.into_iter().enumerate() {
        senders.push(connection.sender);
        tasks.spawn(listen(connection.receiver, client, board.clone()));
    }
    for (client, sender) in senders.iter_mut().enumerate() {
        for name in names.iter().skip(client / args.members).step_by(crowds) {
            sender.join_group(name).await?;
        }
    }
    until_idle(&bench.server).await;
    let mut talk = Talk {
        senders,
        names,
        members: args.members,
        body_bytes: bench.body_bytes,
        ticks: args.interval_ms.map(ticks),
        board: board.clone(),
    };
    let is_over = AtomicBool::new(false);
    let measuring = async {
        let usage = measure(bench, args, &board).await;
        is_over.store(true, Relaxed);
        usage
    };
    let (usage, ()) = tokio::join!(measuring, talk.run(&is_over));
    until_complete(&board).await;
    // What still comes is not this run's.
    tasks.shutdown().await;
    drop(talk);
    let board = Arc::into_inner(board).context("somebody still counts")?;
    write(bench, args, &board.tally(), &usage)
}

/// Makes the groups; returns the names of those that are written to.
async fn make_groups(bench: &Bench, args: &Group, users: &[usize]) -> Result<Vec<String>> {
    for other in (0..args.others).map(|it| uuid(0, it)) {
        let made = bench.driver.make_group(&other, &users[..args.members]);
        made.await.context("making the others")?;
    }
    let now_ms = unix_ms();
    let names: Vec<String> = (0..args.groups).map(|it| uuid(now_ms, it)).collect();
    for (name, members) in std::iter::zip(&names, users.chunks(args.members).cycle()) {
        bench.driver.make_group(name, members).await?;
    }
    Ok(names)
}

/// A UUID: of a run, by when it began, and which of its groups.
fn uuid(run_ms: u64, number: usize) -> String {
    let (high, low) = (run_ms >> 16, run_ms & 0xffff);
    format!("{high:08x}-{low:04x}-0000-0000-{number:012x}")
}

fn ticks(interval_ms: u64) -> Interval {
    let mut ticks = tokio::time::interval(Duration::from_millis(interval_ms.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn listen(mut receiver: Receiver, client: usize, board: Arc<Board>) {
    let mut events = Vec::new();
    loop {
        if let Err(e) = receiver.recv(&mut events).await {
            complain("receiving", &e);
            board.error();
            return;
        }
        let at_ns = now_ns();
        for event in events.drain(..) {
            match event {
                Event::Message(stamp) => board.got(client, stamp, None, at_ns),
                Event::InGroup(stamp, place) => board.got(client, stamp, Some(place), at_ns),
                Event::Error => board.error(),
                Event::Accepted(_) | Event::Receipt(_) => {}
            }
        }
    }
}

/// The senders, by group, and when they send.
struct Talk {
    senders: Vec<Sender>,
    names: Vec<String>,
    members: usize,
    body_bytes: usize,
    /// Paced; without it, a message is sent when there is a slot.
    ticks: Option<Interval>,
    board: Arc<Board>,
}

impl Talk {
    /// Sends, from one group after the other and in each from one member after the other.
    async fn run(&mut self, is_over: &AtomicBool) {
        for n in 0.. {
            if let Err(e) = self.turn().await {
                complain("waiting", &e);
                return;
            }
            if is_over.load(Relaxed) {
                return;
            }
            let group = n % self.names.len();
            let from = n / self.names.len() % self.members;
            let stamp = self.board.begin(group, from);
            let client = (group * self.members + from) % self.senders.len();
            let sender = &mut self.senders[client];
            let sent = sender.send_to_group(&self.names[group], stamp, self.body_bytes);
            if let Err(e) = sent.await {
                complain("sending", &e);
                self.board.error();
            }
        }
    }

    /// Waits until it is time for the next message.
    async fn turn(&mut self) -> Result<()> {
        if let Some(ticks) = &mut self.ticks {
            ticks.tick().await;
            return Ok(());
        }
        let slot = timeout(GIVE_UP, self.board.slots.acquire()).await;
        slot.map_err(|_| anyhow!("no message got through"))??
            .forget();
        Ok(())
    }
}

/// Waits until the server has done what making and joining groups has left it to do.
async fn until_idle(server: &Pids) {
    let began_ns = now_ns();
    sleep(PAUSE).await;
    loop {
        let before = server.cpu_seconds();
        sleep(PAUSE).await;
        if server.cpu_seconds() - before < IDLE_CPU_S {
            return;
        }
        if now_ns() - began_ns > ns(NEVER_IDLE) {
            complain("settling", &anyhow!("the server does not become idle"));
            return;
        }
    }
}

async fn measure(bench: &Bench, args: &Group, board: &Board) -> Usage {
    sleep(Duration::from_secs_f64(args.warm)).await;
    board.measure(true);
    let usage = UsageStart::new(&bench.server);
    sleep(Duration::from_secs_f64(args.secs)).await;
    board.measure(false);
    usage.stop()
}

/// Waits until everybody has everything, or nothing comes any more.
async fn until_complete(board: &Board) {
    let (mut missing, mut quiet) = (board.missing(), Duration::ZERO);
    while missing > 0 && quiet < GIVE_UP {
        sleep(LOOK).await;
        let now = board.missing();
        quiet = if now == missing {
            quiet + LOOK
        } else {
            Duration::ZERO
        };
        missing = now;
    }
    sleep(PAUSE).await;
}

fn write(bench: &Bench, args: &Group, tally: &Tally, usage: &Usage) -> Result<()> {
    bench.results.write(
        "group",
        json!({
            "members": args.members, "groups": args.groups, "others": args.others,
            "same": args.same, "interval_ms": args.interval_ms, "window": args.window, "n": tally.messages,
            "last_p50_us": tally.last.us(0.5), "last_p99_us": tally.last.us(0.99),
            "last_max_us": tally.last.us(1.0),
            "each_p50_us": tally.each.us(0.5), "each_p99_us": tally.each.us(0.99),
            "deliveries": tally.deliveries, "deliveries_per_s": rate(tally.deliveries, usage.secs),
            "wrong": tally.missing + tally.dups + tally.out_of_order + tally.errors,
            "missing": tally.missing, "dups": tally.dups, "out_of_order": tally.out_of_order,
            "strangers": tally.strangers, "errs": tally.errors,
            "server_cpu_us_per_delivery": us_each(usage.server_cpu, tally.deliveries),
            "server_cpu": round(usage.server_cpu / usage.secs, 2),
            "gen_cpu": round(usage.generator_cpu / usage.secs, 2),
        }),
    )
}

#[cfg(test)]
mod tests {
    use heliograph_protocol::request::{GroupsCreate, Request};
    use heliograph_protocol::{RequestId, decode};

    #[test]
    fn a_group_s_name_is_one_that_the_protocol_takes() {
        let request = GroupsCreate {
            id: RequestId::from(1),
            group_id: super::uuid(super::unix_ms(), 200).parse().unwrap(),
            name: "bench".into(),
            photo_media_id: None,
            announce_only: false,
            member_ids: Vec::new(),
        };
        let read: GroupsCreate = decode(&request.to_json()).unwrap();
        assert_eq!(read, request);
    }
}

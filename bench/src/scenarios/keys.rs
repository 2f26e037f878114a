//! Fetching key bundles of users who have one-time keys. When these are used up, more are uploaded,
//! which is not measured. Nobody may get a one-time key that somebody else has.

use super::{Bench, CONC, complain};
use crate::cli::Keys;
use crate::clock::{now_ns, ns};
use crate::driver::heliograph::{Client, Heliograph, request_id};
use crate::load::UsageStart;
use crate::results::{Latencies, rate, round, us_each};
use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use heliograph_protocol::UserId;
use heliograph_protocol::limits::ONE_TIME_KEYS_MAX;
use heliograph_protocol::reply::{KeysFetchOk, KeysUploadOk};
use heliograph_protocol::request::{KeysFetch, KeysUpload};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::time::Duration;

/// Keys of each kind that a user holds when all are there.
const FULL: u32 = 100;
const _: () = assert!(FULL as usize == ONE_TIME_KEYS_MAX);
/// ML-KEM keys in an upload: a frame holds about 55.
const KEM_KEYS_PER_UPLOAD: u32 = 50;
/// Ids that a run may use.
const RUN_BITS: u32 = 20;

pub(super) async fn run(bench: &Bench, args: &Keys) -> Result<()> {
    let driver = bench.heliograph()?;
    let mut fetchers = bench.clients(&bench.users(0, args.clients)).await?;
    let users = bench.users(args.clients, args.pool);
    let clients = bench.clients(&users).await?;
    let first_id = (args.run << RUN_BITS) + 1;
    let owners = std::iter::zip(users, clients).map(|(user, client)| {
        let user_id = driver.user_id(user)?;
        Ok(Owner {
            user,
            user_id,
            client,
            next_id: first_id,
        })
    });
    let mut owners: Vec<Owner> = owners.collect::<Result<_>>()?;
    let mut total = Total::new()?;
    while total.secs < args.secs {
        fill(driver, &mut owners).await?;
        total.windows += 1;
        let left = Duration::from_secs_f64(args.secs - total.secs);
        let usage = UsageStart::new(&bench.server);
        let window = Window {
            driver,
            owners: &owners,
            ends_ns: now_ns() + ns(left),
            begun: Cell::new(0),
            tally: RefCell::new(&mut total.tally),
        };
        join_all(fetchers.iter_mut().map(|client| window.fetch(client))).await;
        let usage = usage.stop();
        total.secs += usage.secs;
        total.server_cpu += usage.server_cpu;
        total.generator_cpu += usage.generator_cpu;
    }
    let Tally { twice, foreign, .. } = total.tally;
    total.write(bench, args)?;
    ensure!(
        twice == 0,
        "{twice} one-time keys were handed out more than once"
    );
    ensure!(
        foreign == 0,
        "{foreign} bundles held keys that are not their user's"
    );
    Ok(())
}

/// Somebody whose keys are fetched.
struct Owner {
    user: usize,
    user_id: UserId,
    client: Client,
    next_id: u32,
}

/// Uploads as many one-time keys as are missing.
async fn fill(driver: &Heliograph, owners: &mut [Owner]) -> Result<()> {
    let filling = owners.iter_mut().map(|owner| owner.fill(driver));
    let filled = stream::iter(filling).buffer_unordered(CONC);
    filled.try_collect().await
}

impl Owner {
    async fn fill(&mut self, driver: &Heliograph) -> Result<()> {
        let mut held: KeysUploadOk = self.client.call(&KeysUpload::new(request_id())).await?;
        while held.one_time_prekeys.min(held.one_time_kem_prekeys) < FULL {
            let first = self.next_id;
            let curve = FULL - held.one_time_prekeys;
            let kem = (FULL - held.one_time_kem_prekeys).min(KEM_KEYS_PER_UPLOAD);
            self.next_id += curve.max(kem);
            let keys = driver.one_time_keys(self.user, first..first + curve, first..first + kem);
            let now: KeysUploadOk = self.client.call(&keys).await.context("uploading keys")?;
            ensure!(
                now.one_time_prekeys == held.one_time_prekeys + curve
                    && now.one_time_kem_prekeys == held.one_time_kem_prekeys + kem,
                "ids of keys were used before: give a higher --run"
            );
            held = now;
        }
        Ok(())
    }
}

/// What fetches have brought.
struct Tally {
    latencies: Latencies,
    /// (user, is it an ML-KEM key, its id) of all that were handed out.
    seen: HashSet<(usize, bool, u32)>,
    fetched: u64,
    twice: u64,
    foreign: u64,
    /// One-time keys that were missing in a bundle though there were some.
    missing: u64,
    errors: u64,
}

/// From one upload to the next.
struct Window<'a> {
    driver: &'a Heliograph,
    owners: &'a [Owner],
    ends_ns: u64,
    begun: Cell<usize>,
    tally: RefCell<&'a mut Tally>,
}

impl Window<'_> {
    /// Fetches as long as there are keys and time.
    async fn fetch(&self, client: &mut Client) {
        while let Some(owner) = self.next() {
            let fetch = KeysFetch {
                id: request_id(),
                user_id: owner.user_id.clone(),
            };
            let began_ns = now_ns();
            let outcome = client.call::<KeysFetchOk>(&fetch).await;
            let took_ns = now_ns() - began_ns;
            let mut tally = self.tally.borrow_mut();
            match outcome {
                Ok(answer) => {
                    tally.latencies.record(took_ns);
                    tally.take(self.driver, owner.user, &answer);
                }
                Err(e) => {
                    complain("fetching", &e);
                    tally.errors += 1;
                }
            }
        }
    }

    /// Whose keys are next.
    fn next(&self) -> Option<&Owner> {
        let n = self.begun.get();
        if n == self.owners.len() * ONE_TIME_KEYS_MAX || now_ns() >= self.ends_ns {
            return None;
        }
        self.begun.set(n + 1);
        self.owners.get(n % self.owners.len())
    }
}

impl Tally {
    fn take(&mut self, driver: &Heliograph, user: usize, answer: &KeysFetchOk) {
        self.fetched += 1;
        for bundle in &answer.devices {
            let Ok(taken) = driver.taken(user, bundle) else {
                self.foreign += 1;
                continue;
            };
            for (is_kem, key_id) in std::iter::zip([false, true], taken) {
                match key_id {
                    None => self.missing += 1,
                    Some(id) if self.seen.insert((user, is_kem, id)) => {}
                    Some(_) => self.twice += 1,
                }
            }
        }
    }
}

/// All windows together.
struct Total {
    tally: Tally,
    windows: u32,
    secs: f64,
    server_cpu: f64,
    generator_cpu: f64,
}

impl Total {
    fn new() -> Result<Total> {
        Ok(Total {
            tally: Tally {
                latencies: Latencies::new()?,
                seen: HashSet::new(),
                fetched: 0,
                twice: 0,
                foreign: 0,
                missing: 0,
                errors: 0,
            },
            windows: 0,
            secs: 0.0,
            server_cpu: 0.0,
            generator_cpu: 0.0,
        })
    }

    fn write(&self, bench: &Bench, args: &Keys) -> Result<()> {
        let tally = &self.tally;
        bench.results.write(
            "keys",
            json!({
                "clients": args.clients, "pool": args.pool, "n": tally.fetched,
                "windows": self.windows, "secs": round(self.secs, 3),
                "fetches_per_s": rate(tally.fetched, self.secs),
                "p50_us": tally.latencies.us(0.5), "p99_us": tally.latencies.us(0.99),
                "max_us": tally.latencies.us(1.0),
                "keys": tally.seen.len(), "twice": tally.twice, "missing": tally.missing,
                "foreign": tally.foreign, "errs": tally.errors,
                "server_cpu_us_per_fetch": us_each(self.server_cpu, tally.fetched),
                "server_cpu": round(self.server_cpu / self.secs, 2),
                "gen_cpu": round(self.generator_cpu / self.secs, 2),
            }),
        )
    }
}

//! The scenarios: what is measured, whatever the protocol.

mod contacts;
mod drain;
mod group;
mod idle;
mod keys;
mod latency;
mod media;
mod offline;
mod presence;
mod register;
mod throughput;

use crate::cli::Scenario;
use crate::driver::Driver;
use crate::driver::heliograph::{Client, Heliograph};
use crate::proc::Pids;
use crate::results::Results;
use anyhow::{Context, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Connections being opened at a time where that is not what is measured.
const CONC: usize = 16;

/// A server, and where its figures go.
pub(crate) struct Bench {
    pub(crate) driver: Box<dyn Driver>,
    pub(crate) results: Results,
    pub(crate) server: Pids,
    /// Number of the first user.
    pub(crate) base: usize,
    pub(crate) body_bytes: usize,
}

impl Bench {
    pub(crate) async fn run(&self, scenario: &Scenario) -> Result<()> {
        match scenario {
            Scenario::Register(args) => register::run(self, args).await,
            Scenario::Latency(args) => latency::run(self, args).await,
            Scenario::Throughput(args) => throughput::run(self, args).await,
            Scenario::Group(args) => group::run(self, args).await,
            Scenario::OfflineStore(args) => offline::run(self, args).await,
            Scenario::OfflineDrain(args) => drain::run(self, args).await,
            Scenario::Idle(args) => idle::run(self, args).await,
            Scenario::Keys(args) => keys::run(self, args).await,
            Scenario::Presence(args) => presence::run(self, args).await,
            Scenario::Contacts(args) => contacts::run(self, args).await,
            Scenario::Media(args) => media::run(self, args).await,
        }
    }

    fn heliograph(&self) -> Result<&Heliograph> {
        let driver = self.driver.heliograph();
        driver.context("only Heliograph has this")
    }

    /// Opens sockets that ask; the clients come back in the order of the users.
    async fn clients(&self, users: &[usize]) -> Result<Vec<Client>> {
        let driver = self.heliograph()?;
        self.driver.prepare(users).await?;
        let opening = users.iter().map(|user| driver.client(*user));
        stream::iter(opening).buffered(CONC).try_collect().await
    }

    /// The numbers of `n` users, from the `skip`th on.
    fn users(&self, skip: usize, n: usize) -> Vec<usize> {
        (self.base + skip..self.base + skip + n).collect()
    }
}

/// How many complaints a person reads; what is wrong with one connection is mostly wrong with all.
const COMPLAINTS: u32 = 5;

/// Tells the person at the terminal what went wrong with one of many connections.
#[expect(clippy::print_stderr, reason = "this is a command line tool")]
fn complain(what: &str, error: &anyhow::Error) {
    static SAID: AtomicU32 = AtomicU32::new(0);
    match SAID.fetch_add(1, Relaxed) {
        n if n < COMPLAINTS => eprintln!("{what}: {error:#}"),
        COMPLAINTS => eprintln!("… and more like these"),
        _ => {}
    }
}

//! peerbench: one load generator for several messengers. Both ends of every conversation live in
//! this process, so that all latencies come from one clock.

mod cli;
mod clock;
mod driver;
mod load;
mod proc;
mod results;
mod scenarios;
mod stamp;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use cli::{Cli, Protocol};
use driver::{Driver, heliograph::Heliograph, wsjson::WsJson, xmpp::Xmpp};
use results::Results;
use scenarios::Bench;
use std::process::ExitCode;
use std::time::Duration;

#[expect(clippy::print_stderr, reason = "this is a command line tool")]
fn main() -> ExitCode {
    match start(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> Result<()> {
    proc::raise_file_limit().context("raising the limit of open files")?;
    // One thread: the servers need the rest of the machine, and all of them get the same.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(run(cli));
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn run(cli: Cli) -> Result<()> {
    ensure!(
        cli.size >= stamp::MARKER_LEN,
        "a body holds a marker of {} bytes",
        stamp::MARKER_LEN
    );
    let driver: Box<dyn Driver> = match cli.driver {
        Protocol::Xmpp => Box::new(Xmpp { addr: cli.addr }),
        Protocol::Wsjson => Box::new(WsJson { addr: cli.addr }),
        Protocol::Heliograph => Box::new(Heliograph::new(cli.addr, &cli.accounts)?),
    };
    let label = cli.label.unwrap_or_else(|| cli.driver.name().to_string());
    let bench = Bench {
        driver,
        results: Results {
            label,
            body_bytes: cli.size,
            file: cli.json,
        },
        server: cli.pids,
        base: cli.base,
        body_bytes: cli.size,
    };
    bench.run(&cli.scenario).await
}

//! The floor: a relay that speaks the smallest protocol (`driver/wsjson.rs`) and knows nothing of
//! people, devices, tokens or limits.
//!
//! `--mode mem` forwards at once and keeps what is for others in memory. `--mode sqlite-full`
//! commits every message (WAL, `synchronous=FULL`, group commit) before it is forwarded and before
//! its sender is answered, and deletes it on the recipient's ack.

mod connection;
mod hub;
mod store;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use hub::Hub;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

#[derive(Parser)]
struct Cli {
    #[arg(long, value_enum)]
    mode: Mode,
    #[arg(long, default_value = "127.0.0.1:19000")]
    addr: String,
    /// Database of `sqlite-full`.
    #[arg(long, default_value = "relay.db")]
    path: PathBuf,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Bytes of a connection's read buffer. The library's default of 131072 costs 135 KB a
    /// connection and is slower.
    #[arg(long, default_value_t = 4096)]
    read_buffer: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Mem,
    SqliteFull,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).context("raising the limit of open files")?;
    let hub = Arc::new(match cli.mode {
        Mode::Mem => Hub::in_memory(),
        Mode::SqliteFull => Hub::stored(&cli.path)?,
    });
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .worker_threads(cli.threads)
        .enable_all()
        .build()?
        .block_on(async move {
            let listener = TcpListener::bind(&cli.addr).await.context("listening")?;
            loop {
                let (stream, _) = listener.accept().await.context("accepting")?;
                tokio::spawn(connection::serve(hub.clone(), stream, cli.read_buffer));
            }
        })
}

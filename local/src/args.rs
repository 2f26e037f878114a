//! The command line.

use crate::faults::Faults;
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Heliograph on one machine: gateway, functions and a durable store in one process.
#[derive(Debug, Parser)]
#[command(name = "heliographd", version, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The folder for store and keys; made when missing.
    #[arg(long, value_name = "DIR", required = true)]
    pub data: Option<PathBuf>,

    /// Where clients reach this server, if not where it listens, as `https://chat.example.org`.
    /// Addresses of files begin with it.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,

    /// How many bytes of files are kept at most; what is beyond is refused.
    #[arg(long, value_name = "N", default_value_t = 10 * 1024 * 1024 * 1024)]
    pub max_media_bytes: u64,

    /// How many files one user may upload in a day; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub uploads_per_day: u32,

    /// How many bytes those may have together; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000)]
    pub upload_bytes_per_day: u64,

    /// For development: GET /dev/sms tells codes, registration is not limited.
    #[arg(long)]
    pub dev: bool,

    /// Lift all rate limits: for benchmarks and demos.
    #[arg(long)]
    pub no_limits: bool,

    /// How many messages one user may send another at once; after that it is one a second.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub sends_per_pair: u32,

    /// A program that sends a text message; gets number and code as its two arguments.
    #[arg(long, value_name = "PROGRAM")]
    pub sms_command: Option<PathBuf>,

    /// Where push services find the operator, for Web Push: https://… or mailto:….
    #[arg(long, value_name = "URL", default_value = "https://heliograph.invalid")]
    pub push_contact: String,

    /// A push service besides those of Google, Mozilla, Apple and Microsoft: host, host:port, *.host,
    /// or, for tests, http://host:port.
    #[arg(long, value_name = "HOST")]
    pub push_host: Vec<String>,

    /// For tests: what AWS may do to clients, as probabilities, e.g. lose-disconnect=0.1,gone=0.05.
    /// Known: lose-disconnect, gone, throttled, reorder, duplicate, late-ttl.
    #[arg(long, value_name = "NAME=P,…", default_value = "")]
    pub faults: Faults,

    /// For tests: the seed that the faults are drawn from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fault_seed: u64,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fills a folder with users, to measure what many rows cost.
    Preload {
        /// The folder for store and keys.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// How many users.
        #[arg(long)]
        users: u64,
    },
}

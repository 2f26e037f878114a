//! The command line of `peerbench`.

use crate::proc::Pids;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// One load generator for several messengers: it holds both ends of every conversation.
#[derive(Parser)]
pub(crate) struct Cli {
    #[arg(long, value_enum)]
    pub(crate) driver: Protocol,
    /// Host and port of the server.
    #[arg(long)]
    pub(crate) addr: String,
    /// Name of the server in the results; the driver's name when missing.
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// The server's processes, comma separated, for processor time and memory.
    #[arg(long, default_value = "", value_parser = Pids::parse)]
    pub(crate) pids: Pids,
    /// Append each result to this file as a JSON line.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// heliograph: file of registered users (JSON lines), so that later runs need not register.
    #[arg(long, default_value = "accounts.jsonl")]
    pub(crate) accounts: PathBuf,
    /// Bytes of a message body (at least a marker's 35).
    #[arg(long, default_value_t = 200)]
    pub(crate) size: usize,
    /// Number of the first user.
    #[arg(long, default_value_t = 0)]
    pub(crate) base: usize,
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Protocol {
    Xmpp,
    Wsjson,
    Heliograph,
}

impl Protocol {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Protocol::Xmpp => "xmpp",
            Protocol::Wsjson => "wsjson",
            Protocol::Heliograph => "heliograph",
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// Make sure that the users exist.
    Register(Register),
    /// Open loop at a fixed rate: send call to decoded at the recipient.
    Latency(Latency),
    /// Closed loop: each pair keeps `window` messages under way.
    Throughput(Throughput),
    /// Send to groups: send call to decoded at the last of the other members.
    Group(Group),
    /// Send to users who are away; ends when the server has acknowledged everything.
    OfflineStore(Offline),
    /// Connect those users and count what arrives.
    OfflineDrain(Drain),
    /// Open silent connections and measure what they cost.
    Idle(Idle),
    /// Fetch key bundles; no one-time key may come twice.
    Keys(Keys),
    /// Connect and disconnect a user whom many watch.
    Presence(Presence),
    /// Put an address book, then put it again.
    Contacts(Contacts),
    /// Put a file and get it, beside a plain file server.
    Media(Media),
}

#[derive(Args)]
pub(crate) struct Register {
    #[arg(long)]
    pub(crate) users: usize,
    /// Registrations under way at a time.
    #[arg(long, default_value_t = 16)]
    pub(crate) conc: usize,
}

#[derive(Args)]
pub(crate) struct Latency {
    #[arg(long, default_value_t = 10)]
    pub(crate) pairs: usize,
    /// Messages per second, all pairs together.
    #[arg(long, default_value_t = 100.0)]
    pub(crate) rate: f64,
    #[arg(long, default_value_t = 10.0)]
    pub(crate) secs: f64,
    #[arg(long, default_value_t = 2.0)]
    pub(crate) warm: f64,
}

#[derive(Args)]
pub(crate) struct Throughput {
    #[arg(long, default_value_t = 100)]
    pub(crate) pairs: usize,
    #[arg(long, default_value_t = 4)]
    pub(crate) window: usize,
    #[arg(long, default_value_t = 8.0)]
    pub(crate) secs: f64,
    #[arg(long, default_value_t = 3.0)]
    pub(crate) warm: f64,
    /// A slot is free when the recipient's receipt is back at the sender, not when it has the message.
    #[arg(long)]
    pub(crate) receipts: bool,
}

/// Members are the users `base ..`, group after group.
#[derive(Args)]
pub(crate) struct Group {
    #[arg(long, default_value_t = 256)]
    pub(crate) members: usize,
    /// Groups that are written to in turn, each with members of its own.
    #[arg(long, default_value_t = 1)]
    pub(crate) groups: usize,
    /// Those groups have the same members.
    #[arg(long)]
    pub(crate) same: bool,
    /// Further groups of the first one's members, which nobody writes to; those that an earlier run
    /// has made serve again.
    #[arg(long, default_value_t = 0)]
    pub(crate) others: usize,
    /// Milliseconds from one message to the next, of all groups together; back to back without it.
    #[arg(long)]
    pub(crate) interval_ms: Option<u64>,
    /// Back to back: messages under way, in all groups together. The last member frees a slot.
    #[arg(long, default_value_t = 4)]
    pub(crate) window: usize,
    #[arg(long, default_value_t = 8.0)]
    pub(crate) secs: f64,
    #[arg(long, default_value_t = 2.0)]
    pub(crate) warm: f64,
}

/// Senders are the users `base ..`, the users who are away follow them.
#[derive(Args)]
pub(crate) struct Offline {
    #[arg(long, default_value_t = 100)]
    pub(crate) users: usize,
    #[arg(long, default_value_t = 10_000)]
    pub(crate) total: usize,
    #[arg(long, default_value_t = 10)]
    pub(crate) senders: usize,
    /// Unacknowledged messages of a sender.
    #[arg(long, default_value_t = 50)]
    pub(crate) window: usize,
    /// Tells the messages of this store and its drain from those of another.
    #[arg(long, default_value_t = 0)]
    pub(crate) run: u32,
}

#[derive(Args)]
pub(crate) struct Drain {
    #[command(flatten)]
    pub(crate) offline: Offline,
    /// Seconds without a new message that end the drain.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) quiet: f64,
    /// The server was started at this Unix time (ms) and may not listen yet: connect until it does,
    /// and count the first message's time from there.
    #[arg(long)]
    pub(crate) started_at_ms: Option<u64>,
}

#[derive(Args)]
pub(crate) struct Idle {
    /// Connections held at each step.
    #[arg(long, value_delimiter = ',', default_value = "1000,5000,10000")]
    pub(crate) steps: Vec<usize>,
    /// Connections being opened at a time.
    #[arg(long, default_value_t = 32)]
    pub(crate) conc: usize,
    /// Seconds to wait before memory is read.
    #[arg(long, default_value_t = 4.0)]
    pub(crate) settle: f64,
}

/// The fetchers are the users `base ..`, those whose keys they fetch follow them.
#[derive(Args)]
pub(crate) struct Keys {
    /// Fetches under way, each of a client of its own.
    #[arg(long, default_value_t = 32)]
    pub(crate) clients: usize,
    /// Users whose keys are fetched, in turn.
    #[arg(long, default_value_t = 200)]
    pub(crate) pool: usize,
    /// Seconds of fetching, without those of uploading.
    #[arg(long, default_value_t = 8.0)]
    pub(crate) secs: f64,
    /// Ids of keys must rise: give a higher number than any run over the same users before.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..4096))]
    pub(crate) run: u32,
}

/// The user `base` is watched by those that follow.
#[derive(Args)]
pub(crate) struct Presence {
    #[arg(long, default_value_t = 1000)]
    pub(crate) watchers: usize,
    /// How often the user comes and goes.
    #[arg(long, default_value_t = 30)]
    pub(crate) rounds: usize,
    /// Milliseconds after each change for what comes twice.
    #[arg(long, default_value_t = 50)]
    pub(crate) pause_ms: u64,
}

/// The users `base ..` put; those who are found follow them.
#[derive(Args)]
pub(crate) struct Contacts {
    /// Numbers in the address book.
    #[arg(long, default_value_t = 500)]
    pub(crate) numbers: usize,
    /// How many of them are registered.
    #[arg(long, default_value_t = 25)]
    pub(crate) found: usize,
    #[arg(long, default_value_t = 20)]
    pub(crate) users: usize,
    /// How often each of them does it all: put, put again, remove.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
}

/// Who puts it is the user `base`.
#[derive(Args)]
pub(crate) struct Media {
    /// How long the file is: a little less than 100 MiB, so that it is no more when sealed.
    #[arg(long, default_value_t = 104_800_000)]
    pub(crate) bytes: u64,
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// A file server that takes `PUT` under this address.
    #[arg(long)]
    pub(crate) plain_url: String,
    /// For the files; it is removed afterwards.
    #[arg(long)]
    pub(crate) folder: PathBuf,
}

//! What can be said on the command line.

mod subcommands;

pub(crate) use subcommands::{Group, Media};

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Messages that nobody in between can read.
#[derive(Debug, Parser)]
#[command(name = "heliograph", version)]
pub(crate) struct Args {
    /// The folder of this account; with two, two run side by side [default: heliograph in your data folder]
    #[arg(long, global = true, env = "HELIOGRAPH_PROFILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Print JSON, a line for each thing
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Names a user: by phone number (`+46…`), by what one calls them, or by id.
#[derive(Debug, clap::Args)]
pub(crate) struct Who {
    /// A phone number, as +46701234567, the name of a contact, or a user's id
    #[arg(value_name = "WHO")]
    pub(crate) who: String,
}

/// Names a chat: with a user, as [`Who`], or in a group (`group:…`).
#[derive(Debug, clap::Args)]
pub(crate) struct In {
    /// A phone number, as +46701234567, the name of a contact, a user's id, or group: and a group's id
    #[arg(value_name = "CHAT")]
    pub(crate) chat: String,
}

/// Says where a deployment is.
#[derive(Debug, clap::Args)]
pub(crate) struct Deployment {
    /// Where the deployment is, as https://chat.example.org
    #[arg(long)]
    pub(crate) server: String,
    /// Where its socket is [default: the server's, at /ws]
    #[arg(long)]
    pub(crate) socket: Option<String>,
    /// What you call this device
    #[arg(long, default_value = "terminal")]
    pub(crate) device_name: String,
    /// Keep the key of the profile in the system's keyring, and ask for no passphrase
    #[arg(long)]
    pub(crate) keyring: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account of your phone number, or take yours over to this device
    Register {
        /// Your number, as +46701234567
        number: String,
        #[command(flatten)]
        deployment: Deployment,
        /// The registration that the code is for, as it was printed: for scripts, which are not asked
        #[arg(long, requires = "code")]
        registration: Option<String>,
        /// The code that came by SMS
        #[arg(long, requires = "registration")]
        code: Option<String>,
    },
    /// Print a token that a further device of yours is linked with, within ten minutes
    LinkToken,
    /// Make this a further device of your account
    Link {
        /// What `link-token` has printed on your first device
        token: String,
        #[command(flatten)]
        deployment: Deployment,
    },
    /// Look up who has a phone number, and add them to your contacts
    Find {
        /// Their number, as +46701234567
        number: String,
    },
    /// List your contacts
    Contacts,
    /// Call somebody by a name, which only you see, and add them to your contacts
    Name {
        #[command(flatten)]
        who: Who,
        /// What you call them
        name: String,
    },
    /// Send a text
    Send {
        #[command(flatten)]
        to: In,
        /// What to say; `-` reads it from the standard input
        text: String,
        /// How many seconds to wait until the server has it; it goes out later otherwise
        #[arg(long, default_value_t = 30)]
        wait: u64,
    },
    /// Print what happens, as it does
    Listen {
        /// End after so many seconds
        #[arg(long = "for", value_name = "SECONDS")]
        seconds: Option<u64>,
        /// End after so many messages of others
        #[arg(long)]
        messages: Option<usize>,
    },
    /// Read and write your chats on the whole screen, as they go on
    Chat {
        /// Which to begin with: a phone number, a user's id, or group: and a group's id
        chat: Option<String>,
    },
    /// List your chats
    Chats,
    /// Print the last messages of a chat
    Messages {
        #[command(flatten)]
        of: In,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Have what is written in a chat from now on disappear a while after it came
    Disappear {
        #[command(flatten)]
        of: In,
        /// After how many seconds; `never` ends it
        after: String,
        /// How many seconds to wait until the server has it; it goes out later otherwise
        #[arg(long, default_value_t = 30)]
        wait: u64,
    },
    /// Note that a chat was read, and tell who wrote in it
    Read {
        #[command(flatten)]
        of: In,
    },
    /// Make groups, and change who is in them
    #[command(subcommand)]
    Group(Group),
    /// Send and get files
    #[command(subcommand)]
    Media(Media),
    /// Find messages that hold all of some words
    Search {
        /// The words, of the last its beginning
        words: String,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Print all messages of a chat, a line of JSON each, oldest first
    Export {
        #[command(flatten)]
        of: In,
    },
    /// Print the 60 digits to compare with somebody's
    SafetyNumber {
        #[command(flatten)]
        with: Who,
        /// These are the digits that you have compared, and they are the same
        #[arg(long, value_name = "DIGITS", conflicts_with = "accept")]
        verified: Option<String>,
        /// Send to their new keys without comparing
        #[arg(long)]
        accept: bool,
    },
    /// Tell which user and device this is
    Whoami,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

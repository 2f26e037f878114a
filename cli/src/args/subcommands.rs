//! What can be said of groups and files.

use super::In;
use clap::Subcommand;
use std::path::PathBuf;

/// What can be done with files.
#[derive(Debug, Subcommand)]
pub(crate) enum Media {
    /// Send a file, 100 MiB at most: a photo upright and smaller, and without where it was taken
    Send {
        #[command(flatten)]
        to: In,
        /// The file
        file: PathBuf,
        /// What to say of it
        #[arg(long)]
        caption: Option<String>,
    },
    /// Get a file that a message tells of
    Get {
        #[command(flatten)]
        of: In,
        /// The message, as `messages` prints it
        message_id: String,
        /// Where it goes, a file or a folder [default: here, by the name that it was sent with]
        to: Option<PathBuf>,
    },
}

/// What can be done with groups. What changes one is for its admins.
#[derive(Debug, Subcommand)]
pub(crate) enum Group {
    /// Make a group, and be its admin
    Create {
        /// What it is called
        name: String,
        /// Phone numbers or ids of the other members
        members: Vec<String>,
    },
    /// Tell what a group is, and who is in it
    Info {
        #[command(flatten)]
        group: Named,
    },
    /// Add people
    Add {
        #[command(flatten)]
        group: Named,
        /// Their phone numbers or ids
        #[arg(required = true)]
        who: Vec<String>,
    },
    /// Remove people: they read nothing that is written from then on
    Remove {
        #[command(flatten)]
        group: Named,
        /// Their phone numbers or ids
        #[arg(required = true)]
        who: Vec<String>,
    },
    /// Leave a group
    Leave {
        #[command(flatten)]
        group: Named,
    },
    /// Call a group otherwise
    Rename {
        #[command(flatten)]
        group: Named,
        /// What it is called from now on
        name: String,
    },
    /// Let only admins write, or everybody
    AnnounceOnly {
        #[command(flatten)]
        group: Named,
        /// Whether only admins may write
        #[arg(action = clap::ArgAction::Set)]
        only_admins: bool,
    },
    /// Make a member an admin
    Promote {
        #[command(flatten)]
        group: Named,
        /// Their phone number or id
        who: String,
    },
    /// Make an admin a member like others
    Demote {
        #[command(flatten)]
        group: Named,
        /// Their phone number or id
        who: String,
    },
    /// Print an invite, which is good for 30 days
    Invite {
        #[command(flatten)]
        group: Named,
    },
    /// Make an invite useless
    Revoke {
        #[command(flatten)]
        group: Named,
        /// What `group invite` has printed
        invite: String,
    },
    /// Join a group by an invite
    Join {
        /// What `group invite` has printed
        invite: String,
    },
    /// Tell who has a message of yours, and who has read it
    Receipts {
        #[command(flatten)]
        group: Named,
        /// The id of the message, as `send --json` prints it
        message_id: String,
    },
}

/// Names a group.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// The group, as `chats` prints it: group: and its id
    pub(crate) group: String,
}

//! Notes of what must be cleaned up after a device, an account or a photo, written before or with the change
//! that makes it necessary, so that a crash leaves a note and not litter.

mod leases;
mod pending;

pub use leases::{Lease, clear_leases, ended_leases};
pub use pending::{PENDING_SHARDS, Pending, PendingPage, carried, overdue, pending};

use crate::Context;
use crate::address::Address;
use crate::ports::SIGNED_MS;
use crate::store::{Condition, Field, Item, Key, Query, Store, StoreError, Table, Write};
use crate::tables::media::Referent;
use heliograph_protocol::UserId;
use heliograph_protocol::media::MediaId;
use std::fmt;

/// Revocations are rare: one partition takes a thousand a second.
const PARTITION: &str = "all";
const DUE_AT: &str = "due_at";

/// How long something may still be written for what has just gone, in milliseconds: longer than any
/// function runs that saw it before.
pub const LATE_MS: u64 = 30_000;

/// Whose things must go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A device's.
    Device(Address),
    /// What a former holder of an account left behind, or all of an account that is gone.
    Account(UserId),
    /// The copy that is kept of a photo, if it is not shown; if it is, there must be one.
    Photo(Photo),
}

/// A photo that began or ceased to be shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Photo {
    /// By whom or what.
    pub of: Referent,
    /// The file.
    pub media_id: MediaId,
    /// Who changed it.
    pub by: UserId,
}

/// What no address of a device begins with.
const PHOTO: &str = "photo#";

impl Photo {
    fn parse(sort: &str) -> Option<Self> {
        let (media_id, rest) = sort.strip_prefix(PHOTO)?.split_once('#')?;
        let (by, of) = rest.split_once('#')?;
        Some(Self {
            of: Referent::parse(of)?,
            media_id: media_id.parse().ok()?,
            by: by.parse().ok()?,
        })
    }
}

impl fmt::Display for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PHOTO}{}#{}#{}",
            self.media_id.as_str(),
            self.by,
            self.of
        )
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Device(device) => device.fmt(f),
            Subject::Account(user_id) => user_id.fmt(f),
            Subject::Photo(photo) => photo.fmt(f),
        }
    }
}

impl Subject {
    fn parse(sort: &str) -> Option<Self> {
        if let Some(photo) = Photo::parse(sort) {
            return Some(Subject::Photo(photo));
        }
        match Address::parse(sort) {
            Some(device) => Some(Subject::Device(device)),
            None => sort.parse().ok().map(Subject::Account),
        }
    }

    fn key(&self) -> Key {
        Key::sorted(Table::Cleanups, PARTITION, self.to_string())
    }
}

/// Notes that what belongs to a device must go, if the device is gone at `due_at`, milliseconds
/// since the Unix epoch.
pub fn note(device: &Address, due_at: u64) -> Write {
    note_of(&Subject::Device(device.clone()), due_at)
}

/// Notes that what belongs to a subject must go.
pub fn note_of(subject: &Subject, due_at: u64) -> Write {
    let due_at = i64::try_from(due_at).unwrap_or(i64::MAX);
    Write::put(Item::new(subject.key()).with(DUE_AT, Field::Int(due_at)))
}

/// Takes the note of a device away.
pub fn done(device: &Address) -> Write {
    Write::delete(Subject::Device(device.clone()).key())
}

/// Takes a note away, unless it has been written anew.
pub fn withdrawn(note: &Note) -> Write {
    let due_at = i64::try_from(note.due_at).unwrap_or(i64::MAX);
    Write::delete(note.subject.key()).when(Condition::equals(DUE_AT, Field::Int(due_at)))
}

/// A note that is due.
#[derive(Clone, Debug)]
pub struct Note {
    /// Whose things must go.
    pub subject: Subject,
    /// Since when they must, in milliseconds since the Unix epoch.
    pub due_at: u64,
}

impl Note {
    /// Whether nobody who saw the subject alive can still be writing for it, so that what is clean
    /// now stays so.
    pub fn is_final(&self, now_ms: u64) -> bool {
        self.due_at + LATE_MS <= now_ms
    }

    /// Whether a photo that has not come will not come any more: the address that takes it is over.
    pub fn is_too_late(&self, now_ms: u64) -> bool {
        self.due_at + SIGNED_MS + LATE_MS <= now_ms
    }
}

/// A part of the notes.
pub struct Page {
    /// Notes whose time has come.
    pub due: Vec<Note>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads a page of the notes that are due.
///
/// # Errors
/// The store's.
pub async fn due(
    store: &dyn Store,
    cx: &Context,
    after: Option<String>,
) -> Result<Page, StoreError> {
    let page = store
        .query(
            cx,
            &Query::partition(Table::Cleanups, PARTITION, 100).after(after),
        )
        .await?;
    let read = |item: &Item| {
        let subject = Subject::parse(&item.key.sort)?;
        let due_at = u64::try_from(item.int(DUE_AT)?).ok()?;
        (due_at <= cx.now_ms()).then_some(Note { subject, due_at })
    };
    Ok(Page {
        due: page.items.iter().filter_map(read).collect(),
        next: page.next,
    })
}

//! Notes of what must be cleaned up after a device, an account or a photo, written before or with the change
//! that makes it necessary, so that a crash leaves a note and not litter.

use crate::Context;
use crate::address::Address;
use crate::ports::SIGNED_MS;
use crate::store::{Condition, Field, Item, Key, Query, Store, StoreError, Table, Write};
use crate::tables::deliveries::Sent;
use crate::tables::media::Referent;
use futures_util::future::try_join_all;
use heliograph_protocol::media::MediaId;
use heliograph_protocol::{GroupId, UserId};
use std::fmt;

/// Revocations are rare: one partition takes a thousand a second.
const PARTITION: &str = "all";
const DUE_AT: &str = "due_at";

/// Leases of connections, in the order of their ends.
const LEASES: &str = "leases";

/// How long something may still be written for what has just gone, in milliseconds: longer than any
/// function runs that saw it before.
const LATE_MS: u64 = 30_000;

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
    due_at: u64,
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

/// A connection's lease that has ended.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Whose connection.
    pub user_id: UserId,
    /// When the lease ended, in milliseconds since the Unix epoch.
    pub ends_at: u64,
}

impl Lease {
    fn key(&self) -> Key {
        // Padded, so that the order of keys is that of ends.
        let sort = format!("{:015}#{}", self.ends_at, self.user_id);
        Key::sorted(Table::Cleanups, LEASES, sort)
    }

    /// Notes that a user is to be looked at when the lease ends, as the word of a socket's end may
    /// be lost.
    pub fn note(&self) -> Write {
        Write::put(Item::new(self.key()))
    }

    /// Takes the note away.
    pub fn done(&self) -> Write {
        Write::delete(self.key())
    }
}

/// Reads leases that have ended, the oldest first, at most 100.
///
/// # Errors
/// The store's.
pub async fn ended_leases(store: &dyn Store, cx: &Context) -> Result<Vec<Lease>, StoreError> {
    let query = Query {
        to: Some(format!("{:015}~", cx.now_ms())),
        ..Query::partition(Table::Cleanups, LEASES, 100)
    };
    let page = store.query(cx, &query).await?;
    let read = |item: &Item| {
        let (ends_at, user_id) = item.key.sort.split_once('#')?;
        Some(Lease {
            user_id: user_id.parse().ok()?,
            ends_at: ends_at.parse().ok()?,
        })
    };
    Ok(page.items.iter().filter_map(read).collect())
}

/// Something sent to a group that may not be in its members' inboxes yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// To which group.
    pub group_id: GroupId,
    /// What was sent.
    pub sent: Sent,
    /// When the sweep is to see to it, in milliseconds since the Unix epoch.
    pub due_at: u64,
    accepted_at: u64,
}

/// How long `fanout` has before the sweep sees to it, in milliseconds (`design.md` §4).
const PENDING_MS: u64 = 30_000;
/// One partition takes a thousand writes a second.
pub const PENDING_SHARDS: u8 = 16;
const ACCEPTED_AT: &str = "accepted_at";
const GROUP_ID: &str = "group_id";

impl Pending {
    /// Something that was accepted now.
    pub fn new(group_id: GroupId, sent: Sent, now_ms: u64) -> Self {
        Self {
            group_id,
            sent,
            due_at: now_ms + PENDING_MS,
            accepted_at: now_ms,
        }
    }

    /// The same, seen to now: the sweep waits twice as long each time.
    pub fn postponed(&self, now_ms: u64) -> Self {
        let age = now_ms.saturating_sub(self.accepted_at);
        Self {
            due_at: now_ms + age.max(PENDING_MS),
            ..self.clone()
        }
    }

    /// Notes it.
    pub fn note(&self) -> Write {
        let accepted_at = i64::try_from(self.accepted_at).unwrap_or(i64::MAX);
        let item = Item::new(pending_key(&self.sent, self.due_at));
        let item = item
            .with(ACCEPTED_AT, Field::Int(accepted_at))
            .with(GROUP_ID, Field::Text(self.group_id.to_string()));
        Write::put(item)
    }

    /// Takes the note away.
    pub fn done(&self) -> Write {
        carried(&self.sent, self.due_at)
    }
}

/// Takes the note away of what is in the members' inboxes.
pub fn carried(sent: &Sent, due_at: u64) -> Write {
    Write::delete(pending_key(sent, due_at))
}

fn pending_key(sent: &Sent, due_at: u64) -> Key {
    let sent = sent.to_string();
    let sum = sent.bytes().fold(0_u8, u8::wrapping_add);
    let sort = format!("{due_at:015}#{sent}");
    Key::sorted(
        Table::Cleanups,
        pending_partition(sum % PENDING_SHARDS),
        sort,
    )
}

fn pending_partition(shard: u8) -> String {
    format!("pending#{shard}")
}

fn pending_from(item: &Item) -> Option<Pending> {
    let (due_at, sent) = item.key.sort.split_once('#')?;
    Some(Pending {
        group_id: item.text(GROUP_ID)?.parse().ok()?,
        sent: Sent::parse(sent)?,
        due_at: due_at.parse().ok()?,
        accepted_at: u64::try_from(item.int(ACCEPTED_AT)?).ok()?,
    })
}

/// Reads what is due of what may not be in inboxes yet: at most 100 of each of 16 partitions.
///
/// # Errors
/// The store's.
pub async fn overdue(store: &dyn Store, cx: &Context) -> Result<Vec<Pending>, StoreError> {
    let queries = (0..PENDING_SHARDS).map(|shard| async move {
        let query = Query {
            to: Some(format!("{:015}~", cx.now_ms())),
            ..Query::partition(Table::Cleanups, pending_partition(shard), 100)
        };
        store.query(cx, &query).await
    });
    let pages = try_join_all(queries).await?;
    let items = pages.iter().flat_map(|page| &page.items);
    Ok(items.filter_map(pending_from).collect())
}

/// A part of what may not be in inboxes yet.
pub struct PendingPage {
    /// What that is, due or not.
    pub pending: Vec<Pending>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads a page of one of 16 partitions of what may not be in inboxes yet.
///
/// # Errors
/// The store's.
pub async fn pending(
    store: &dyn Store,
    cx: &Context,
    shard: u8,
    after: Option<String>,
) -> Result<PendingPage, StoreError> {
    let query = Query::partition(Table::Cleanups, pending_partition(shard), 1000).after(after);
    let page = store.query(cx, &query).await?;
    Ok(PendingPage {
        pending: page.items.iter().filter_map(pending_from).collect(),
        next: page.next,
    })
}

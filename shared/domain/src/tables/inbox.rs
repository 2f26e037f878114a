//! The inbox: a device's undelivered envelopes, receipts and changes of groups.
//!
//! The sort key is the entry's name, so a conditional put is the whole of deduplication. It begins
//! with the message's UUIDv7, so a query reads oldest first; then comes who wrote the entry, since
//! the sender's client makes the id: nobody's message can stand in the way of another's.

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::content::Content;
use crate::store::{
    Condition, Consistency, Item, Key, Query, Store, StoreError, Table, Write, WriteOutcome,
};
use heliograph_protocol::groups::GroupChange;
use heliograph_protocol::request::ReceiptStatus;
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

const ENVELOPE: &str = "e";
const RECEIPT: &str = "r";
const RECEIPTS: &str = "rs";
const CHANGE: &str = "c";

/// The name of an entry within an inbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryId {
    /// An envelope's.
    Envelope(EnvelopeId),
    /// A receipt's.
    Receipt(ReceiptId),
    /// That of several receipts of one message to a group.
    Receipts(ReceiptsId),
    /// That of a group's change.
    Change(ChangeId),
}

/// The name of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvelopeId {
    /// The message.
    pub message_id: MessageId,
    /// Who sent it.
    pub from_user_id: UserId,
    /// In a group: the recipient's place in the roster of those who get it.
    pub slot: Option<u8>,
}

/// The name of several receipts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptsId {
    /// The message that was delivered or read.
    pub message_id: MessageId,
    /// Tells them from others of that message, drawn at random.
    pub number: u64,
}

/// The name of a group's change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeId {
    /// Puts it in the order of time among messages.
    pub entry_id: MessageId,
    /// The group.
    pub group_id: GroupId,
    /// What the change made.
    pub epoch: u64,
}

/// The name of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptId {
    /// The message that was delivered or read.
    pub message_id: MessageId,
    /// Who delivered or read it.
    pub by_user_id: UserId,
    /// On which device.
    pub by_device_id: DeviceId,
    /// Delivered or read.
    pub status: ReceiptStatus,
}

/// The sort key; of one message, envelopes come before receipts.
impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryId::Envelope(id) => {
                write!(f, "{}!{}", id.message_id, id.from_user_id)?;
                id.slot.map_or(Ok(()), |slot| write!(f, "!{slot}"))
            }
            EntryId::Receipts(id) => write!(f, "{}.{}", id.message_id, id.number),
            EntryId::Change(id) => write!(f, "{}:{}:{}", id.entry_id, id.group_id, id.epoch),
            EntryId::Receipt(id) => {
                let status = match id.status {
                    ReceiptStatus::Delivered => 'd',
                    ReceiptStatus::Read => 'r',
                };
                let (message_id, by_user_id) = (&id.message_id, &id.by_user_id);
                write!(f, "{message_id}#{by_user_id}#{}#{status}", id.by_device_id)
            }
        }
    }
}

impl EntryId {
    fn parse(sort: &str) -> Option<Self> {
        if let Some((message_id, from)) = sort.split_once('!') {
            let (from_user_id, slot) = match from.split_once('!') {
                Some((from, slot)) => (from, Some(slot.parse().ok()?)),
                None => (from, None),
            };
            return Some(EntryId::Envelope(EnvelopeId {
                message_id: message_id.parse().ok()?,
                from_user_id: from_user_id.parse().ok()?,
                slot,
            }));
        }
        if let Some((message_id, number)) = sort.split_once('.') {
            return Some(EntryId::Receipts(ReceiptsId {
                message_id: message_id.parse().ok()?,
                number: number.parse().ok()?,
            }));
        }
        if let Some((entry_id, change)) = sort.split_once(':') {
            let (group_id, epoch) = change.split_once(':')?;
            return Some(EntryId::Change(ChangeId {
                entry_id: entry_id.parse().ok()?,
                group_id: group_id.parse().ok()?,
                epoch: epoch.parse().ok()?,
            }));
        }
        let mut parts = sort.split('#');
        Some(EntryId::Receipt(ReceiptId {
            message_id: parts.next()?.parse().ok()?,
            by_user_id: parts.next()?.parse().ok()?,
            by_device_id: DeviceId::new(parts.next()?.parse().ok()?)?,
            status: match parts.next()? {
                "d" => ReceiptStatus::Delivered,
                "r" => ReceiptStatus::Read,
                _ => return None,
            },
        }))
    }

    fn key(&self, of: &Address) -> Key {
        Key::sorted(Table::Inbox, of.to_string(), self.to_string())
    }
}

/// An entry of an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message.
    Envelope(EnvelopeId, StoredEnvelope),
    /// Word of a message.
    Receipt(ReceiptId, StoredReceipt),
    /// Words of a message to a group.
    Receipts(ReceiptsId, StoredReceipts),
    /// A change of a group.
    Change(ChangeId, StoredChange),
}

/// An envelope as it is stored; its name is the key, its recipient is the partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEnvelope {
    /// From which device of its sender.
    #[serde(rename = "d")]
    pub from_device_id: DeviceId,
    /// What it says; `None` in a group, when it is large and to be had from the outbox.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// When the server accepted it, in milliseconds since the Unix epoch.
    #[serde(rename = "t")]
    pub timestamp: u64,
    /// Whether it may wake the device.
    #[serde(rename = "u")]
    pub urgent: bool,
    /// Whether the device may have been woken for it.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub wakes: bool,
    /// The group it was sent to, and its place among the group's messages.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub group: Option<(GroupId, u64)>,
}

/// Several receipts as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReceipts {
    /// The group that the message was sent to.
    pub group_id: GroupId,
    /// By whom, on which device, what, and when, in milliseconds since the Unix epoch.
    pub said: Vec<(UserId, DeviceId, ReceiptStatus, u64)>,
}

/// A group's change as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChange {
    /// What has changed.
    pub change: GroupChange,
    /// When, in milliseconds since the Unix epoch.
    pub timestamp: u64,
}

/// A receipt as it is stored; the rest of it is in its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReceipt {
    /// When it happened, in milliseconds since the Unix epoch.
    #[serde(rename = "t")]
    pub timestamp: u64,
}

impl Entry {
    /// Its name.
    pub fn id(&self) -> EntryId {
        match self {
            Entry::Envelope(id, _) => EntryId::Envelope(id.clone()),
            Entry::Receipt(id, _) => EntryId::Receipt(id.clone()),
            Entry::Receipts(id, _) => EntryId::Receipts(id.clone()),
            Entry::Change(id, _) => EntryId::Change(id.clone()),
        }
    }

    fn to_item(&self, of: &Address, expires_at_s: u64) -> Result<Item, StoreError> {
        let (field, value) = match self {
            Entry::Envelope(_, envelope) => (ENVELOPE, pack(envelope)?),
            Entry::Receipt(_, receipt) => (RECEIPT, pack(receipt)?),
            Entry::Receipts(_, receipts) => (RECEIPTS, pack(receipts)?),
            Entry::Change(_, change) => (CHANGE, pack(change)?),
        };
        Ok(Item::new(self.id().key(of))
            .with(field, value)
            .expiring(expires_at_s))
    }

    fn from_item(item: &Item) -> Result<Self, StoreError> {
        match EntryId::parse(&item.key.sort).ok_or_else(corrupt)? {
            EntryId::Envelope(id) => Ok(Entry::Envelope(id, unpack(item, ENVELOPE)?)),
            EntryId::Receipt(id) => Ok(Entry::Receipt(id, unpack(item, RECEIPT)?)),
            EntryId::Receipts(id) => Ok(Entry::Receipts(id, unpack(item, RECEIPTS)?)),
            EntryId::Change(id) => Ok(Entry::Change(id, unpack(item, CHANGE)?)),
        }
    }
}

/// How a put ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is stored now.
    Stored,
    /// An entry of that name was waiting already, and stays.
    Waiting(Entry),
}

/// Puts an entry unless one of its name is waiting.
///
/// # Errors
/// The store's.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    entry: &Entry,
    expires_at_s: u64,
) -> Result<Put, StoreError> {
    let item = entry.to_item(of, expires_at_s)?;
    match store
        .write(cx, Write::put(item).when(Condition::Absent))
        .await?
    {
        WriteOutcome::Applied { .. } => Ok(Put::Stored),
        WriteOutcome::Refused { old } => {
            let old = old.ok_or_else(corrupt)?;
            Ok(Put::Waiting(Entry::from_item(&old)?))
        }
    }
}

/// Puts entries into inboxes, each until its end, over what may be there under their names.
///
/// # Errors
/// The store's; some may be stored then.
pub async fn put_all(
    store: &dyn Store,
    cx: &Context,
    entries: impl IntoIterator<Item = (&Address, Entry, u64)>,
) -> Result<(), StoreError> {
    let put = |(of, entry, expires_at_s): (&Address, Entry, u64)| {
        entry.to_item(of, expires_at_s).map(Write::put)
    };
    let puts: Vec<Write> = entries.into_iter().map(put).collect::<Result<_, _>>()?;
    super::write_all(store, cx, puts).await
}

/// Deletes entries; those that are not there are fine.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn delete(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    ids: &[EntryId],
) -> Result<(), StoreError> {
    store
        .batch_write(cx, ids.iter().map(|id| Write::delete(id.key(of))).collect())
        .await
}

/// The key of an entry, by its name.
pub fn key(of: &Address, entry: &str) -> Key {
    Key::sorted(Table::Inbox, of.to_string(), entry)
}

/// Tells whether an entry waits, by its name.
///
/// # Errors
/// The store's.
pub async fn waits(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    entry: &str,
) -> Result<bool, StoreError> {
    let item = store.get(cx, &key(of, entry), Consistency::Strong).await?;
    Ok(item.is_some())
}

/// Tells which messages of a sender wait in inboxes, in the order asked for.
///
/// # Errors
/// The store's.
pub async fn waiting(
    store: &dyn Store,
    cx: &Context,
    from: &UserId,
    asked: &[(Address, MessageId)],
) -> Result<Vec<bool>, StoreError> {
    let key = |(of, message_id): &(Address, MessageId)| {
        let id = EnvelopeId {
            message_id: *message_id,
            from_user_id: from.clone(),
            slot: None,
        };
        EntryId::Envelope(id).key(of)
    };
    let keys: Vec<Key> = asked.iter().map(key).collect();
    let found = store.batch_get(cx, &keys, Consistency::Strong).await?;
    Ok(found.iter().map(Option::is_some).collect())
}

/// A part of an inbox.
pub struct Page {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads a page of an inbox, after an entry's name or after the envelopes of a message id.
///
/// # Errors
/// The store's.
pub async fn page(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    after: Option<String>,
    limit: usize,
) -> Result<Page, StoreError> {
    // `~` sorts after every character of a user id.
    let after = after.map(|after| match after.parse::<MessageId>() {
        Ok(message_id) => format!("{message_id}!~"),
        Err(_) => after,
    });
    let query = Query::partition(Table::Inbox, of.to_string(), limit).after(after);
    let page = store.query(cx, &query).await?;
    let entries = page
        .items
        .iter()
        .map(Entry::from_item)
        .collect::<Result<_, _>>()?;
    Ok(Page {
        entries,
        next: page.next,
    })
}

/// Deletes a whole inbox; tells whether it is empty now, or `pages` pages were not enough.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn clear(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    pages: usize,
) -> Result<bool, StoreError> {
    super::clear_partition(store, cx, Table::Inbox, &of.to_string(), pages).await
}

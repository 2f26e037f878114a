//! The inbox: a device's undelivered envelopes and receipts.
//!
//! The sort key is the entry's name, so a conditional put is the whole of deduplication, and it
//! begins with the message's UUIDv7, so a query reads oldest first.

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::content::Content;
use crate::store::{
    Condition, Consistency, Item, Key, Query, Store, StoreError, Table, Write, WriteOutcome,
};
use futures_util::future::try_join_all;
use heliograph_protocol::request::ReceiptStatus;
use heliograph_protocol::{DeviceId, MessageId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

const ENVELOPE: &str = "e";
const RECEIPT: &str = "r";

/// The name of an entry within an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EntryId {
    /// An envelope.
    Envelope {
        /// The message.
        message_id: MessageId,
    },
    /// A receipt.
    Receipt {
        /// The message that was delivered or read.
        message_id: MessageId,
        /// Who delivered or read it.
        by_user_id: UserId,
        /// On which device.
        by_device_id: DeviceId,
        /// Delivered or read.
        status: ReceiptStatus,
    },
}

/// The sort key.
impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryId::Envelope { message_id } => write!(f, "{message_id}"),
            EntryId::Receipt {
                message_id,
                by_user_id,
                by_device_id,
                status,
            } => {
                let status = match status {
                    ReceiptStatus::Delivered => 'd',
                    ReceiptStatus::Read => 'r',
                };
                write!(f, "{message_id}!{by_user_id}!{by_device_id}!{status}")
            }
        }
    }
}

impl EntryId {
    fn parse(sort: &str) -> Option<Self> {
        let mut parts = sort.split('!');
        let message_id = parts.next()?.parse().ok()?;
        let Some(by_user_id) = parts.next() else {
            return Some(EntryId::Envelope { message_id });
        };
        let by_user_id = by_user_id.parse().ok()?;
        let by_device_id = DeviceId::new(parts.next()?.parse().ok()?)?;
        let status = match parts.next()? {
            "d" => ReceiptStatus::Delivered,
            "r" => ReceiptStatus::Read,
            _ => return None,
        };
        Some(EntryId::Receipt {
            message_id,
            by_user_id,
            by_device_id,
            status,
        })
    }

    fn key(&self, of: &Address) -> Key {
        Key::sorted(Table::Inbox, of.to_string(), self.to_string())
    }
}

/// An envelope as it is stored; its message id is in the key, its recipient is the partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEnvelope {
    /// Who sent it.
    #[serde(rename = "f")]
    pub from_user_id: UserId,
    /// From which device.
    #[serde(rename = "d")]
    pub from_device_id: DeviceId,
    /// What it says.
    #[serde(rename = "c")]
    pub content: Content,
    /// When the server accepted it, in milliseconds since the Unix epoch.
    #[serde(rename = "t")]
    pub timestamp: u64,
    /// Whether it may wake the device.
    #[serde(rename = "u")]
    pub urgent: bool,
}

/// A receipt as it is stored; the rest of it is in its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReceipt {
    /// When it happened, in milliseconds since the Unix epoch.
    #[serde(rename = "t")]
    pub timestamp: u64,
}

/// An entry of an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// What it holds.
    pub body: Body,
}

/// What an entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A message.
    Envelope(StoredEnvelope),
    /// Word of a message.
    Receipt(StoredReceipt),
}

impl Entry {
    fn into_item(self, of: &Address, expires_at_s: u64) -> Result<Item, StoreError> {
        let (field, value) = match &self.body {
            Body::Envelope(envelope) => (ENVELOPE, pack(envelope)?),
            Body::Receipt(receipt) => (RECEIPT, pack(receipt)?),
        };
        Ok(Item::new(self.id.key(of))
            .with(field, value)
            .expiring(expires_at_s))
    }

    fn from_item(item: &Item) -> Result<Self, StoreError> {
        let id = EntryId::parse(&item.key.sort).ok_or_else(corrupt)?;
        let body = match &id {
            EntryId::Envelope { .. } => Body::Envelope(unpack(item, ENVELOPE)?),
            EntryId::Receipt { .. } => Body::Receipt(unpack(item, RECEIPT)?),
        };
        Ok(Self { id, body })
    }
}

/// How a put ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is stored now.
    Stored,
    /// An entry of that name was waiting already, and stays.
    Waiting(Body),
}

/// Puts an entry unless one of its name is waiting.
///
/// # Errors
/// The store's.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    entry: Entry,
    expires_at_s: u64,
) -> Result<Put, StoreError> {
    let item = entry.into_item(of, expires_at_s)?;
    match store
        .write(cx, Write::put(item).when(Condition::Absent))
        .await?
    {
        WriteOutcome::Applied { .. } => Ok(Put::Stored),
        WriteOutcome::Refused { old } => {
            let old = old.ok_or_else(corrupt)?;
            Ok(Put::Waiting(Entry::from_item(&old)?.body))
        }
    }
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

/// Reads the envelopes of one message out of several inboxes, in the order asked for.
///
/// # Errors
/// The store's.
pub async fn waiting(
    store: &dyn Store,
    cx: &Context,
    asked: &[(Address, MessageId)],
) -> Result<Vec<Option<StoredEnvelope>>, StoreError> {
    let key = |(of, message_id): &(Address, MessageId)| {
        EntryId::Envelope {
            message_id: *message_id,
        }
        .key(of)
    };
    let keys: Vec<Key> = asked.iter().map(key).collect();
    let found = store.batch_get(cx, &keys, Consistency::Strong).await?;
    found
        .iter()
        .map(|item| item.as_ref().map(|item| unpack(item, ENVELOPE)).transpose())
        .collect()
}

/// A part of an inbox.
pub struct Page {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads a page of an inbox.
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
    clear_partition(store, cx, Table::Inbox, &of.to_string(), pages).await
}

/// Deletes a whole partition of a sorted table, page by page.
pub(super) async fn clear_partition(
    store: &dyn Store,
    cx: &Context,
    table: Table,
    partition: &str,
    pages: usize,
) -> Result<bool, StoreError> {
    let mut after = None;
    for _ in 0..pages {
        let query = Query::partition(table, partition, 200).after(after);
        let page = store.query(cx, &query).await?;
        let deletes: Vec<Write> = page
            .items
            .into_iter()
            .map(|item| Write::delete(item.key))
            .collect();
        let batches = deletes
            .chunks(crate::store::BATCH_WRITE_MAX)
            .map(<[Write]>::to_vec);
        try_join_all(batches.map(|batch| store.batch_write(cx, batch))).await?;
        after = page.next;
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

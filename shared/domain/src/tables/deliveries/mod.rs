//! What was sent to groups (`docs/adr/0010-groups.md`), one partition a message or change.
//!
//! * `outbox`: what is to be carried to the members' inboxes, and stays until everybody has it
//! * `status`: how many devices were given it; of messages only
//! * `said#<n>`: which devices of 32 members have it, and have shown it: mostly one write unit

pub mod words;

use super::inbox::EnvelopeId;
use super::{pack, unpack};
use crate::Context;
use crate::content::Content;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, Table, Update, Write,
};
use heliograph_protocol::groups::GroupChange;
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

const BODY: &str = "b";
const OUTBOX: &str = "outbox";
const STATUS: &str = "status";
const CONTENT: &str = "c";
const DUE: &str = "due";
const TELLING: &str = "telling";

/// How many members share a row of what they say.
const SHARD: u8 = 32;

/// What was sent to a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sent {
    /// A message.
    Message(MessageId, UserId),
    /// A change of the group.
    Change(GroupId, u64),
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sent::Message(message_id, from) => write!(f, "{message_id}!{from}"),
            Sent::Change(group_id, epoch) => write!(f, "{group_id}:{epoch}"),
        }
    }
}

impl Sent {
    /// The message of an envelope.
    pub fn of(id: &EnvelopeId) -> Self {
        Sent::Message(id.message_id, id.from_user_id.clone())
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((message_id, from)) = text.split_once('!') {
            return Some(Sent::Message(message_id.parse().ok()?, from.parse().ok()?));
        }
        let (group_id, epoch) = text.split_once(':')?;
        Some(Sent::Change(group_id.parse().ok()?, epoch.parse().ok()?))
    }

    fn key(&self, sort: &str) -> Key {
        Key::sorted(Table::Deliveries, self.to_string(), sort)
    }

    /// The key of what is to be carried.
    pub fn outbox_key(&self) -> Key {
        self.key(OUTBOX)
    }

    fn status_key(&self) -> Key {
        self.key(STATUS)
    }

    /// The key of what the members of a row say of it.
    pub fn said_key(&self, shard: u8) -> Key {
        self.key(&format!("said#{shard}"))
    }

    /// The keys of what so many members say of it.
    pub fn said_keys(&self, members: usize) -> Vec<Key> {
        let last = u8::try_from(members.saturating_sub(1)).unwrap_or(u8::MAX);
        (0..=last / SHARD)
            .map(|shard| self.said_key(shard))
            .collect()
    }
}

/// What is to be carried to inboxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// To which group.
    #[serde(rename = "g")]
    pub group_id: GroupId,
    /// The roster of those who get it.
    #[serde(rename = "r")]
    pub roster: u64,
    /// When it was accepted, in milliseconds since the Unix epoch.
    #[serde(rename = "t")]
    pub timestamp: u64,
    /// Until when it may wait, in seconds since the Unix epoch.
    #[serde(rename = "x")]
    pub expires_at_s: u64,
    /// What it is.
    #[serde(rename = "l")]
    pub load: Load,
}

/// What is carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Load {
    /// A message, whose content is a field of its own.
    #[serde(rename = "m")]
    Message {
        /// From which of the sender's devices.
        #[serde(rename = "d")]
        from_device_id: DeviceId,
        /// Its place among the group's messages.
        #[serde(rename = "s")]
        seq: u64,
        /// Whether it may wake devices.
        #[serde(rename = "u")]
        urgent: bool,
    },
    /// A change.
    Change {
        /// What has changed.
        change: GroupChange,
        /// What an entry of it is called in inboxes: in the order of time, as messages are.
        entry_id: MessageId,
        /// The roster before, if that was another one.
        before: Option<u64>,
    },
}

/// Stores what is to be carried, unless it is there already.
///
/// # Errors
/// `Invalid` when it is too large.
pub fn put(sent: &Sent, outbox: &Outbox, content: Option<&Content>) -> Result<Write, StoreError> {
    let mut item = Item::new(sent.outbox_key())
        .with(BODY, pack(outbox)?)
        .expiring(outbox.expires_at_s);
    if let Some(content) = content {
        item = item.with(CONTENT, pack(content)?);
    }
    Ok(Write::put(item).when(Condition::Absent))
}

/// Reads what is to be carried, from its item.
///
/// # Errors
/// `Corrupt`.
pub fn from_item(item: &Item) -> Result<Outbox, StoreError> {
    unpack(item, BODY)
}

/// Reads the content from what is to be carried; `None` when everybody has it, and of a change.
///
/// # Errors
/// `Corrupt`.
pub fn content(item: &Item) -> Result<Option<Content>, StoreError> {
    if item.fields.contains_key(CONTENT) {
        unpack(item, CONTENT).map(Some)
    } else {
        Ok(None)
    }
}

/// Drops a message's content, as everybody has it.
///
/// # Errors
/// The store's.
pub async fn drop_content(store: &dyn Store, cx: &Context, sent: &Sent) -> Result<(), StoreError> {
    let drop = Update::default().remove(CONTENT);
    let write = Write::update(sent.outbox_key(), drop).when(Condition::Present);
    store.write(cx, write).await.map(|_| ())
}

/// Notes how many devices are given a message.
///
/// # Errors
/// The store's.
pub async fn give(
    store: &dyn Store,
    cx: &Context,
    sent: &Sent,
    devices: u64,
    expires_at_s: u64,
) -> Result<(), StoreError> {
    let due = Field::Int(i64::try_from(devices).unwrap_or(i64::MAX));
    let update = Update::default().set(DUE, due).expiring(expires_at_s);
    let write = Write::update(sent.status_key(), update);
    store.write(cx, write).await.map(|_| ())
}

/// What is to be carried, and how far that has come.
#[derive(Debug)]
pub struct Waiting {
    /// What it is.
    pub outbox: Outbox,
    /// A message's content, unless everybody has it.
    pub content: Option<Arc<Content>>,
    /// How many devices were given it; `None` while nobody was.
    pub due: Option<u64>,
}

/// Reads what is to be carried; `None` when there is nothing.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    sent: &Sent,
) -> Result<Option<Waiting>, StoreError> {
    let waiting = get_all(store, cx, std::slice::from_ref(sent)).await?;
    Ok(waiting.into_iter().next().flatten())
}

/// Reads all of what is to be carried, in the order asked for; `None` for what there is not.
///
/// # Errors
/// The store's.
pub async fn get_all(
    store: &dyn Store,
    cx: &Context,
    sent: &[Sent],
) -> Result<Vec<Option<Waiting>>, StoreError> {
    let keys = sent
        .iter()
        .flat_map(|sent| [sent.outbox_key(), sent.status_key()]);
    let keys: Vec<Key> = keys.collect();
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let read = |rows: &[Option<Item>]| {
        let [Some(outbox), status] = rows else {
            return Ok(None);
        };
        let due = status.as_ref().and_then(|item| item.int(DUE));
        Ok(Some(Waiting {
            outbox: from_item(outbox)?,
            content: content(outbox)?.map(Arc::new),
            due: due.and_then(|due| u64::try_from(due).ok()),
        }))
    };
    items.chunks(2).map(read).collect()
}

/// Reads contents that are too large for inboxes, in the order asked for; `None` for those that are
/// no more.
///
/// # Errors
/// The store's.
pub async fn contents(
    store: &dyn Store,
    cx: &Context,
    sent: &[Sent],
) -> Result<Vec<Option<Content>>, StoreError> {
    let keys: Vec<Key> = sent.iter().map(Sent::outbox_key).collect();
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let contents = items.iter().map(|item| match item {
        Some(item) => content(item),
        None => Ok(None),
    });
    contents.collect()
}

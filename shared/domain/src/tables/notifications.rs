//! How devices are woken, one row a device; and whether one has been woken since it last synced.

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::ports::Registration;
use crate::store::{
    Condition, Field, Item, Key, Store, StoreError, Table, Update, Write, WriteOutcome,
};
use sha2::{Digest, Sha256};

const BODY: &str = "body";
const VERSION: &str = "version";
const CLAIM: &str = "claim";
const RUNG: &str = "rung";
const SYNCED: &str = "synced";
/// Of so many entries it is kept that a sync has read them, the last ones: the row is to stay within a
/// write unit, and older entries' notifications have long been tried.
const SYNCED_MAX: usize = 32;
const MARK_BYTES: usize = 8;

/// A device's row.
#[derive(Clone, Debug)]
pub struct Row {
    /// How it is reached.
    pub registration: Registration,
    /// The inbox entry that it has been woken for and has not synced since.
    pub claim: Option<String>,
    /// Whether it has been woken for that, and not only is to be.
    pub has_rung: bool,
    synced: Vec<u8>,
    version: i64,
}

impl Row {
    /// Whether the device has read an entry by its last sync, as far as that is kept.
    pub fn has_synced(&self, entry: &str) -> bool {
        self.synced.chunks(MARK_BYTES).any(|it| it == mark(entry))
    }
}

/// What is kept of an entry's name.
fn mark(entry: &str) -> [u8; MARK_BYTES] {
    let hash = Sha256::digest(entry);
    std::array::from_fn(|at| hash[at])
}

/// The key of a device's row.
pub fn key(of: &Address) -> Key {
    Key::new(Table::Notifications, of.to_string())
}

/// Reads a row.
///
/// # Errors
/// `Corrupt`.
pub fn from_item(item: &Item) -> Result<Row, StoreError> {
    Ok(Row {
        registration: unpack(item, BODY)?,
        claim: item.text(CLAIM).map(ToOwned::to_owned),
        has_rung: item.int(RUNG).is_some(),
        synced: item.bytes(SYNCED).map(<[u8]>::to_vec).unwrap_or_default(),
        version: item.int(VERSION).ok_or_else(corrupt)?,
    })
}

/// Stores how a device is woken, in place of what there was.
///
/// # Errors
/// Never, as the row is small.
pub fn put(of: &Address, registration: &Registration, now_ms: u64) -> Result<Write, StoreError> {
    let version = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let item = Item::new(key(of))
        .with(BODY, pack(registration)?)
        .with(VERSION, Field::Int(version));
    Ok(Write::put(item))
}

/// Forgets how a device is woken.
pub fn remove(of: &Address) -> Write {
    Write::delete(key(of))
}

/// Notes that the device is woken for an entry; `false` when the row has changed since it was read.
///
/// # Errors
/// The store's.
pub async fn claim(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    row: &Row,
    entry: &str,
) -> Result<bool, StoreError> {
    let update = Update::default()
        .set(CLAIM, Field::Text(entry.to_owned()))
        .remove(RUNG)
        .add(VERSION, 1);
    let is_same = Condition::equals(VERSION, Field::Int(row.version));
    let write = Write::update(key(of), update).when(is_same);
    Ok(match store.write(cx, write).await? {
        WriteOutcome::Applied { .. } => true,
        // The answer to our own write was lost, and it was tried again: the claim is ours.
        WriteOutcome::Refused { old } => old.is_some_and(|old| old.text(CLAIM) == Some(entry)),
    })
}

/// Notes that the device has been woken for an entry: however often it comes again, once is enough.
///
/// # Errors
/// The store's.
pub async fn rang(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    entry: &str,
) -> Result<(), StoreError> {
    let update = Update::default().set(RUNG, Field::Int(1)).add(VERSION, 1);
    let is_ours = Condition::equals(CLAIM, Field::Text(entry.to_owned()));
    let write = Write::update(key(of), update).when(is_ours);
    store.write(cx, write).await.map(drop)
}

/// Forgets how a device is woken, unless that has changed since it was read.
pub fn drop_row(of: &Address, row: &Row) -> Write {
    remove(of).when(Condition::equals(VERSION, Field::Int(row.version)))
}

/// Takes the note away that a device is woken for an entry, as it was not.
///
/// # Errors
/// The store's.
pub async fn unclaim(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    entry: &str,
) -> Result<(), StoreError> {
    let update = Update::default().remove(CLAIM).remove(RUNG).add(VERSION, 1);
    let is_ours = Condition::equals(CLAIM, Field::Text(entry.to_owned()));
    let write = Write::update(key(of), update).when(is_ours);
    store.write(cx, write).await.map(drop)
}

/// Notes that the device has synced: it is to be woken for what comes now, and not for what it has.
///
/// # Errors
/// The store's.
pub async fn release(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    entries: &[String],
) -> Result<(), StoreError> {
    let last = entries.len().saturating_sub(SYNCED_MAX);
    let synced = entries[last..].iter().flat_map(|entry| mark(entry));
    let update = Update::default()
        .remove(CLAIM)
        .remove(RUNG)
        .set(SYNCED, Field::Bytes(synced.collect()))
        .add(VERSION, 1);
    let write = Write::update(key(of), update).when(Condition::Present);
    store.write(cx, write).await.map(drop)
}

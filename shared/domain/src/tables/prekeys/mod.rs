//! The public keys of devices, one partition a device (`docs/adr/0005-prekeys.md`).
//!
//! * `keys`: what is always read together: identity, signed pre-key, last-resort key; and which ids
//!   have been used
//! * `ec#<id>`: an X25519 one-time key
//! * `kem#<id>`: says that an ML-KEM one-time key is to be had; who deletes it has it
//! * `kembody#<id>`: that key
//!
//! The partition names the device's moment too, so that keys of an earlier device of the same id
//! are never handed out as the new one's.

mod take;

pub use take::{Taken, take_one_time, take_one_time_kem};

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::store::{
    Action, Condition, Consistency, Field, Item, Key, Query, Store, StoreError, TRANSACT_MAX,
    Table, Write, WriteOutcome,
};
use heliograph_protocol::keys::{IdentityKey, KemPrekey, KeySet, OneTimePrekey, SignedPrekey};
use heliograph_protocol::limits::ONE_TIME_KEYS_MAX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const BODY: &str = "body";
const VERSION: &str = "version";
const KEYS: &str = "keys";
const CURVE: &str = "ec#";
const KEM: &str = "kem#";
const KEM_BODY: &str = "kembody#";

/// What is always read together of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceKeys {
    /// The device's identity.
    pub identity_key: IdentityKey,
    /// The X25519 key that everybody may use.
    pub signed_prekey: SignedPrekey,
    /// The ML-KEM key for when the one-time ones have run out.
    pub last_resort_kem_prekey: KemPrekey,
    /// The greatest id of an X25519 one-time key so far.
    pub curve_max: Option<u32>,
    /// The greatest id of an ML-KEM one-time key so far.
    pub kem_max: Option<u32>,
    /// Ids of the ML-KEM one-time keys whose bodies may be stored.
    pub kem_bodies: BTreeSet<u32>,
    /// Tells this version from another upload's that would be the same, drawn at random.
    pub claim: u64,
    /// When ids were last claimed, in milliseconds since the Unix epoch: their keys may still be on
    /// their way. 0 when none are.
    pub claimed_at: u64,
    /// Goes up by one with every change.
    #[serde(skip)]
    pub version: i64,
}

/// The ids of the one-time keys that a device holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// X25519.
    pub curve: BTreeSet<u32>,
    /// ML-KEM.
    pub kem: BTreeSet<u32>,
}

fn key(of: &Address, sort: impl Into<String>) -> Key {
    Key::sorted(Table::Prekeys, of.to_string(), sort)
}

/// Padded, so that keys are in the order of their ids.
fn numbered(of: &Address, kind: &str, key_id: u32) -> Key {
    key(of, format!("{kind}{key_id:010}"))
}

fn number(item: &Item, kind: &str) -> Result<u32, StoreError> {
    let number = item.key.sort.strip_prefix(kind);
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(corrupt)
}

fn range(of: &Address, kind: &str, limit: usize) -> Query {
    Query {
        from: kind.to_owned(),
        to: Some(format!("{kind}~")),
        ..Query::partition(Table::Prekeys, of.to_string(), limit)
    }
}

/// Stores the keys of a new device, whose signatures have been verified; `false` when there is a
/// device of that address already, made in the same millisecond.
///
/// # Errors
/// The store's; some may be stored then.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    keys: &KeySet,
) -> Result<bool, StoreError> {
    let ids = |ids: &mut dyn Iterator<Item = u32>| ids.collect::<BTreeSet<_>>();
    let curve = ids(&mut keys.one_time_prekeys.iter().map(|key| key.key_id));
    let kem = ids(&mut keys.one_time_kem_prekeys.iter().map(|key| key.key_id));
    let device_keys = DeviceKeys {
        identity_key: keys.identity_key.clone(),
        signed_prekey: keys.signed_prekey.clone(),
        last_resort_kem_prekey: keys.last_resort_kem_prekey.clone(),
        curve_max: curve.last().copied(),
        kem_max: kem.last().copied(),
        kem_bodies: kem,
        claim: 0,
        claimed_at: 0,
        version: 0,
    };
    let put = Write {
        condition: Condition::Absent,
        ..write_keys(of, &device_keys)?
    };
    let is_first = match store.write(cx, put.clone()).await? {
        WriteOutcome::Applied { .. } => true,
        WriteOutcome::Refused { old } => old.is_some_and(|old| put.action == Action::Put(old)),
    };
    if !is_first {
        return Ok(false);
    }
    // Nobody takes them yet: the user does not say that there is the device.
    let (curve, kem) = (&keys.one_time_prekeys, &keys.one_time_kem_prekeys);
    let rows = [bodies(of, kem)?, takeable(of, curve, kem)?].concat();
    store.batch_write(cx, rows).await?;
    Ok(true)
}

/// Reads what is always read together; `None` when there is no such device.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
) -> Result<Option<DeviceKeys>, StoreError> {
    let item = store.get(cx, &key(of, KEYS), Consistency::Strong).await?;
    let read = |item: Item| {
        let mut keys: DeviceKeys = unpack(&item, BODY)?;
        keys.version = item.int(VERSION).ok_or_else(corrupt)?;
        Ok(keys)
    };
    item.map(read).transpose()
}

fn write_keys(of: &Address, keys: &DeviceKeys) -> Result<Write, StoreError> {
    let item = Item::new(key(of, KEYS))
        .with(VERSION, Field::Int(keys.version + 1))
        .with(BODY, pack(keys)?);
    Ok(Write::put(item).when(Condition::equals(VERSION, Field::Int(keys.version))))
}

/// Stores what is always read together; `false` when another change came first.
///
/// # Errors
/// The store's.
pub async fn save(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    keys: &DeviceKeys,
) -> Result<bool, StoreError> {
    let write = write_keys(of, keys)?;
    let saved = write.clone();
    Ok(match store.write(cx, write).await? {
        WriteOutcome::Applied { .. } => true,
        // The answer to our own write was lost, and it was tried again: what is there is ours.
        WriteOutcome::Refused { old } => old.is_some_and(|old| saved.action == Action::Put(old)),
    })
}

/// Stores one-time keys whose ids have been claimed by [`save`]: bodies first, so that whoever sees
/// that a key is to be had finds it.
///
/// What can be taken is stored by transactions: one that is sent again after its answer was lost is
/// known as such, and does not bring back what was taken meanwhile.
///
/// # Errors
/// The store's; some may be stored then.
pub async fn put_one_time(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    curve: &[OneTimePrekey],
    kem: &[KemPrekey],
) -> Result<(), StoreError> {
    store.batch_write(cx, bodies(of, kem)?).await?;
    for rows in takeable(of, curve, kem)?.chunks(TRANSACT_MAX) {
        store.transact(cx, rows.to_vec()).await?;
    }
    Ok(())
}

/// The rows that are taken: X25519 keys, and that ML-KEM keys are to be had.
fn takeable(
    of: &Address,
    curve: &[OneTimePrekey],
    kem: &[KemPrekey],
) -> Result<Vec<Write>, StoreError> {
    let curve = curve.iter().map(|key| {
        let item = Item::new(numbered(of, CURVE, key.key_id));
        Ok(Write::put(item.with(BODY, pack(key)?)))
    });
    let kem = kem
        .iter()
        .map(|key| Ok(Write::put(Item::new(numbered(of, KEM, key.key_id)))));
    curve.chain(kem).collect()
}

fn bodies(of: &Address, kem: &[KemPrekey]) -> Result<Vec<Write>, StoreError> {
    let body = |key: &KemPrekey| {
        let item = Item::new(numbered(of, KEM_BODY, key.key_id));
        Ok(Write::put(item.with(BODY, pack(key)?)))
    };
    kem.iter().map(body).collect()
}

/// Deletes bodies of ML-KEM keys that have been handed out.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn delete_bodies(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    key_ids: impl IntoIterator<Item = u32>,
) -> Result<(), StoreError> {
    let delete = |id| Write::delete(numbered(of, KEM_BODY, id));
    store
        .batch_write(cx, key_ids.into_iter().map(delete).collect())
        .await
}

/// Reads which one-time keys a device holds.
///
/// # Errors
/// The store's.
pub async fn held(store: &dyn Store, cx: &Context, of: &Address) -> Result<Held, StoreError> {
    let ids = async |kind| {
        let page = store
            .query(cx, &range(of, kind, 2 * ONE_TIME_KEYS_MAX))
            .await?;
        page.items.iter().map(|item| number(item, kind)).collect()
    };
    let (curve, kem) = futures_util::future::try_join(ids(CURVE), ids(KEM)).await?;
    Ok(Held { curve, kem })
}

/// Deletes all keys of a device; tells whether none are left.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn clear(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    pages: usize,
) -> Result<bool, StoreError> {
    super::clear_partition(store, cx, Table::Prekeys, &of.to_string(), pages).await
}

//! The public keys of devices, one partition a device.
//!
//! The partition names the device's moment too, so that keys of an earlier device of the same id
//! are never handed out as the new one's.

use super::pack;
use crate::Context;
use crate::address::Address;
use crate::store::{Item, Key, Store, StoreError, Table, Write};
use heliograph_protocol::keys::KeySet;

const BODY: &str = "body";

/// Stores the keys of a new device, whose signatures have been verified.
///
/// # Errors
/// The store's; some may be stored then.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    keys: &KeySet,
) -> Result<(), StoreError> {
    let row = |sort: String, body| {
        Write::put(Item::new(Key::sorted(Table::Prekeys, of.to_string(), sort)).with(BODY, body))
    };
    let mut writes = vec![
        row("identity".to_owned(), pack(&keys.identity_key)?),
        row("signed".to_owned(), pack(&keys.signed_prekey)?),
        row("last".to_owned(), pack(&keys.last_resort_kem_prekey)?),
    ];
    for key in &keys.one_time_prekeys {
        writes.push(row(format!("ec#{:010}", key.key_id), pack(key)?));
    }
    for key in &keys.one_time_kem_prekeys {
        writes.push(row(format!("kem#{:010}", key.key_id), pack(key)?));
    }
    store.batch_write(cx, writes).await
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
    super::inbox::clear_partition(store, cx, Table::Prekeys, &of.to_string(), pages).await
}

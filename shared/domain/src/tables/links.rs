//! Tokens that link a further device, among the registrations: both wait for somebody to prove
//! something. Stored is a hash of the token, so that who reads the table cannot link.

use super::{pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::store::{Condition, Consistency, Item, Key, Store, StoreError, Table, Write};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

const BODY: &str = "body";

/// A `#` keeps links apart from registrations, whose ids hold none.
fn key(token: &str) -> Key {
    let hash = BASE64.encode(Sha256::digest(token));
    Key::new(Table::Registrations, format!("link#{hash}"))
}

/// Stores a token that a device has asked for.
///
/// # Errors
/// The store's.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    token: &str,
    by: &Address,
    expires_at_s: u64,
) -> Result<(), StoreError> {
    let item = Item::new(key(token))
        .with(BODY, pack(&by.to_string())?)
        .expiring(expires_at_s);
    store.write(cx, Write::put(item)).await.map(drop)
}

/// Tells which device asked for a token; `None` when there is no such token any more.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    token: &str,
) -> Result<Option<Address>, StoreError> {
    let item = store.get(cx, &key(token), Consistency::Strong).await?;
    let read = |item: Item| {
        let by: String = unpack(&item, BODY)?;
        Address::parse(&by).ok_or_else(super::corrupt)
    };
    item.map(read).transpose()
}

/// Ends a token, once.
pub fn finish(token: &str) -> Write {
    Write::delete(key(token)).when(Condition::Present)
}

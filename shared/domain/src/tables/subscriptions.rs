//! Who watches whose presence, one partition a user.
//!
//! * `watcher#<device>`: a device that watches this user, by which connection; ends with its lease
//! * `watching#<device>#…`: whom a device of this user watches, so that what it left with others can
//!   be found when it is removed
//! * `seen`: when this user was last connected

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::ports::ConnectionId;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, StoreError, Table, Write,
};
use crate::tables::users::User;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;
use sha2::{Digest, Sha256};

const CONNECTION: &str = "connection";
const TARGETS: &str = "targets";
const AT: &str = "at";
const SEEN: &str = "seen";
const WATCHER: &str = "watcher#";
const WATCHING: &str = "watching#";

/// A device that watches somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// The device.
    pub device: Address,
    /// The connection that it asked by, and that is told.
    pub connection: ConnectionId,
}

fn watcher_key(target: &UserId, device: &Address) -> Key {
    let sort = format!("{WATCHER}{device}");
    Key::sorted(Table::Subscriptions, target.as_str(), sort)
}

/// The key of when a user was last connected.
pub fn seen_key(user_id: &UserId) -> Key {
    Key::sorted(Table::Subscriptions, user_id.as_str(), SEEN)
}

/// Reads when a user was last connected, in milliseconds since the Unix epoch; a former holder of the
/// account is another user.
pub fn seen(item: Option<&Item>, user: &User) -> Option<u64> {
    let at = item?.int(AT).and_then(|at| u64::try_from(at).ok());
    at.filter(|at| *at >= user.created_at)
}

/// Forgets when a former holder of an account was last connected.
///
/// # Errors
/// The store's.
pub async fn clear_seen(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    user: &User,
) -> Result<(), StoreError> {
    let item = store
        .get(cx, &seen_key(user_id), Consistency::Strong)
        .await?;
    let at = item.as_ref().and_then(|item| item.int(AT));
    let Some(at) = at.filter(|_| seen(item.as_ref(), user).is_none()) else {
        return Ok(());
    };
    let is_same = Condition::equals(AT, Field::Int(at));
    let delete = Write::delete(seen_key(user_id)).when(is_same);
    store.write(cx, delete).await.map(drop)
}

/// Notes when a user was last connected.
///
/// # Errors
/// The store's.
pub async fn set_seen(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    at_ms: u64,
) -> Result<(), StoreError> {
    let at = i64::try_from(at_ms).unwrap_or(i64::MAX);
    let item = Item::new(seen_key(user_id)).with(AT, Field::Int(at));
    store.write(cx, Write::put(item)).await.map(drop)
}

/// Notes that a device watches users, for as long as its connection may live.
///
/// # Errors
/// The store's; some may be noted then.
pub async fn watch(
    store: &dyn Store,
    cx: &Context,
    watcher: &Watcher,
    targets: &[UserId],
    expires_at_s: u64,
) -> Result<(), StoreError> {
    if targets.is_empty() {
        return Ok(());
    }
    let Watcher { device, connection } = watcher;
    // A name of its own for every set of targets.
    let names: Vec<&str> = targets.iter().map(UserId::as_str).collect();
    let set = BASE64.encode(Sha256::digest(names.join("#")));
    let sort = format!("{WATCHING}{device}#{set}");
    let key = Key::sorted(Table::Subscriptions, device.user_id.as_str(), sort);
    let watching = Item::new(key)
        .with(TARGETS, pack(&targets)?)
        .expiring(expires_at_s);
    store.write(cx, Write::put(watching)).await?;
    let row = |target| {
        let id = Field::Text(connection.as_str().to_owned());
        let item = Item::new(watcher_key(target, device)).with(CONNECTION, id);
        Write::put(item.expiring(expires_at_s))
    };
    store
        .batch_write(cx, targets.iter().map(row).collect())
        .await
}

/// Notes that a device watches users no more.
///
/// # Errors
/// The store's; some may be noted then.
pub async fn unwatch(
    store: &dyn Store,
    cx: &Context,
    device: &Address,
    targets: impl IntoIterator<Item = &UserId>,
) -> Result<(), StoreError> {
    let delete = |target| Write::delete(watcher_key(target, device));
    store
        .batch_write(cx, targets.into_iter().map(delete).collect())
        .await
}

/// Some of who watches a user.
pub struct Page {
    /// The watchers.
    pub watchers: Vec<Watcher>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads who watches a user.
///
/// # Errors
/// The store's.
pub async fn watchers(
    store: &dyn Store,
    cx: &Context,
    target: &UserId,
    after: Option<String>,
    limit: usize,
) -> Result<Page, StoreError> {
    let query = range(target, WATCHER.to_owned(), limit).after(after);
    let page = store.query(cx, &query).await?;
    let read = |item: &Item| {
        let device = item.key.sort.strip_prefix(WATCHER);
        Some(Watcher {
            device: device.and_then(Address::parse)?,
            connection: ConnectionId::new(item.text(CONNECTION)?),
        })
    };
    let watchers = page.items.iter().map(|item| read(item).ok_or_else(corrupt));
    Ok(Page {
        watchers: watchers.collect::<Result<_, _>>()?,
        next: page.next,
    })
}

/// Forgets a watcher whose connection is gone, unless it watches by another one by now.
///
/// # Errors
/// The store's.
pub async fn forget(
    store: &dyn Store,
    cx: &Context,
    target: &UserId,
    watcher: &Watcher,
) -> Result<(), StoreError> {
    let id = Field::Text(watcher.connection.as_str().to_owned());
    let delete = Write::delete(watcher_key(target, &watcher.device));
    let delete = delete.when(Condition::equals(CONNECTION, id));
    store.write(cx, delete).await.map(drop)
}

/// Deletes what a device left with those it watched; tells whether nothing is left, or `pages`
/// pages were not enough.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn clear_device(
    store: &dyn Store,
    cx: &Context,
    device: &Address,
    pages: usize,
) -> Result<bool, StoreError> {
    for _ in 0..pages {
        let query = range(&device.user_id, format!("{WATCHING}{device}#"), 10);
        let page = store.query(cx, &query).await?;
        for item in &page.items {
            let targets: Vec<UserId> = unpack(item, TARGETS)?;
            unwatch(store, cx, device, &targets).await?;
            store.write(cx, Write::delete(item.key.clone())).await?;
        }
        if page.next.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes who watched a user, and when the user was last seen; tells whether nothing is left.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn clear_user(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    pages: usize,
) -> Result<bool, StoreError> {
    store.write(cx, Write::delete(seen_key(user_id))).await?;
    for _ in 0..pages {
        let page = watchers(store, cx, user_id, None, 200).await?;
        let keys = page.watchers.iter();
        let deletes = keys.map(|watcher| Write::delete(watcher_key(user_id, &watcher.device)));
        let deletes: Vec<Write> = deletes.collect();
        let batches = deletes.chunks(crate::store::BATCH_WRITE_MAX);
        try_join_all(batches.map(|batch| store.batch_write(cx, batch.to_vec()))).await?;
        if page.next.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `~` sorts after every character of what follows.
fn range(user_id: &UserId, from: String, limit: usize) -> Query {
    Query {
        to: Some(format!("{from}~")),
        from,
        consistency: Consistency::Strong,
        ..Query::partition(Table::Subscriptions, user_id.as_str(), limit)
    }
}

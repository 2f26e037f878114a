//! Contacts and blocks, one partition an owner.
//!
//! A row names the moment of the account that wrote it: when somebody else takes the account over,
//! the rows of its former holder stop counting at once, and are deleted when there is time.

use super::{pack, unpack};
use crate::Context;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, StoreError, Table, Write,
};
use crate::tables::users::User;
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::people::{Block, Contact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A megabyte of rows, about.
const IDS_AT_ONCE: usize = 5_000;
const BODY: &str = "body";
const ACCOUNT_AT: &str = "account_at";
const BLOCK: &str = "block#";
const CONTACT: &str = "contact#";

/// A contact as it is stored; who it is is in the key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredContact {
    /// The number by which they were found.
    pub phone_number: Option<PhoneNumber>,
    /// What the owner calls them.
    pub name: Option<String>,
    /// When they were added, in milliseconds since the Unix epoch.
    pub added_at: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredBlock {
    blocked_at: u64,
}

/// The key of the item that says that `owner` blocks `other`.
pub fn block_key(owner: &UserId, other: &UserId) -> Key {
    Key::sorted(Table::Contacts, owner.as_str(), format!("{BLOCK}{other}"))
}

/// The key of the item that says that `owner` has `other` in the contacts.
pub fn contact_key(owner: &UserId, other: &UserId) -> Key {
    Key::sorted(Table::Contacts, owner.as_str(), format!("{CONTACT}{other}"))
}

/// Whether there is an item, and it is of its owner's account that was made at `account_at`.
pub fn counts(item: Option<&Item>, account_at: u64) -> bool {
    item.and_then(|item| item.int(ACCOUNT_AT)) == i64::try_from(account_at).ok()
}

fn row(key: Key, owner: &User, body: Field) -> Item {
    let account_at = i64::try_from(owner.created_at).unwrap_or(i64::MAX);
    Item::new(key)
        .with(ACCOUNT_AT, Field::Int(account_at))
        .with(BODY, body)
}

/// Makes `owner` block `other`.
///
/// # Errors
/// Never, as the row is small.
pub fn block(
    owner_id: &UserId,
    owner: &User,
    other: &UserId,
    now_ms: u64,
) -> Result<Write, StoreError> {
    let body = pack(&StoredBlock { blocked_at: now_ms })?;
    Ok(Write::put(row(block_key(owner_id, other), owner, body)))
}

/// Puts `other` into `owner`'s contacts.
///
/// # Errors
/// Never, as the row is small.
pub fn add(
    owner_id: &UserId,
    owner: &User,
    other: &UserId,
    contact: &StoredContact,
) -> Result<Write, StoreError> {
    let key = contact_key(owner_id, other);
    Ok(Write::put(row(key, owner, pack(contact)?)))
}

/// Reads a contact's row.
///
/// # Errors
/// `Corrupt`.
pub fn contact(item: &Item) -> Result<StoredContact, StoreError> {
    unpack(item, BODY)
}

/// Some of an owner's rows of one kind.
pub struct Page<T> {
    /// The rows, by user id.
    pub rows: Vec<T>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<UserId>,
}

/// Reads contacts after a user id.
///
/// # Errors
/// The store's.
pub async fn contacts(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
    after: Option<&UserId>,
    limit: usize,
) -> Result<Page<Contact>, StoreError> {
    let read = |user_id, item: &Item| {
        let stored = contact(item)?;
        Ok(Contact {
            user_id,
            phone_number: stored.phone_number,
            name: stored.name,
            added_at: stored.added_at,
        })
    };
    page(store, cx, (owner_id, owner), CONTACT, after, limit, read).await
}

/// Reads blocks after a user id.
///
/// # Errors
/// The store's.
pub async fn blocks(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
    after: Option<&UserId>,
    limit: usize,
) -> Result<Page<Block>, StoreError> {
    let read = |user_id, item: &Item| {
        let StoredBlock { blocked_at } = unpack(item, BODY)?;
        Ok(Block {
            user_id,
            blocked_at,
        })
    };
    page(store, cx, (owner_id, owner), BLOCK, after, limit, read).await
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That somebody is in the contacts.
    Contact,
    /// That somebody is blocked.
    Block,
}

/// Reads everybody of whom an owner says so.
///
/// # Errors
/// The store's.
pub async fn ids(
    store: &dyn Store,
    cx: &Context,
    owner: (&UserId, &User),
    kind: Kind,
) -> Result<BTreeSet<UserId>, StoreError> {
    let kind = match kind {
        Kind::Contact => CONTACT,
        Kind::Block => BLOCK,
    };
    let mut ids = BTreeSet::new();
    let mut after = None;
    loop {
        let id = |user_id, _: &Item| Ok(user_id);
        let page = page(store, cx, owner, kind, after.as_ref(), IDS_AT_ONCE, id).await?;
        ids.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(ids);
        }
    }
}

async fn page<T>(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
    kind: &str,
    after: Option<&UserId>,
    limit: usize,
    read: impl Fn(UserId, &Item) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let name = |sort: &str| sort.strip_prefix(kind)?.parse::<UserId>().ok();
    let query = Query {
        from: kind.to_owned(),
        // `~` sorts after every character of a user id.
        to: Some(format!("{kind}~")),
        ..Query::partition(Table::Contacts, owner_id.as_str(), limit)
    };
    let page = store
        .query(
            cx,
            &query.after(after.map(|after| format!("{kind}{after}"))),
        )
        .await?;
    let current = page
        .items
        .iter()
        .filter(|item| counts(Some(item), owner.created_at));
    let rows = current
        .map(|item| read(name(&item.key.sort).ok_or_else(super::corrupt)?, item))
        .collect::<Result<_, _>>()?;
    Ok(Page {
        rows,
        next: page.next.as_deref().and_then(name),
    })
}

/// Deletes an owner's rows that are not of who has the account now, or all when nobody has; tells
/// whether none are left, or `pages` pages were not enough.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn clear(
    store: &dyn Store,
    cx: &Context,
    owner_id: &UserId,
    owner: Option<&User>,
    pages: usize,
) -> Result<bool, StoreError> {
    let (mut after, mut cleared) = (None, 0);
    // Pages of rows that stay do not count, or those behind them would never be reached.
    while cleared < pages {
        let query = Query {
            consistency: Consistency::Strong,
            ..Query::partition(Table::Contacts, owner_id.as_str(), 100).after(after)
        };
        let page = store.query(cx, &query).await?;
        // Only what is older: who has taken the account over since it was read writes newer rows.
        let dead = |item: &&Item| {
            let account_at = item.int(ACCOUNT_AT).and_then(|at| u64::try_from(at).ok());
            owner.is_none_or(|owner| account_at.unwrap_or(0) < owner.created_at)
        };
        // Conditional: who has the account now may write the same row this moment.
        let delete = |item: &Item| {
            let account_at = item.int(ACCOUNT_AT).unwrap_or(0);
            Write::delete(item.key.clone())
                .when(Condition::equals(ACCOUNT_AT, Field::Int(account_at)))
        };
        let deletes: Vec<Write> = page.items.iter().filter(dead).map(delete).collect();
        cleared += usize::from(!deletes.is_empty());
        try_join_all(deletes.into_iter().map(|delete| store.write(cx, delete))).await?;
        after = page.next;
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

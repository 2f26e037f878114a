//! Whom an owner blocks: a row each; and by whom somebody is blocked: sixteen rows with a field each,
//! so that one call tells which of hundreds of people do.

use super::{ACCOUNT_AT, Page, SHELVES, counts, field, moment, shelf};
use crate::Context;
use crate::store::{
    Condition, Field, Item, Key, Query, Store, StoreError, Table, TransactOutcome, Update, Write,
};
use crate::tables::users::User;
use crate::tables::{corrupt, pack, unpack};
use heliograph_protocol::UserId;
use heliograph_protocol::people::Block;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A megabyte of rows, about.
const IDS_AT_ONCE: usize = 5_000;
const BODY: &str = "body";
const BLOCK: &str = "block#";
const BLOCKED_BY: &str = "blocked_by#";
/// How many people a row names, each with an id as long as may be, in an item of 400 KB.
const ROW_MAX: usize = 5_000;

#[derive(Serialize, Deserialize)]
struct StoredBlock {
    blocked_at: u64,
}

/// The key of the row that says that `owner` blocks `other`.
pub fn key(owner: &UserId, other: &UserId) -> Key {
    Key::sorted(Table::Contacts, owner.as_str(), format!("{BLOCK}{other}"))
}

/// Whose block a row is.
pub(super) fn blocked_in(key: &Key) -> Option<UserId> {
    key.sort.strip_prefix(BLOCK)?.parse().ok()
}

/// The key of the row that says whether `other` is blocked by `owner`.
pub fn by_key(other: &UserId, owner: &UserId) -> Key {
    by_row(other, shelf(owner))
}

/// The keys of all rows that say by whom `other` is blocked.
pub fn by_keys(other: &UserId) -> impl Iterator<Item = Key> {
    SHELVES.chars().map(|shelf| by_row(other, shelf))
}

fn by_row(other: &UserId, shelf: char) -> Key {
    let sort = format!("{BLOCKED_BY}{shelf}");
    Key::sorted(Table::Contacts, other.as_str(), sort)
}

/// Makes `owner` block `other`, of whom `by` is what was read for [`by_key`].
///
/// A row that is full names nobody more: of whom so many people block, one more can be found by number.
/// All else asks for the block itself.
///
/// # Errors
/// Never, as the row is small.
pub fn add(
    (owner_id, owner): (&UserId, &User),
    other: &UserId,
    by: Option<&Item>,
    now_ms: u64,
) -> Result<Vec<Write>, StoreError> {
    let body = pack(&StoredBlock { blocked_at: now_ms })?;
    let row = Item::new(key(owner_id, other))
        .with(ACCOUNT_AT, Field::Int(moment(owner.created_at)))
        .with(BODY, body);
    let mut writes = vec![Write::put(row)];
    if by.is_none_or(|by| by.fields.len() < ROW_MAX) {
        let update = Update::default().set(field(owner_id), Field::Int(moment(owner.created_at)));
        writes.push(Write::update(by_key(other, owner_id), update));
    }
    Ok(writes)
}

/// Makes `owner` block `other` no longer, if the block is of the account that was made at `account_at`.
///
/// # Errors
/// The store's; doing it again is safe.
pub async fn remove(
    store: &dyn Store,
    cx: &Context,
    owner: &UserId,
    other: &UserId,
    account_at: u64,
) -> Result<(), StoreError> {
    let of_account = Condition::equals(ACCOUNT_AT, Field::Int(moment(account_at)));
    let delete = Write::delete(key(owner, other)).when(of_account);
    let update = Update::default().remove(field(owner));
    let forget = Write::update(by_key(other, owner), update).when(Condition::Present);
    let writes = vec![delete.clone(), forget];
    match store.transact(cx, writes).await? {
        TransactOutcome::Applied => Ok(()),
        // There is no such block.
        TransactOutcome::Refused { index: 0, .. } => Ok(()),
        // Who was blocked is gone, with the rows that say by whom.
        TransactOutcome::Refused { .. } => store.write(cx, delete).await.map(drop),
    }
}

/// By whom somebody is blocked, as it was read.
pub struct BlockedBy(BTreeMap<String, i64>);

impl BlockedBy {
    /// Takes what was read for [`by_keys`].
    pub fn new(rows: impl Iterator<Item = Option<Item>>) -> Self {
        let fields = rows.flatten().flat_map(|row| row.fields);
        let moment = |(name, value): (Cow<'_, str>, Field)| match value {
            Field::Int(at) => Some((name.into_owned(), at)),
            _ => None,
        };
        Self(fields.filter_map(moment).collect())
    }

    /// Whether the account that was made at `account_at`, or one that took it over, blocks them.
    pub fn is_by(&self, owner: &UserId, account_at: u64) -> bool {
        let at = self.0.get(&field(owner));
        at.is_some_and(|at| *at >= moment(account_at))
    }
}

/// Reads blocks after a user id.
///
/// # Errors
/// The store's.
pub async fn page(
    store: &dyn Store,
    cx: &Context,
    owner: (&UserId, &User),
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
    read_page(store, cx, owner, after, limit, read).await
}

/// Reads everybody whom an owner blocks.
///
/// # Errors
/// The store's.
pub async fn ids(
    store: &dyn Store,
    cx: &Context,
    owner: (&UserId, &User),
) -> Result<BTreeSet<UserId>, StoreError> {
    let (mut ids, mut after) = (BTreeSet::new(), None);
    loop {
        let id = |user_id, _: &Item| Ok(user_id);
        let page = read_page(store, cx, owner, after.as_ref(), IDS_AT_ONCE, id).await?;
        ids.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(ids);
        }
    }
}

async fn read_page<T>(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
    after: Option<&UserId>,
    limit: usize,
    read: impl Fn(UserId, &Item) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let query = Query {
        from: BLOCK.to_owned(),
        // `~` sorts after every character of a user id.
        to: Some(format!("{BLOCK}~")),
        ..Query::partition(Table::Contacts, owner_id.as_str(), limit)
    };
    let query = query.after(after.map(|after| key(owner_id, after).sort));
    let page = store.query(cx, &query).await?;
    let current = page.items.iter();
    let current = current.filter(|item| counts(Some(item), owner.created_at));
    let rows = current
        .map(|item| read(blocked_in(&item.key).ok_or_else(corrupt)?, item))
        .collect::<Result<_, _>>()?;
    let next = page.next.as_deref();
    let next = next.and_then(|sort| sort.strip_prefix(BLOCK)?.parse().ok());
    Ok(Page { rows, next })
}

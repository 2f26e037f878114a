//! Whom an owner knows: sixteen rows, so that hundreds of people are read in one call and written in
//! another. Each has a field of their own, so that two devices that write at once write beside each
//! other.

use super::{ACCOUNT_AT, Page, SHELVES, counts, field, moment, shelf, user_of};
use crate::Context;
use crate::store::{Condition, Field, Item, Key, Query, Store, StoreError, StoreErrorKind};
use crate::store::{Table, Update, Write};
use crate::tables::users::User;
use crate::tables::{corrupt, pack};
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::people::Contact;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const ROW: &str = "contacts#";
/// More rows than there are, or a page that ends with the last would not say that it is the last.
const ROWS_AT_ONCE: usize = 17;

/// How many contacts an owner may have: 16 rows hold them, each as long as may be.
pub const CONTACTS_MAX: usize = 10_000;

/// A contact as it is stored; who it is is in the name of the field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredContact {
    /// The number by which they were found.
    pub phone_number: Option<PhoneNumber>,
    /// What the owner calls them.
    pub name: Option<String>,
    /// When they were added, in milliseconds since the Unix epoch.
    pub added_at: u64,
}

/// The key of the row that says whether `owner` has `other` in the contacts.
pub fn key(owner: &UserId, other: &UserId) -> Key {
    row_key(owner, shelf(other))
}

/// The keys of all rows of an owner, in the order of what is in them.
pub fn keys(owner: &UserId) -> impl Iterator<Item = Key> {
    SHELVES.chars().map(|shelf| row_key(owner, shelf))
}

fn row_key(owner: &UserId, shelf: char) -> Key {
    Key::sorted(Table::Contacts, owner.as_str(), format!("{ROW}{shelf}"))
}

/// Whether a row of the account that was made at `account_at` has `other`.
pub fn has(row: Option<&Item>, other: &UserId, account_at: u64) -> bool {
    let has = |row: &Item| row.fields.contains_key(field(other).as_str());
    counts(row, account_at) && row.is_some_and(has)
}

fn contact(value: &Field) -> Result<StoredContact, StoreError> {
    let Field::Bytes(bytes) = value else {
        return Err(corrupt());
    };
    rmp_serde::from_slice(bytes)
        .map_err(|error| StoreError::because(StoreErrorKind::Corrupt, error))
}

/// All rows of an owner as they were read.
pub struct Book {
    owner_id: UserId,
    account_at: u64,
    rows: BTreeMap<Key, Option<Item>>,
}

impl Book {
    /// Takes what was read for [`keys`], in their order.
    pub fn new(owner_id: &UserId, owner: &User, rows: impl Iterator<Item = Option<Item>>) -> Self {
        Self {
            owner_id: owner_id.clone(),
            account_at: owner.created_at,
            rows: std::iter::zip(keys(owner_id), rows).collect(),
        }
    }

    fn row(&self, key: &Key) -> Option<&Item> {
        let row = self.rows.get(key)?.as_ref();
        row.filter(|row| counts(Some(row), self.account_at))
    }

    /// How many people are in it.
    pub fn size(&self) -> usize {
        let rows = self.rows.keys().filter_map(|key| self.row(key));
        rows.map(|row| people(row).count()).sum()
    }

    /// What it says of somebody.
    ///
    /// # Errors
    /// `Corrupt`.
    pub fn get(&self, other: &UserId) -> Result<Option<StoredContact>, StoreError> {
        let row = self.row(&key(&self.owner_id, other));
        let value = row.and_then(|row| row.fields.get(field(other).as_str()));
        value.map(contact).transpose()
    }

    /// Puts people into it, each named once; a write for each row. Refused if a row has been made
    /// since, or another account has written it.
    ///
    /// # Errors
    /// `Invalid` when one cannot be packed, which none is.
    pub fn put<'a>(
        &self,
        people: impl IntoIterator<Item = (&'a UserId, &'a StoredContact)>,
    ) -> Result<Vec<Write>, StoreError> {
        let mut updates: BTreeMap<Key, Update> = BTreeMap::new();
        for (user_id, contact) in people {
            let update = updates.entry(key(&self.owner_id, user_id)).or_default();
            *update = std::mem::take(update).set(field(user_id), pack(contact)?);
        }
        let write = |(key, update): (Key, Update)| {
            if self.row(&key).is_some() {
                let mine = Condition::equals(ACCOUNT_AT, Field::Int(moment(self.account_at)));
                return Write::update(key, update).when(mine);
            }
            let before = self.rows.get(&key).and_then(Option::as_ref);
            let before = before.and_then(|row| row.int(ACCOUNT_AT));
            let condition = before.map_or(Condition::Absent, |before| {
                Condition::equals(ACCOUNT_AT, Field::Int(before))
            });
            let update = update.set(ACCOUNT_AT, Field::Int(moment(self.account_at)));
            // Nothing of a former holder's is kept.
            Write::put(update.apply(&key, None)).when(condition)
        };
        Ok(updates.into_iter().map(write).collect())
    }
}

/// Who is in a row, in the order of their ids.
fn people(row: &Item) -> impl Iterator<Item = (UserId, &Field)> {
    let fields = row.fields.iter();
    fields.filter_map(|(name, value)| Some((user_of(name)?, value)))
}

/// Takes people out of an owner's contacts.
///
/// # Errors
/// The store's; some may be out then.
pub async fn remove(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
    people: &BTreeSet<UserId>,
) -> Result<(), StoreError> {
    let mut updates: BTreeMap<Key, Update> = BTreeMap::new();
    for user_id in people {
        let update = updates.entry(key(owner_id, user_id)).or_default();
        *update = std::mem::take(update).remove(field(user_id));
    }
    let mine = Condition::equals(ACCOUNT_AT, Field::Int(moment(owner.created_at)));
    let write = |(key, update)| store.write(cx, Write::update(key, update).when(mine.clone()));
    try_join_all(updates.into_iter().map(write)).await.map(drop)
}

/// Reads contacts after a user id, in the order of ids.
///
/// # Errors
/// The store's.
pub async fn page(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
    after: Option<&UserId>,
    limit: usize,
) -> Result<Page<Contact>, StoreError> {
    let is_behind = |id: &UserId| after.is_none_or(|after| id > after);
    let mut query = Query {
        from: after.map_or(ROW.to_owned(), |after| key(owner_id, after).sort),
        to: Some(format!("{ROW}~")),
        ..Query::partition(Table::Contacts, owner_id.as_str(), ROWS_AT_ONCE)
    };
    let mut found: Vec<(UserId, Field)> = Vec::new();
    loop {
        let page = store.query(cx, &query).await?;
        let rows = page.items.iter();
        let rows = rows.filter(|row| counts(Some(row), owner.created_at));
        let behind = rows.flat_map(people).filter(|(id, _)| is_behind(id));
        found.extend(behind.map(|(id, value)| (id, value.clone())));
        query.after = page.next;
        if query.after.is_none() || found.len() > limit {
            break;
        }
    }
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|(id, _)| id.clone());
    let read = |(user_id, value): (UserId, Field)| {
        let stored = contact(&value)?;
        Ok(Contact {
            user_id,
            phone_number: stored.phone_number,
            name: stored.name,
            added_at: stored.added_at,
        })
    };
    Ok(Page {
        rows: found
            .into_iter()
            .map(read)
            .collect::<Result<_, StoreError>>()?,
        next: last.filter(|_| has_more),
    })
}

/// Reads who is in an owner's contacts.
///
/// # Errors
/// The store's.
pub async fn ids(
    store: &dyn Store,
    cx: &Context,
    (owner_id, owner): (&UserId, &User),
) -> Result<BTreeSet<UserId>, StoreError> {
    let mut query = Query {
        from: ROW.to_owned(),
        to: Some(format!("{ROW}~")),
        ..Query::partition(Table::Contacts, owner_id.as_str(), ROWS_AT_ONCE)
    };
    let mut ids = BTreeSet::new();
    loop {
        let page = store.query(cx, &query).await?;
        let rows = page.items.iter();
        let rows = rows.filter(|row| counts(Some(row), owner.created_at));
        ids.extend(rows.flat_map(people).map(|(id, _)| id));
        query.after = page.next;
        if query.after.is_none() {
            return Ok(ids);
        }
    }
}

//! The limits of a call, checked before anything is read or written.
//!
//! Source: [quotas] in the DynamoDB developer guide.
//!
//! [quotas]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html

use crate::store::cost::item_bytes;
use crate::store::{
    Action, Condition, ITEM_BYTES_MAX, Item, Key, Query, StoreError, StoreErrorKind, TRANSACT_MAX,
    Update, Write,
};
use std::collections::HashSet;

const PARTITION_BYTES_MAX: usize = 2048;
const SORT_BYTES_MAX: usize = 1024;
/// Attributes that adapters write themselves.
const RESERVED_NAMES: [&str; 3] = ["pk", "sk", "expires_at"];

/// Checks a key.
///
/// # Errors
/// `Invalid` for a part that is empty or too long, or a sort key in a table without one.
pub fn key(key: &Key) -> Result<(), StoreError> {
    if !(1..=PARTITION_BYTES_MAX).contains(&key.partition.len()) {
        return invalid("a partition key has 1 to 2,048 bytes");
    }
    match (key.table.is_sorted(), key.sort.len()) {
        (false, 0) | (true, 1..=SORT_BYTES_MAX) => Ok(()),
        (false, _) => invalid("the table has no sort key"),
        (true, _) => invalid("a sort key has 1 to 1,024 bytes"),
    }
}

/// Checks the keys of a batch read.
///
/// # Errors
/// `Invalid` for a wrong key or one that is named twice.
pub fn keys(keys: &[Key]) -> Result<(), StoreError> {
    keys.iter().try_for_each(key)?;
    distinct(keys.iter())
}

/// Checks an item.
///
/// # Errors
/// `Invalid` for a wrong key, a reserved field name or more than [`ITEM_BYTES_MAX`].
pub fn item(item: &Item) -> Result<(), StoreError> {
    key(&item.key)?;
    if item
        .fields
        .keys()
        .any(|name| name.is_empty() || RESERVED_NAMES.contains(&&**name))
    {
        return invalid("a field has a reserved name");
    }
    if item_bytes(item) > ITEM_BYTES_MAX as u64 {
        return invalid("an item has at most 400 KB");
    }
    Ok(())
}

/// Checks a query.
///
/// # Errors
/// `Invalid` for a table without sort keys, a wrong partition key or no limit.
pub fn query(query: &Query) -> Result<(), StoreError> {
    if !query.table.is_sorted() {
        return invalid("a query needs a table with sort keys");
    }
    if !(1..=PARTITION_BYTES_MAX).contains(&query.partition.len()) {
        return invalid("a partition key has 1 to 2,048 bytes");
    }
    if query.limit == 0 {
        return invalid("a page has a limit of at least 1");
    }
    Ok(())
}

/// Checks a write that stands alone.
///
/// # Errors
/// `Invalid` for what it writes, or a check, which only a transaction can use.
pub fn single(write: &Write) -> Result<(), StoreError> {
    if matches!(write.action, Action::Check(_)) {
        return invalid("a check outside of a transaction");
    }
    content(write)
}

/// Checks the writes of a transaction.
///
/// # Errors
/// `Invalid` for too many, two of one item, volatile tables mixed with others, or what one of them
/// writes.
pub fn transaction(writes: &[Write]) -> Result<(), StoreError> {
    if writes.len() > TRANSACT_MAX {
        return invalid("a transaction has at most 100 writes");
    }
    let volatile = writes
        .iter()
        .filter(|write| write.key().table.is_volatile())
        .count();
    if volatile != 0 && volatile != writes.len() {
        return invalid("a transaction over volatile and durable tables");
    }
    writes.iter().try_for_each(content)?;
    distinct(writes.iter().map(Write::key))
}

/// Checks the writes of a batch.
///
/// # Errors
/// `Invalid` for an update, a check, a condition, two of one item, or what one of them writes.
pub fn batch(writes: &[Write]) -> Result<(), StoreError> {
    for write in writes {
        if !matches!(write.action, Action::Put(_) | Action::Delete(_)) {
            return invalid("a batch only puts and deletes");
        }
        if write.condition != Condition::None {
            return invalid("a batch has no conditions");
        }
        content(write)?;
    }
    distinct(writes.iter().map(Write::key))
}

fn content(write: &Write) -> Result<(), StoreError> {
    match &write.action {
        Action::Put(put) => item(put),
        Action::Update(of, update) => key(of).and_then(|()| fields(update)),
        Action::Delete(_) | Action::Check(_) => key(write.key()),
    }
}

fn fields(update: &Update) -> Result<(), StoreError> {
    let set = update.set.iter().map(|(name, _)| name);
    let add = update.add.iter().map(|(name, _)| name);
    let mut names = set.chain(add).chain(&update.remove);
    let mut seen = HashSet::new();
    match names.all(|name| seen.insert(name)) {
        true => Ok(()),
        false => invalid("an update names a field twice"),
    }
}

fn distinct<'a>(mut keys: impl ExactSizeIterator<Item = &'a Key>) -> Result<(), StoreError> {
    if keys.len() < 2 {
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(keys.len());
    if keys.all(|key| seen.insert(key)) {
        return Ok(());
    }
    invalid("a key is named twice")
}

fn invalid(why: &'static str) -> Result<(), StoreError> {
    Err(StoreError::because(StoreErrorKind::Invalid, why))
}

//! Private halves of this device's pre-keys.

use super::StoreError;
use super::codec::{pack, unpack};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Says what a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// X25519, for everybody until it is replaced.
    Signed = 1,
    /// X25519, for one use.
    OneTime = 2,
    /// ML-KEM, for one use.
    OneTimeKem = 3,
    /// ML-KEM, for everybody when there is no other, until it is replaced.
    LastResortKem = 4,
}

/// Keeps a key.
///
/// # Errors
/// [`StoreError`].
pub fn put<T: Serialize>(
    step: &Transaction<'_>,
    key_id: u32,
    kind: Kind,
    pickle: &T,
) -> Result<(), StoreError> {
    step.prepare_cached("INSERT INTO prekeys (key_id, kind, pickle) VALUES (?1, ?2, ?3)")?
        .execute(params![key_id, kind as u8, &*pack(pickle)?])?;
    Ok(())
}

/// Finds a key of one of some kinds.
///
/// # Errors
/// [`StoreError`].
pub fn find<T: DeserializeOwned>(
    step: &Transaction<'_>,
    key_id: u32,
    kinds: &[Kind],
) -> Result<Option<T>, StoreError> {
    let mut statement =
        step.prepare_cached("SELECT kind, pickle FROM prekeys WHERE key_id = ?1")?;
    let found: Option<(u8, Vec<u8>)> = statement
        .query_row([key_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let found = found.filter(|(kind, _)| kinds.iter().any(|it| *it as u8 == *kind));
    found.map(|(_, pickle)| unpack(pickle)).transpose()
}

/// Ends a key: nothing that was made for it is opened any more.
///
/// # Errors
/// [`StoreError`].
pub fn remove(step: &Transaction<'_>, key_id: u32) -> Result<(), StoreError> {
    step.prepare_cached("DELETE FROM prekeys WHERE key_id = ?1")?
        .execute([key_id])?;
    Ok(())
}

/// Notes that the keys of a kind which are for everybody are replaced, but for a new one.
///
/// # Errors
/// [`StoreError`].
pub fn replaced(
    step: &Transaction<'_>,
    kind: Kind,
    by: u32,
    now_ms: u64,
) -> Result<(), StoreError> {
    let sql = "UPDATE prekeys SET replaced_at = ?3 \
               WHERE kind = ?1 AND key_id <> ?2 AND replaced_at IS NULL";
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    step.prepare_cached(sql)?
        .execute(params![kind as u8, by, now])?;
    Ok(())
}

/// Forgets the keys that were replaced before a moment.
///
/// # Errors
/// [`StoreError`].
pub fn forget_replaced(step: &Transaction<'_>, before_ms: u64) -> Result<(), StoreError> {
    let before = i64::try_from(before_ms).unwrap_or(i64::MAX);
    step.prepare_cached("DELETE FROM prekeys WHERE replaced_at < ?1")?
        .execute([before])?;
    Ok(())
}

/// Forgets all keys, as a device that registers anew does.
///
/// # Errors
/// [`StoreError`].
pub fn clear(step: &Transaction<'_>) -> Result<(), StoreError> {
    step.execute("DELETE FROM prekeys", [])?;
    Ok(())
}

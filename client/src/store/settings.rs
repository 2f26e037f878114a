//! Single values by name.

use super::StoreError;
use super::codec::{pack, unpack};
use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Sets a value, in place of the one that was.
///
/// # Errors
/// [`StoreError`].
pub fn set<T: Serialize>(step: &Transaction<'_>, name: &str, value: &T) -> Result<(), StoreError> {
    step.prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")?
        .execute((name, &*pack(value)?))?;
    Ok(())
}

/// Gets a value; `None` where it was never set.
///
/// # Errors
/// [`StoreError`].
pub fn get<T: DeserializeOwned>(
    step: &Transaction<'_>,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let mut statement = step.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    let bytes: Option<Vec<u8>> = statement.query_row([name], |row| row.get(0)).optional()?;
    bytes.map(unpack).transpose()
}

/// Forgets a value.
///
/// # Errors
/// [`StoreError`].
pub fn remove(step: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
    step.prepare_cached("DELETE FROM settings WHERE name = ?1")?
        .execute([name])?;
    Ok(())
}

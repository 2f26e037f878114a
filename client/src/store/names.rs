//! Users and groups by number.

use super::StoreError;
use rusqlite::{OptionalExtension, Transaction};

/// Gives the number of a user or group; the first time it is made.
pub(super) fn number(step: &Transaction<'_>, id: &str) -> Result<i64, StoreError> {
    if let Some(number) = find(step, id)? {
        return Ok(number);
    }
    step.prepare_cached("INSERT INTO names (id) VALUES (?1)")?
        .execute([id])?;
    Ok(step.last_insert_rowid())
}

/// Finds the number of a user or group of whom something was said.
pub(super) fn find(step: &Transaction<'_>, id: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = step.prepare_cached("SELECT number FROM names WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

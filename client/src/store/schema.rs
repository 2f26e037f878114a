//! The file's version, and the way from older versions to this one.

use super::error::OpenStoreError;
use rusqlite::{Connection, TransactionBehavior};

/// "HeCl": says whose file it is.
const APPLICATION_ID: i32 = 0x4865_436C;

/// What leads from each version to the next; a file's version is how many of these it has seen.
///
/// Texts that have been released never change: a new table or column is a new text at the end.
const MIGRATIONS: [&str; 1] = [include_str!("schema/1.sql")];

/// Brings the file to this version, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenStoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (found, known) = (
        usize::try_from(found).unwrap_or(usize::MAX),
        MIGRATIONS.len(),
    );
    if found > known {
        return Err(OpenStoreError::Newer { found, known });
    }
    for migration in MIGRATIONS.iter().skip(found) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(known).unwrap_or(i64::MAX),
    )?;
    transaction.commit()?;
    Ok(())
}

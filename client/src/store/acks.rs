//! Acks that are owed to the server.

use super::StoreError;
use heliograph_protocol::request::ReceiptStatus;
use rusqlite::{Transaction, params};

const DELIVERED: u8 = 0;
const READ: u8 = 1;

/// Notes that an ack is owed.
///
/// # Errors
/// [`StoreError`].
pub fn owe(step: &Transaction<'_>, token: &str, status: ReceiptStatus) -> Result<(), StoreError> {
    step.prepare_cached("INSERT OR IGNORE INTO acks (token, status) VALUES (?1, ?2)")?
        .execute(params![token, number(status)])?;
    Ok(())
}

/// Reads some of those that are owed for a status.
///
/// # Errors
/// [`StoreError`].
pub fn some(
    step: &Transaction<'_>,
    status: ReceiptStatus,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = step.prepare_cached("SELECT token FROM acks WHERE status = ?1 LIMIT ?2")?;
    let tokens = statement.query_map(params![number(status), limit], |row| row.get(0))?;
    Ok(tokens.collect::<Result<_, _>>()?)
}

/// Tells whether none is owed.
///
/// # Errors
/// [`StoreError`].
pub fn is_empty(step: &Transaction<'_>) -> Result<bool, StoreError> {
    let mut statement = step.prepare_cached("SELECT 1 FROM acks LIMIT 1")?;
    Ok(!statement.exists([])?)
}

/// Notes that acks have been taken.
///
/// # Errors
/// [`StoreError`].
pub fn paid(
    step: &Transaction<'_>,
    status: ReceiptStatus,
    tokens: &[String],
) -> Result<(), StoreError> {
    let mut statement = step.prepare_cached("DELETE FROM acks WHERE token = ?1 AND status = ?2")?;
    for token in tokens {
        statement.execute(params![token, number(status)])?;
    }
    Ok(())
}

fn number(status: ReceiptStatus) -> u8 {
    match status {
        ReceiptStatus::Delivered => DELIVERED,
        ReceiptStatus::Read => READ,
    }
}

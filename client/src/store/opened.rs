//! Which messages were opened.

use super::{StoreError, names};
use crate::DeviceAddress;
use heliograph_protocol::MessageId;
use rusqlite::{Transaction, params};

/// Notes that a message of a device was opened.
///
/// # Errors
/// [`StoreError`].
pub fn note(
    step: &Transaction<'_>,
    from: &DeviceAddress,
    message_id: MessageId,
) -> Result<(), StoreError> {
    let author = names::user(step, &from.user_id)?;
    let sql = "INSERT OR IGNORE INTO opened (message_id, author, device) VALUES (?1, ?2, ?3)";
    let id = message_id.as_uuid();
    step.prepare_cached(sql)?
        .execute(params![id.as_bytes(), author, from.device_id.get()])?;
    Ok(())
}

/// Tells whether a message of a device was opened.
///
/// # Errors
/// [`StoreError`].
pub fn is_noted(
    step: &Transaction<'_>,
    from: &DeviceAddress,
    message_id: MessageId,
) -> Result<bool, StoreError> {
    let Some(author) = names::find_user(step, &from.user_id)? else {
        return Ok(false);
    };
    let sql = "SELECT 1 FROM opened WHERE message_id = ?1 AND author = ?2 AND device = ?3";
    let id = message_id.as_uuid();
    let mut statement = step.prepare_cached(sql)?;
    Ok(statement.exists(params![id.as_bytes(), author, from.device_id.get()])?)
}

//! Which messages were opened.

use super::{StoreError, names};
use crate::e2ee::DeviceAddress;
use heliograph_protocol::MessageId;
use rusqlite::{Transaction, params};

/// Notes that a message of a device was opened; tells whether it is the first time.
///
/// # Errors
/// [`StoreError`].
pub fn note(
    step: &Transaction<'_>,
    from: &DeviceAddress,
    message_id: MessageId,
) -> Result<bool, StoreError> {
    let author = names::number(step, from.user_id.as_str())?;
    let sql = "INSERT OR IGNORE INTO opened (message_id, author, device) VALUES (?1, ?2, ?3)";
    let id = message_id.as_uuid();
    let noted =
        step.prepare_cached(sql)?
            .execute(params![id.as_bytes(), author, from.device_id.get()])?;
    Ok(noted == 1)
}

/// Forgets those whose ids are of before a moment: the server does not keep messages for so long.
///
/// # Errors
/// [`StoreError`].
pub fn forget(step: &Transaction<'_>, before_ms: u64) -> Result<(), StoreError> {
    let first = MessageId::new(before_ms, &[0; 10]);
    step.prepare_cached("DELETE FROM opened WHERE message_id < ?1")?
        .execute([first.as_uuid().as_bytes()])?;
    Ok(())
}

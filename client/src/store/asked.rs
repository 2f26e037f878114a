//! What members of groups have asked for again, before it was known whether they were to have it.

use super::messages::read;
use super::{StoreError, names};
use crate::DeviceAddress;
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use rusqlite::{Transaction, params};

/// Notes that a device has asked for a message.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    group_id: &GroupId,
    by: &DeviceAddress,
    message_id: MessageId,
) -> Result<(), StoreError> {
    let sql =
        "INSERT OR IGNORE INTO asked (chat, user, device, message_id) VALUES (?1, ?2, ?3, ?4)";
    step.prepare_cached(sql)?.execute(params![
        names::group(step, group_id)?,
        names::user(step, &by.user_id)?,
        by.device_id.get(),
        message_id.as_uuid().as_bytes(),
    ])?;
    Ok(())
}

/// Takes what devices have asked for of a group.
///
/// # Errors
/// [`StoreError`].
pub fn take(
    step: &Transaction<'_>,
    group_id: &GroupId,
) -> Result<Vec<(DeviceAddress, MessageId)>, StoreError> {
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(Vec::new());
    };
    let sql =
        "SELECT id, device, message_id FROM asked JOIN names ON number = user WHERE chat = ?1";
    let asked = read(step, sql, params![chat], |row| {
        let user_id: String = row.get(0)?;
        let user_id: UserId = user_id.try_into().map_err(|_| StoreError::Corrupt)?;
        let device_id = DeviceId::new(row.get(1)?).ok_or(StoreError::Corrupt)?;
        let id = uuid::Uuid::from_bytes(row.get(2)?);
        let message_id = MessageId::from_uuid(id).ok_or(StoreError::Corrupt)?;
        Ok((DeviceAddress { user_id, device_id }, message_id))
    })?;
    step.prepare_cached("DELETE FROM asked WHERE chat = ?1")?
        .execute([chat])?;
    Ok(asked)
}

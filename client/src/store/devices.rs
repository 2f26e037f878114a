//! The devices that a user's messages go to.

use super::{StoreError, names};
use heliograph_protocol::{DeviceId, UserId};
use rusqlite::{Transaction, params};
use std::collections::BTreeMap;

/// Keeps which devices a user has, and which registration each is of.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    user_id: &UserId,
    devices: &BTreeMap<DeviceId, u16>,
) -> Result<(), StoreError> {
    forget(step, user_id)?;
    let user = names::user(step, user_id)?;
    let sql = "INSERT INTO devices (user, device, registration_id) VALUES (?1, ?2, ?3)";
    let mut statement = step.prepare_cached(sql)?;
    for (device_id, registration_id) in devices {
        statement.execute(params![user, device_id.get(), registration_id])?;
    }
    Ok(())
}

/// Reads which devices a user has; none where that is not known.
///
/// # Errors
/// [`StoreError`].
pub fn of(step: &Transaction<'_>, user_id: &UserId) -> Result<BTreeMap<DeviceId, u16>, StoreError> {
    let Some(user) = names::find_user(step, user_id)? else {
        return Ok(BTreeMap::new());
    };
    let sql = "SELECT device, registration_id FROM devices WHERE user = ?1";
    let mut statement = step.prepare_cached(sql)?;
    let rows = statement.query_map([user], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (device, registration_id) = row?;
        let device_id = DeviceId::new(device).ok_or(StoreError::Corrupt)?;
        Ok((device_id, registration_id))
    })
    .collect()
}

/// Forgets a user's devices: they are others by now.
///
/// # Errors
/// [`StoreError`].
pub fn forget(step: &Transaction<'_>, user_id: &UserId) -> Result<(), StoreError> {
    if let Some(user) = names::find_user(step, user_id)? {
        step.prepare_cached("DELETE FROM devices WHERE user = ?1")?
            .execute([user])?;
    }
    Ok(())
}

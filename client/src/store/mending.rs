//! Devices whose messages could not be read: with them another session is to be begun.

use super::messages::{integer, unsigned};
use super::{StoreError, names};
use crate::DeviceAddress;
use heliograph_protocol::UserId;
use rusqlite::{OptionalExtension, Transaction, params};

/// Is how much was done lately to understand a device again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mending {
    /// Since when it is counted, ms since the epoch.
    pub since: u64,
    /// How many messages were asked for again since.
    pub asked: u64,
    /// How many messages it was sent again since.
    pub resent: u64,
    /// Whether another session is to be begun.
    pub is_due: bool,
}

/// Reads how much was done about a device.
///
/// # Errors
/// [`StoreError`].
pub fn get(step: &Transaction<'_>, device: &DeviceAddress) -> Result<Mending, StoreError> {
    let Some(user) = names::find_user(step, &device.user_id)? else {
        return Ok(Mending::default());
    };
    let sql = "SELECT since, asked, resent, is_due FROM mending WHERE user = ?1 AND device = ?2";
    let found: Option<(i64, i64, i64, bool)> = step
        .prepare_cached(sql)?
        .query_row(params![user, device.device_id.get()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((since, asked, resent, is_due)) = found else {
        return Ok(Mending::default());
    };
    Ok(Mending {
        since: unsigned(since)?,
        asked: unsigned(asked)?,
        resent: unsigned(resent)?,
        is_due,
    })
}

/// Keeps how much was done about a device.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    device: &DeviceAddress,
    mending: Mending,
) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO mending (user, device, since, asked, resent, is_due) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    step.prepare_cached(sql)?.execute(params![
        names::user(step, &device.user_id)?,
        device.device_id.get(),
        integer(mending.since)?,
        integer(mending.asked)?,
        integer(mending.resent)?,
        mending.is_due,
    ])?;
    Ok(())
}

/// Notes that sessions were begun with all devices of a user that there are: what is due of others never will
/// be.
///
/// # Errors
/// [`StoreError`].
pub fn done(step: &Transaction<'_>, user_id: &UserId) -> Result<(), StoreError> {
    if let Some(user) = names::find_user(step, user_id)? {
        step.prepare_cached("UPDATE mending SET is_due = 0 WHERE user = ?1 AND is_due")?
            .execute([user])?;
    }
    Ok(())
}

/// Tells whether another session is to be begun with any device of a user.
///
/// # Errors
/// [`StoreError`].
pub fn is_due(step: &Transaction<'_>, user_id: &UserId) -> Result<bool, StoreError> {
    let Some(user) = names::find_user(step, user_id)? else {
        return Ok(false);
    };
    let mut statement = step.prepare_cached("SELECT 1 FROM mending WHERE user = ?1 AND is_due")?;
    Ok(statement.exists([user])?)
}

//! Sender keys: this device's, with who has been given them, and those of others.

use super::codec::{pack, unpack};
use super::{StoreError, names};
use crate::DeviceAddress;
use crate::e2ee::SenderKeyId;
use crate::e2ee::group::{SenderKey, SenderKeyReceiver};
use heliograph_protocol::{DeviceId, GroupId, UserId};
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::BTreeMap;

/// How many keys of a device are kept for a group, and for all. What comes late under older ones is asked for
/// again.
const KEPT: i64 = 16;
const KEPT_OF_DEVICE: i64 = 512;

/// Reads this device's key of a group.
///
/// # Errors
/// [`StoreError`].
pub fn own(step: &Transaction<'_>, group_id: &GroupId) -> Result<Option<SenderKey>, StoreError> {
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(None);
    };
    let mut statement = step.prepare_cached("SELECT pickle FROM sender_keys WHERE chat = ?1")?;
    let pickle: Option<Vec<u8>> = statement.query_row([chat], |row| row.get(0)).optional()?;
    Ok(pickle.map(unpack).transpose()?.map(SenderKey::from_pickle))
}

/// Keeps this device's key of a group as it is now.
///
/// # Errors
/// [`StoreError`].
pub fn put_own(
    step: &Transaction<'_>,
    group_id: &GroupId,
    key: &SenderKey,
) -> Result<(), StoreError> {
    let chat = names::group(step, group_id)?;
    step.prepare_cached("INSERT OR REPLACE INTO sender_keys (chat, pickle) VALUES (?1, ?2)")?
        .execute(params![chat, &*pack(&key.pickle())?])?;
    Ok(())
}

/// Forgets this device's key of a group, and who has it.
///
/// # Errors
/// [`StoreError`].
pub fn forget_own(step: &Transaction<'_>, group_id: &GroupId) -> Result<(), StoreError> {
    let chat = names::group(step, group_id)?;
    for sql in [
        "DELETE FROM sender_keys WHERE chat = ?1",
        "DELETE FROM holders WHERE chat = ?1",
    ] {
        step.prepare_cached(sql)?.execute([chat])?;
    }
    Ok(())
}

/// Notes that devices of a user have this device's key of a group.
///
/// # Errors
/// [`StoreError`].
pub fn hold(
    step: &Transaction<'_>,
    group_id: &GroupId,
    user_id: &UserId,
    devices: &BTreeMap<DeviceId, u16>,
) -> Result<(), StoreError> {
    let (chat, user) = (names::group(step, group_id)?, names::user(step, user_id)?);
    let sql = "INSERT OR REPLACE INTO holders (chat, user, device, registration_id) \
               VALUES (?1, ?2, ?3, ?4)";
    let mut statement = step.prepare_cached(sql)?;
    for (device_id, registration_id) in devices {
        statement.execute(params![chat, user, device_id.get(), registration_id])?;
    }
    Ok(())
}

/// Tells whether a device has this device's key of a group.
///
/// # Errors
/// [`StoreError`].
pub fn is_held(
    step: &Transaction<'_>,
    group_id: &GroupId,
    by: &DeviceAddress,
) -> Result<bool, StoreError> {
    let Some((chat, user)) = names::find_in_group(step, group_id, &by.user_id)? else {
        return Ok(false);
    };
    let sql = "SELECT 1 FROM holders WHERE chat = ?1 AND user = ?2 AND device = ?3";
    let mut statement = step.prepare_cached(sql)?;
    Ok(statement.exists(params![chat, user, by.device_id.get()])?)
}

/// Tells whether somebody has this device's key of a group who is no member, or a device that is no member's.
///
/// # Errors
/// [`StoreError`].
pub fn is_held_outside(step: &Transaction<'_>, group_id: &GroupId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM holders WHERE chat = ?1 AND NOT EXISTS \
               (SELECT 1 FROM members JOIN devices ON devices.user = members.user \
                WHERE members.chat = holders.chat AND members.user = holders.user \
                AND devices.device = holders.device)";
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(false);
    };
    Ok(step.prepare_cached(sql)?.exists([chat])?)
}

/// Keeps a key of another device, unless it is kept already: the first that came opens the most.
///
/// # Errors
/// [`StoreError`].
pub fn put(step: &Transaction<'_>, key: &SenderKeyReceiver) -> Result<(), StoreError> {
    let chat = names::group(step, key.group())?;
    let user = names::user(step, &key.from().user_id)?;
    let device = key.from().device_id.get();
    let sql = "INSERT OR IGNORE INTO received_sender_keys (chat, user, device, key_id, pickle) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    step.prepare_cached(sql)?.execute(params![
        chat,
        user,
        device,
        key.id().as_bytes(),
        &*pack(&key.pickle())?,
    ])?;
    let sql = "DELETE FROM received_sender_keys WHERE number IN \
               (SELECT number FROM received_sender_keys \
                WHERE chat = ?1 AND user = ?2 AND device = ?3 \
                ORDER BY number DESC LIMIT -1 OFFSET ?4)";
    step.prepare_cached(sql)?
        .execute(params![chat, user, device, KEPT])?;
    let sql = "DELETE FROM received_sender_keys WHERE number IN \
               (SELECT number FROM received_sender_keys WHERE user = ?1 AND device = ?2 \
                ORDER BY number DESC LIMIT -1 OFFSET ?3)";
    step.prepare_cached(sql)?
        .execute(params![user, device, KEPT_OF_DEVICE])?;
    Ok(())
}

/// Reads a key of another device.
///
/// # Errors
/// [`StoreError`].
pub fn get(
    step: &Transaction<'_>,
    group_id: &GroupId,
    from: &DeviceAddress,
    key_id: SenderKeyId,
) -> Result<Option<SenderKeyReceiver>, StoreError> {
    let Some((chat, user)) = names::find_in_group(step, group_id, &from.user_id)? else {
        return Ok(None);
    };
    let sql = "SELECT pickle FROM received_sender_keys \
               WHERE chat = ?1 AND user = ?2 AND device = ?3 AND key_id = ?4";
    let params = params![chat, user, from.device_id.get(), key_id.as_bytes()];
    let mut statement = step.prepare_cached(sql)?;
    let pickle: Option<Vec<u8>> = statement.query_row(params, |row| row.get(0)).optional()?;
    Ok(pickle
        .map(unpack)
        .transpose()?
        .map(SenderKeyReceiver::from_pickle))
}

/// Forgets all of this device's keys, as one that registers anew does.
///
/// # Errors
/// [`StoreError`].
pub fn clear(step: &Transaction<'_>) -> Result<(), StoreError> {
    step.execute("DELETE FROM sender_keys", [])?;
    step.execute("DELETE FROM holders", [])?;
    Ok(())
}

//! Groups and who is in them, as the server has said.

use super::codec::{pack, unpack};
use super::messages::{integer, read, unsigned};
use super::{StoreError, names};
use heliograph_protocol::groups::{Group, GroupMember, Role};
use heliograph_protocol::{DeviceId, GroupId, UserId};
use rusqlite::{OptionalExtension, Transaction, params};

/// Notes that a group has come to an epoch; tells whether that was not known.
///
/// # Errors
/// [`StoreError`].
pub fn hear(step: &Transaction<'_>, group_id: &GroupId, epoch: u64) -> Result<bool, StoreError> {
    let sql = "INSERT INTO groups (chat, epoch, heard) VALUES (?1, 0, ?2) \
               ON CONFLICT DO UPDATE SET heard = excluded.heard WHERE excluded.heard > heard";
    let chat = names::group(step, group_id)?;
    let changed = step
        .prepare_cached(sql)?
        .execute(params![chat, integer(epoch)?])?;
    Ok(changed > 0)
}

/// Lists the groups of which the server is to be asked, each with the epoch that was heard of.
///
/// # Errors
/// [`StoreError`].
pub fn stale(step: &Transaction<'_>) -> Result<Vec<(GroupId, u64)>, StoreError> {
    let sql = "SELECT id, heard FROM groups JOIN names ON number = chat WHERE heard > epoch";
    named(step, sql)
}

fn named(step: &Transaction<'_>, sql: &str) -> Result<Vec<(GroupId, u64)>, StoreError> {
    read(step, sql, &[], |row| {
        let group_id: String = row.get(0)?;
        let group_id = group_id.try_into().map_err(|_| StoreError::Corrupt)?;
        Ok((group_id, unsigned(row.get(1)?)?))
    })
}

/// Tells whether the server is to be asked of a group.
///
/// # Errors
/// [`StoreError`].
pub fn is_stale(step: &Transaction<'_>, group_id: &GroupId) -> Result<bool, StoreError> {
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(false);
    };
    let sql = "SELECT 1 FROM groups WHERE chat = ?1 AND heard > epoch";
    Ok(step.prepare_cached(sql)?.exists([chat])?)
}

/// Keeps what the server says of a group that this user is in, unless something later is known.
///
/// # Errors
/// [`StoreError`].
pub fn put(step: &Transaction<'_>, group: &Group) -> Result<(), StoreError> {
    let sql = "INSERT INTO groups (chat, epoch, heard, state) VALUES (?1, ?2, ?2, ?3) \
               ON CONFLICT DO UPDATE SET epoch = excluded.epoch, \
               heard = max(heard, excluded.heard), state = excluded.state \
               WHERE excluded.epoch >= epoch";
    let chat = names::group(step, &group.group_id)?;
    let state = Group {
        members: Vec::new(),
        ..group.clone()
    };
    let changed =
        step.prepare_cached(sql)?
            .execute(params![chat, integer(group.epoch)?, &*pack(&state)?])?;
    if changed == 0 {
        return Ok(());
    }
    forget_members(step, chat)?;
    let sql = "INSERT INTO members (chat, user, place, is_admin, joined_at) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = step.prepare_cached(sql)?;
    for (place, member) in (0_i64..).zip(&group.members) {
        statement.execute(params![
            chat,
            names::user(step, &member.user_id)?,
            place,
            member.role == Role::Admin,
            integer(member.joined_at)?,
        ])?;
    }
    Ok(())
}

/// Notes that this user is no member of a group, as of the epoch that was heard of when the server was asked;
/// tells whether nothing later is known.
///
/// # Errors
/// [`StoreError`].
pub fn leave(step: &Transaction<'_>, group_id: &GroupId, heard: u64) -> Result<bool, StoreError> {
    let chat = names::group(step, group_id)?;
    let sql = "UPDATE groups SET epoch = ?2, state = NULL WHERE chat = ?1 AND epoch <= ?2";
    let changed = step
        .prepare_cached(sql)?
        .execute(params![chat, integer(heard)?])?;
    if changed > 0 {
        forget_members(step, chat)?;
    }
    Ok(changed > 0)
}

/// Lists the groups that this user is in, as far as is known, each with its epoch.
///
/// # Errors
/// [`StoreError`].
pub fn list(step: &Transaction<'_>) -> Result<Vec<(GroupId, u64)>, StoreError> {
    let sql = "SELECT id, heard FROM groups JOIN names ON number = chat WHERE state IS NOT NULL";
    named(step, sql)
}

/// Reads a group; `None` of one that this user is not in, as far as is known.
///
/// # Errors
/// [`StoreError`].
pub fn get(step: &Transaction<'_>, group_id: &GroupId) -> Result<Option<Group>, StoreError> {
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(None);
    };
    let state: Option<Option<Vec<u8>>> = step
        .prepare_cached("SELECT state FROM groups WHERE chat = ?1")?
        .query_row([chat], |row| row.get(0))
        .optional()?;
    let Some(state) = state.flatten() else {
        return Ok(None);
    };
    let sql = "SELECT id, is_admin, joined_at FROM members JOIN names ON number = user \
               WHERE chat = ?1 ORDER BY place";
    let members = read(step, sql, params![chat], |row| {
        let user_id: String = row.get(0)?;
        Ok(GroupMember {
            user_id: user_id.try_into().map_err(|_| StoreError::Corrupt)?,
            role: match row.get(1)? {
                true => Role::Admin,
                false => Role::Member,
            },
            joined_at: unsigned(row.get(2)?)?,
        })
    })?;
    let group: Group = unpack(state)?;
    Ok(Some(Group { members, ..group }))
}

/// Finds when a user joined a group; `None` of who is no member.
///
/// # Errors
/// [`StoreError`].
pub fn joined_at(
    step: &Transaction<'_>,
    group_id: &GroupId,
    user_id: &UserId,
) -> Result<Option<u64>, StoreError> {
    let Some((chat, user)) = names::find_in_group(step, group_id, user_id)? else {
        return Ok(None);
    };
    let sql = "SELECT joined_at FROM members WHERE chat = ?1 AND user = ?2";
    let mut statement = step.prepare_cached(sql)?;
    let at = statement.query_row([chat, user], |row| row.get(0));
    at.optional()?.map(unsigned).transpose()
}

/// Is a device of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDevice {
    /// Whose.
    pub user_id: UserId,
    /// Which, and which registration of it; `None` where the user's devices are not known.
    pub device: Option<(DeviceId, u16)>,
    /// Which registration of it has this device's sender key.
    pub held: Option<u16>,
}

/// Lists the devices of a group's members.
///
/// # Errors
/// [`StoreError`].
pub fn devices(
    step: &Transaction<'_>,
    group_id: &GroupId,
) -> Result<Vec<MemberDevice>, StoreError> {
    let sql = "SELECT id, devices.device, devices.registration_id, holders.registration_id \
               FROM members JOIN names ON number = members.user \
               LEFT JOIN devices ON devices.user = members.user \
               LEFT JOIN holders ON holders.chat = members.chat \
               AND holders.user = members.user AND holders.device = devices.device \
               WHERE members.chat = ?1 ORDER BY place";
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(Vec::new());
    };
    read(step, sql, params![chat], |row| {
        let user_id: String = row.get(0)?;
        let device: Option<(u8, u16)> = row.get::<_, Option<u8>>(1)?.zip(row.get(2)?);
        let device = device.map(|(device, registration_id)| {
            let device = DeviceId::new(device).ok_or(StoreError::Corrupt)?;
            Ok::<_, StoreError>((device, registration_id))
        });
        Ok(MemberDevice {
            user_id: user_id.try_into().map_err(|_| StoreError::Corrupt)?,
            device: device.transpose()?,
            held: row.get(3)?,
        })
    })
}

fn forget_members(step: &Transaction<'_>, chat: i64) -> Result<(), StoreError> {
    step.prepare_cached("DELETE FROM members WHERE chat = ?1")?
        .execute([chat])?;
    Ok(())
}

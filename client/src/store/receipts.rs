//! Who has, or has seen, what was written in groups.

use super::messages::{Status, read};
use super::{StoreError, names};
use heliograph_protocol::{GroupId, MessageId, UserId};
use rusqlite::{Transaction, params};

/// Notes how far a message got with a member, unless it got further already.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    group_id: &GroupId,
    message_id: MessageId,
    (by, status): (&UserId, Status),
) -> Result<(), StoreError> {
    let sql = "INSERT INTO receipts (chat, message_id, user, status) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET status = max(status, excluded.status)";
    step.prepare_cached(sql)?.execute(params![
        names::group(step, group_id)?,
        message_id.as_uuid().as_bytes(),
        names::user(step, by)?,
        status as i64,
    ])?;
    Ok(())
}

/// Forgets how far a message got that is there no more.
///
/// # Errors
/// [`StoreError`].
pub fn remove(
    step: &Transaction<'_>,
    group_id: &GroupId,
    message_id: MessageId,
) -> Result<(), StoreError> {
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(());
    };
    let id = message_id.as_uuid();
    step.prepare_cached("DELETE FROM receipts WHERE chat = ?1 AND message_id = ?2")?
        .execute(params![chat, id.as_bytes()])?;
    Ok(())
}

/// Lists how far a message got, by member; those who have it not are left out.
///
/// # Errors
/// [`StoreError`].
pub fn of(
    step: &Transaction<'_>,
    group_id: &GroupId,
    message_id: MessageId,
) -> Result<Vec<(UserId, Status)>, StoreError> {
    let sql = "SELECT id, status FROM receipts JOIN names ON number = user \
               WHERE chat = ?1 AND message_id = ?2";
    let Some(chat) = names::find_group(step, group_id)? else {
        return Ok(Vec::new());
    };
    let id = message_id.as_uuid();
    read(step, sql, params![chat, id.as_bytes()], |row| {
        let user_id: String = row.get(0)?;
        let user_id = user_id.try_into().map_err(|_| StoreError::Corrupt)?;
        Ok((user_id, Status::read(row.get(1)?)?))
    })
}

/// Tells how far a message got with each of those who are members now, but for one's own user; `None` where one
/// of them has it not.
///
/// # Errors
/// [`StoreError`].
pub fn least(
    step: &Transaction<'_>,
    group_id: &GroupId,
    message_id: MessageId,
    own: &UserId,
) -> Result<Option<Status>, StoreError> {
    let sql = "SELECT min(ifnull(status, 0)) FROM members \
               LEFT JOIN receipts ON receipts.chat = members.chat \
               AND receipts.user = members.user AND message_id = ?2 \
               WHERE members.chat = ?1 AND members.user <> ?3";
    let Some((chat, own)) = names::find_in_group(step, group_id, own)? else {
        return Ok(None);
    };
    let id = message_id.as_uuid();
    let mut statement = step.prepare_cached(sql)?;
    let least: Option<i64> =
        statement.query_row(params![chat, id.as_bytes(), own], |row| row.get(0))?;
    let least = least.filter(|least| *least > 0);
    least.map(Status::read).transpose()
}

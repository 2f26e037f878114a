//! Users and groups by number. A group's id is its maker's to choose, so it may be a user's, too: that makes
//! no chat with a user of it.

use super::StoreError;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, UserId};
use rusqlite::{OptionalExtension, Transaction, params};

const USER: u8 = 0;
const GROUP: u8 = 1;

/// Gives the number of a user; the first time it is made.
pub(super) fn user(step: &Transaction<'_>, user_id: &UserId) -> Result<i64, StoreError> {
    number(step, (USER, user_id.as_str()))
}

/// Finds the number of a user of whom something was said.
pub(super) fn find_user(
    step: &Transaction<'_>,
    user_id: &UserId,
) -> Result<Option<i64>, StoreError> {
    find(step, (USER, user_id.as_str()))
}

/// Gives the number of a group; the first time it is made.
pub(super) fn group(step: &Transaction<'_>, group_id: &GroupId) -> Result<i64, StoreError> {
    number(step, (GROUP, group_id.as_str()))
}

/// Finds the number of a group of which something was said.
pub(super) fn find_group(
    step: &Transaction<'_>,
    group_id: &GroupId,
) -> Result<Option<i64>, StoreError> {
    find(step, (GROUP, group_id.as_str()))
}

/// Finds the numbers of a group and of a user.
pub(super) fn find_in_group(
    step: &Transaction<'_>,
    group_id: &GroupId,
    user_id: &UserId,
) -> Result<Option<(i64, i64)>, StoreError> {
    let (group, user) = (find_group(step, group_id)?, find_user(step, user_id)?);
    Ok(group.zip(user))
}

/// Gives the number of a chat, which is with a user or in a group; the first time it is made.
pub(super) fn chat(step: &Transaction<'_>, chat: &Recipient) -> Result<i64, StoreError> {
    number(step, parts(chat))
}

/// Finds the number of a chat in which something was said.
pub(super) fn find_chat(
    step: &Transaction<'_>,
    chat: &Recipient,
) -> Result<Option<i64>, StoreError> {
    find(step, parts(chat))
}

/// Finds the numbers of a chat and of somebody who may have written in it.
pub(super) fn find_both(
    step: &Transaction<'_>,
    chat: &Recipient,
    author: &UserId,
) -> Result<Option<(i64, i64)>, StoreError> {
    let (chat, author) = (find_chat(step, chat)?, find_user(step, author)?);
    Ok(chat.zip(author))
}

/// Reads the two columns that name a chat.
pub(super) fn read_chat(kind: u8, id: String) -> Result<Recipient, StoreError> {
    let chat = match kind {
        USER => id.try_into().map(Recipient::User),
        _ => id.try_into().map(Recipient::Group),
    };
    chat.map_err(|_| StoreError::Corrupt)
}

fn parts(chat: &Recipient) -> (u8, &str) {
    match chat {
        Recipient::User(user_id) => (USER, user_id.as_str()),
        Recipient::Group(group_id) => (GROUP, group_id.as_str()),
    }
}

fn number(step: &Transaction<'_>, (kind, id): (u8, &str)) -> Result<i64, StoreError> {
    if let Some(number) = find(step, (kind, id))? {
        return Ok(number);
    }
    step.prepare_cached("INSERT INTO names (kind, id) VALUES (?1, ?2)")?
        .execute(params![kind, id])?;
    Ok(step.last_insert_rowid())
}

fn find(step: &Transaction<'_>, (kind, id): (u8, &str)) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT number FROM names WHERE kind = ?1 AND id = ?2";
    let mut statement = step.prepare_cached(sql)?;
    let number = statement.query_row(params![kind, id], |row| row.get(0));
    Ok(number.optional()?)
}

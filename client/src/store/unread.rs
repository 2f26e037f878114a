//! Messages that were not read yet, each with what its author is told by that it was.

use super::messages::{integer, unsigned};
use super::{StoreError, names};
use crate::history::{MessageRef, Position};
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use rusqlite::{Transaction, params};

/// Notes that a message was not read.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    chat: &Recipient,
    (author, position): (&UserId, Position),
    ack_token: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO unread (chat, height, message_id, author, ack_token) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    step.prepare_cached(sql)?.execute(params![
        names::chat(step, chat)?,
        integer(position.height)?,
        position.message_id.as_uuid().as_bytes(),
        names::user(step, author)?,
        ack_token,
    ])?;
    Ok(())
}

/// Counts the messages of a chat that were not read.
///
/// # Errors
/// [`StoreError`].
pub fn count(step: &Transaction<'_>, chat: &Recipient) -> Result<u64, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(0);
    };
    let mut statement = step.prepare_cached("SELECT count(*) FROM unread WHERE chat = ?1")?;
    unsigned(statement.query_row([chat], |row| row.get(0))?)
}

/// Notes that a chat was read up to a message; gives the tokens of those that were not before.
///
/// # Errors
/// [`StoreError`].
pub fn read(
    step: &Transaction<'_>,
    chat: &Recipient,
    up_to: Position,
) -> Result<Vec<String>, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(Vec::new());
    };
    let sql = "DELETE FROM unread WHERE chat = ?1 AND (height, message_id) <= (?2, ?3) \
               RETURNING ack_token";
    let (height, id) = (integer(up_to.height)?, up_to.message_id.as_uuid());
    let mut statement = step.prepare_cached(sql)?;
    let tokens = statement.query_map(params![chat, height, id.as_bytes()], |row| row.get(0))?;
    Ok(tokens.collect::<Result<_, _>>()?)
}

/// Forgets that a message was not read: it is there no more.
///
/// # Errors
/// [`StoreError`].
pub fn remove(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: &MessageRef,
) -> Result<(), StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, &message.author)? else {
        return Ok(());
    };
    let id = message.message_id.as_uuid();
    step.prepare_cached("DELETE FROM unread WHERE chat = ?1 AND author = ?2 AND message_id = ?3")?
        .execute(params![chat, author, id.as_bytes()])?;
    Ok(())
}

/// Notes that a message, if it was not read, is where it is found now: it could not be read at first, and stood
/// elsewhere.
///
/// # Errors
/// [`StoreError`].
pub fn move_to_its_place(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: &MessageRef,
) -> Result<(), StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, &message.author)? else {
        return Ok(());
    };
    let sql = "UPDATE OR REPLACE unread SET height = \
               (SELECT height FROM messages INDEXED BY messages_id \
                WHERE message_id = ?3 AND chat = ?1 AND author = ?2) \
               WHERE chat = ?1 AND author = ?2 AND message_id = ?3";
    let id = message.message_id.as_uuid();
    step.prepare_cached(sql)?
        .execute(params![chat, author, id.as_bytes()])?;
    Ok(())
}

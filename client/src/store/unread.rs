//! Messages that were not read yet, each with what its author is told by that it was.

use super::messages::{integer, unsigned};
use super::{StoreError, names};
use crate::history::Position;
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use rusqlite::{OptionalExtension, Transaction, params};

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

/// Forgets that a message at a position was not read; gives what its author is told by that it was.
///
/// # Errors
/// [`StoreError`].
pub fn take(
    step: &Transaction<'_>,
    chat: &Recipient,
    (author, position): (&UserId, Position),
) -> Result<Option<String>, StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, author)? else {
        return Ok(None);
    };
    let sql = "DELETE FROM unread WHERE chat = ?1 AND height = ?2 AND message_id = ?3 AND author = ?4 \
               RETURNING ack_token";
    let (height, id) = (integer(position.height)?, position.message_id.as_uuid());
    let mut statement = step.prepare_cached(sql)?;
    let token = statement.query_row(params![chat, height, id.as_bytes(), author], |row| {
        row.get(0)
    });
    Ok(token.optional()?)
}

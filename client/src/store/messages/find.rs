//! The search for messages: by place, by id, by how far they got.

use super::{Message, integer, message, read, unsigned};
use crate::history::Position;
use crate::store::{StoreError, names};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{MessageId, UserId};
use rusqlite::{Transaction, params};

/// Reads the last messages of a chat before a position, or the last of all, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn page(
    step: &Transaction<'_>,
    chat: &Recipient,
    before: Option<Position>,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(Vec::new());
    };
    let (height, id) = before.map_or(Ok((i64::MAX, Vec::new())), place)?;
    let sql = "SELECT height, message_id, id, status, is_shown, gone_at, body FROM messages \
               JOIN names ON names.number = author \
               WHERE chat = ?1 AND (height, message_id) < (?2, ?3) AND is_shown \
               ORDER BY height DESC, message_id DESC LIMIT ?4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut messages = read(step, sql, params![chat, height, id, limit], |row| {
        message(row, 0)
    })?;
    messages.reverse();
    Ok(messages)
}

/// Reads the next messages of a chat behind a position, or the first of all, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn page_after(
    step: &Transaction<'_>,
    chat: &Recipient,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(Vec::new());
    };
    let (height, id) = after.map_or(Ok((-1, Vec::new())), place)?;
    let sql = "SELECT height, message_id, id, status, is_shown, gone_at, body FROM messages \
               JOIN names ON names.number = author \
               WHERE chat = ?1 AND (height, message_id) > (?2, ?3) AND is_shown \
               ORDER BY height, message_id LIMIT ?4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    read(step, sql, params![chat, height, id, limit], |row| {
        message(row, 0)
    })
}

fn place(position: Position) -> Result<(i64, Vec<u8>), StoreError> {
    let id = position.message_id.as_uuid().as_bytes().to_vec();
    Ok((integer(position.height)?, id))
}

/// Reads one message.
///
/// # Errors
/// [`StoreError`].
pub fn get(
    step: &Transaction<'_>,
    chat: &Recipient,
    author: &UserId,
    message_id: MessageId,
) -> Result<Option<Message>, StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, author)? else {
        return Ok(None);
    };
    let sql = "SELECT height, message_id, id, status, is_shown, gone_at, body \
               FROM messages INDEXED BY messages_id JOIN names ON names.number = author \
               WHERE chat = ?1 AND message_id = ?2 AND author = ?3";
    let id = message_id.as_uuid();
    let found = read(step, sql, params![chat, id.as_bytes(), author], |row| {
        message(row, 0)
    })?;
    Ok(found.into_iter().next())
}

/// Finds what an author has said under an id, in whichever chats.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(
    step: &Transaction<'_>,
    author: &UserId,
    message_id: MessageId,
) -> Result<Vec<(Recipient, Message)>, StoreError> {
    let sql = "SELECT chats.kind, chats.id, height, message_id, authors.id, status, is_shown, gone_at, body \
               FROM messages INDEXED BY messages_id \
               JOIN names chats ON chats.number = chat \
               JOIN names authors ON authors.number = author \
               WHERE message_id = ?1 AND author = ?2";
    let Some(author) = names::find_user(step, author)? else {
        return Ok(Vec::new());
    };
    let id = message_id.as_uuid();
    read(step, sql, params![id.as_bytes(), author], |row| {
        let chat = names::read_chat(row.get(0)?, row.get(1)?)?;
        Ok((chat, message(row, 2)?))
    })
}

/// Finds the messages that the server has accepted and nobody is known to have yet, the last ones first: which,
/// and in which chats.
///
/// # Errors
/// [`StoreError`].
pub fn accepted(
    step: &Transaction<'_>,
    limit: usize,
) -> Result<Vec<(Recipient, MessageId)>, StoreError> {
    let sql = "SELECT kind, id, message_id FROM messages JOIN names ON names.number = chat \
               WHERE status = 2 ORDER BY messages.number DESC LIMIT ?1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    read(step, sql, params![limit], |row| {
        let id = uuid::Uuid::from_bytes(row.get(2)?);
        let message_id = MessageId::from_uuid(id).ok_or(StoreError::Corrupt)?;
        Ok((names::read_chat(row.get(0)?, row.get(1)?)?, message_id))
    })
}

/// Finds what disappears next: when, in which chat, whose and where.
///
/// # Errors
/// [`StoreError`].
pub fn next_gone(
    step: &Transaction<'_>,
) -> Result<Option<(u64, Recipient, UserId, Position)>, StoreError> {
    let sql = "SELECT gone_at, chats.kind, chats.id, authors.id, height, message_id FROM messages \
               JOIN names chats ON chats.number = chat \
               JOIN names authors ON authors.number = author \
               WHERE gone_at IS NOT NULL ORDER BY gone_at LIMIT 1";
    let found = read(step, sql, &[], |row| {
        let author: String = row.get(3)?;
        let author = author.try_into().map_err(|_| StoreError::Corrupt)?;
        let id = uuid::Uuid::from_bytes(row.get(5)?);
        let position = Position {
            height: unsigned(row.get(4)?)?,
            message_id: MessageId::from_uuid(id).ok_or(StoreError::Corrupt)?,
        };
        let chat = names::read_chat(row.get(1)?, row.get(2)?)?;
        Ok((unsigned(row.get(0)?)?, chat, author, position))
    })?;
    Ok(found.into_iter().next())
}

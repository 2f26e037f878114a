//! What was done to messages after they were written.

use super::codec::{pack, unpack};
use super::{StoreError, names};
use crate::history::{Marks, MessageRef};
use heliograph_protocol::request::Recipient;
use rusqlite::{OptionalExtension, Transaction, params};

/// Reads what was done to a message.
///
/// # Errors
/// [`StoreError`].
pub fn get(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: &MessageRef,
) -> Result<Marks, StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, &message.author)? else {
        return Ok(Marks::default());
    };
    let sql = "SELECT marks FROM marks WHERE chat = ?1 AND author = ?2 AND message_id = ?3";
    let id = message.message_id.as_uuid();
    let marks: Option<Vec<u8>> = step
        .prepare_cached(sql)?
        .query_row(params![chat, author, id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(marks.map(unpack).transpose()?.unwrap_or_default())
}

/// Keeps what was done to a message.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: &MessageRef,
    marks: &Marks,
) -> Result<(), StoreError> {
    let sql =
        "INSERT OR REPLACE INTO marks (chat, author, message_id, marks) VALUES (?1, ?2, ?3, ?4)";
    let (chat, author) = (
        names::chat(step, chat)?,
        names::user(step, &message.author)?,
    );
    let id = message.message_id.as_uuid();
    step.prepare_cached(sql)?
        .execute(params![chat, author, id.as_bytes(), &*pack(marks)?])?;
    Ok(())
}

/// Forgets what was done to a message that is there no more.
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
    step.prepare_cached("DELETE FROM marks WHERE chat = ?1 AND author = ?2 AND message_id = ?3")?
        .execute(params![chat, author, id.as_bytes()])?;
    Ok(())
}

//! Chats as they come.

use super::codec::{pack, unpack};
use super::messages::{integer, unsigned};
use super::{StoreError, names};
use crate::history::{Chat, Register};
use heliograph_protocol::request::Recipient;
use rusqlite::{OptionalExtension, Transaction, params};

/// Reads the order of a chat; `None` of one in which nothing was said yet.
///
/// # Errors
/// [`StoreError`].
pub fn history(step: &Transaction<'_>, chat: &Recipient) -> Result<Option<Chat>, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(None);
    };
    let mut statement = step.prepare_cached("SELECT history FROM chats WHERE chat = ?1")?;
    let history: Option<Vec<u8>> = statement.query_row([chat], |row| row.get(0)).optional()?;
    history.map(unpack).transpose()
}

/// Keeps the order of a chat.
///
/// # Errors
/// [`StoreError`].
pub fn put_history(
    step: &Transaction<'_>,
    chat: &Recipient,
    history: &Chat,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO chats (chat, due_at, history) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET due_at = excluded.due_at, history = excluded.history";
    let number = names::chat(step, chat)?;
    let due_at = history.next_tick().map(integer).transpose()?;
    step.prepare_cached(sql)?
        .execute(params![number, due_at, &*pack(history)?])?;
    Ok(())
}

/// Reads after how many seconds what is written in a chat disappears; `None` where that was never said.
///
/// # Errors
/// [`StoreError`].
pub fn timer(
    step: &Transaction<'_>,
    chat: &Recipient,
) -> Result<Option<Register<Option<u32>>>, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(None);
    };
    let mut statement = step.prepare_cached("SELECT timer FROM chats WHERE chat = ?1")?;
    let timer: Option<Option<Vec<u8>>> =
        statement.query_row([chat], |row| row.get(0)).optional()?;
    timer.flatten().map(unpack).transpose()
}

/// Keeps after how many seconds what is written in a chat disappears.
///
/// # Errors
/// [`StoreError`].
pub fn put_timer(
    step: &Transaction<'_>,
    chat: &Recipient,
    timer: &Register<Option<u32>>,
) -> Result<(), StoreError> {
    let chat = names::chat(step, chat)?;
    step.prepare_cached("UPDATE chats SET timer = ?2 WHERE chat = ?1")?
        .execute(params![chat, &*pack(timer)?])?;
    Ok(())
}

/// Tells in which chat something is due next, and when, in ms since the epoch.
///
/// # Errors
/// [`StoreError`].
pub fn next_due(step: &Transaction<'_>) -> Result<Option<(Recipient, u64)>, StoreError> {
    let sql = "SELECT kind, id, due_at FROM chats JOIN names ON number = chat \
               WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
    let mut statement = step.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let chat = names::read_chat(row.get(0)?, row.get(1)?)?;
    Ok(Some((chat, unsigned(row.get(2)?)?)))
}

/// Lists the chats in which something was said, the one with the newest message first.
///
/// # Errors
/// [`StoreError`].
pub fn list(step: &Transaction<'_>) -> Result<Vec<Recipient>, StoreError> {
    let sql = "SELECT kind, id FROM chats JOIN names ON number = chats.chat \
               ORDER BY (SELECT max(height) FROM messages \
                         WHERE messages.chat = chats.chat AND is_shown) DESC";
    let mut statement = step.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (kind, id) = row?;
        names::read_chat(kind, id)
    })
    .collect()
}

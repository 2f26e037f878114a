//! What was said in chats, in its order, and the search for words in it.

use super::{StoreError, names};
use crate::history::Position;
use heliograph_protocol::{MessageId, UserId};
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};

/// Is a message as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it stands.
    pub position: Position,
    /// Who wrote it.
    pub author: UserId,
    /// What it says and what became of it, in a form of the writer's.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Message {
    /// Leaves out what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("position", &self.position)
            .field("author", &self.author)
            .finish_non_exhaustive()
    }
}

/// Puts a message into a chat, which is a user's or group's id. `words` is what is found of it by
/// [`search`]. What the same author has put under the same id is replaced.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    chat: &str,
    message: &Message,
    words: &str,
) -> Result<(), StoreError> {
    remove(step, chat, &message.author, message.position.message_id)?;
    let Position { height, message_id } = message.position;
    let author = names::number(step, message.author.as_str())?;
    step.prepare_cached(
        "INSERT INTO messages (chat, height, message_id, author, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        names::number(step, chat)?,
        integer(height)?,
        message_id.as_uuid().as_bytes(),
        author,
        message.body,
    ])?;
    let number = step.last_insert_rowid();
    if !words.is_empty() {
        step.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
            .execute(params![number, words])?;
    }
    Ok(())
}

/// Removes a message; tells whether it was there.
///
/// # Errors
/// [`StoreError`].
pub fn remove(
    step: &Transaction<'_>,
    chat: &str,
    author: &UserId,
    message_id: MessageId,
) -> Result<bool, StoreError> {
    let (Some(chat), Some(author)) = (
        names::find(step, chat)?,
        names::find(step, author.as_str())?,
    ) else {
        return Ok(false);
    };
    let sql = "DELETE FROM messages WHERE message_id = ?1 AND chat = ?2 AND author = ?3 \
               RETURNING number";
    let id = message_id.as_uuid();
    let removed: Option<i64> = step
        .prepare_cached(sql)?
        .query_row(params![id.as_bytes(), chat, author], |row| row.get(0))
        .optional()?;
    if let Some(number) = removed {
        step.prepare_cached("DELETE FROM words WHERE rowid = ?1")?
            .execute([number])?;
    }
    Ok(removed.is_some())
}

/// Reads the last messages of a chat before a position, or the last of all, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn page(
    step: &Transaction<'_>,
    chat: &str,
    before: Option<Position>,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    let Some(chat) = names::find(step, chat)? else {
        return Ok(Vec::new());
    };
    let (height, id) = match before {
        Some(Position { height, message_id }) => {
            (integer(height)?, message_id.as_uuid().as_bytes().to_vec())
        }
        None => (i64::MAX, Vec::new()),
    };
    let sql = "SELECT height, message_id, id, body FROM messages \
               JOIN names ON names.number = author \
               WHERE chat = ?1 AND (height, message_id) < (?2, ?3) \
               ORDER BY height DESC, message_id DESC LIMIT ?4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut messages = read(step, sql, params![chat, height, id, limit], |row| {
        message(row, 0)
    })?;
    messages.reverse();
    Ok(messages)
}

/// Finds messages that hold all of some words, the last as the beginning of one, and their chats; those
/// that came last first.
///
/// # Errors
/// [`StoreError`].
pub fn search(
    step: &Transaction<'_>,
    words: &str,
    limit: usize,
) -> Result<Vec<(String, Message)>, StoreError> {
    let Some(query) = query(words) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT chats.id, height, message_id, authors.id, body \
               FROM (SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2) found \
               JOIN messages ON messages.number = found.rowid \
               JOIN names chats ON chats.number = chat \
               JOIN names authors ON authors.number = author \
               ORDER BY found.rowid DESC";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    read(step, sql, params![query, limit], |row| {
        Ok((text(row, 0)?, message(row, 1)?))
    })
}

/// Makes a query of FTS5 of what a user types: every word as it is, none of the signs that mean something.
fn query(words: &str) -> Option<String> {
    let words = words.split(|sign: char| !sign.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    (!words.is_empty()).then(|| words.join(" ") + "*")
}

fn read<T>(
    step: &Transaction<'_>,
    sql: &str,
    params: &[&dyn ToSql],
    of: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = step.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(of(row)?);
    }
    Ok(all)
}

fn message(row: &Row<'_>, from: usize) -> Result<Message, StoreError> {
    let id: [u8; 16] = row.get(from + 1)?;
    let message_id = MessageId::from_uuid(uuid::Uuid::from_bytes(id));
    let position = Position {
        height: unsigned(row.get(from)?)?,
        message_id: message_id.ok_or(StoreError::Corrupt)?,
    };
    let author = text(row, from + 2)?;
    Ok(Message {
        position,
        author: author.parse().map_err(|_| StoreError::Corrupt)?,
        body: row.get(from + 3)?,
    })
}

fn text(row: &Row<'_>, at: usize) -> Result<String, StoreError> {
    Ok(row.get(at)?)
}

fn integer(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt)
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt)
}

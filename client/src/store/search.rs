//! The search for words in what was said.

use super::messages::{Message, message, read};
use super::{StoreError, names};
use heliograph_protocol::request::Recipient;
use rusqlite::{Transaction, params};

/// Finds messages that hold all of some words, the last as the beginning of one, and their chats; those
/// that came last first.
///
/// # Errors
/// [`StoreError`].
pub fn search(
    step: &Transaction<'_>,
    words: &str,
    limit: usize,
) -> Result<Vec<(Recipient, Message)>, StoreError> {
    let Some(query) = query(words) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT chats.kind, chats.id, height, message_id, authors.id, status, is_shown, body \
               FROM (SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2) found \
               JOIN messages ON messages.number = found.rowid \
               JOIN names chats ON chats.number = chat \
               JOIN names authors ON authors.number = author \
               WHERE is_shown ORDER BY found.rowid DESC";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    read(step, sql, params![query, limit], |row| {
        Ok((
            names::read_chat(row.get(0)?, row.get(1)?)?,
            message(row, 2)?,
        ))
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

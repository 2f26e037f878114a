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
    let sql = "SELECT chats.kind, chats.id, height, message_id, authors.id, status, is_shown, gone_at, body \
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
    let words = words.split(|sign: char| !is_of_word(sign));
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    (!words.is_empty()).then(|| words.join(" ") + "*")
}

/// Tells whether the index takes a sign for one of a word. What it takes for several words would be a phrase, and
/// it knows nothing of those.
fn is_of_word(sign: char) -> bool {
    // Letters in circles and squares are symbols to it.
    let is_symbol = matches!(sign, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    sign.is_alphanumeric() && !is_symbol
}

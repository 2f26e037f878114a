//! What was said in chats, in its order.

mod find;

pub use find::{accepted, by_id, get, next_gone, page, page_after};

use super::{StoreError, names};
use crate::history::{MessageRef, Position};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{MessageId, UserId};
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};

/// Is a message as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it stands.
    pub position: Position,
    /// Who wrote it.
    pub author: UserId,
    /// How far it got.
    pub status: Status,
    /// Whether its turn to be shown has come.
    pub is_shown: bool,
    /// When it disappears, in ms since the epoch; `None` where it does not.
    pub gone_at: Option<u64>,
    /// What it says, in a form of the writer's.
    pub body: Vec<u8>,
}

/// Says how far a message got. Later is further; what came from somebody else goes nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It came from somebody.
    Received = 0,
    /// It waits to be sent.
    Pending = 1,
    /// The server has accepted it.
    Accepted = 2,
    /// It is on a device of each recipient.
    Delivered = 3,
    /// Each recipient has seen it.
    Read = 4,
    /// The server has refused it, for good.
    Refused = 5,
}

impl Status {
    const ALL: [Self; 6] = [
        Self::Received,
        Self::Pending,
        Self::Accepted,
        Self::Delivered,
        Self::Read,
        Self::Refused,
    ];

    pub(crate) fn read(number: i64) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|it| *it as i64 == number);
        found.ok_or(StoreError::Corrupt)
    }
}

impl Message {
    /// Names it.
    pub fn name(&self) -> MessageRef {
        MessageRef {
            author: self.author.clone(),
            message_id: self.position.message_id,
        }
    }
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

/// Puts a message into the chat with a user or in a group. `words` is what is found of it by
/// [`search`](super::search). What the same author has put under the same id is replaced.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: &Message,
    words: &str,
) -> Result<(), StoreError> {
    remove(step, chat, &message.author, message.position.message_id)?;
    let Position { height, message_id } = message.position;
    let author = names::user(step, &message.author)?;
    step.prepare_cached(
        "INSERT INTO messages (chat, height, message_id, author, is_shown, status, gone_at, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        names::chat(step, chat)?,
        integer(height)?,
        message_id.as_uuid().as_bytes(),
        author,
        message.is_shown,
        message.status as i64,
        message.gone_at.map(integer).transpose()?,
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
    chat: &Recipient,
    author: &UserId,
    message_id: MessageId,
) -> Result<bool, StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, author)? else {
        return Ok(false);
    };
    // Else all of the chat would be read, as its index is taken to be as good.
    let sql = "DELETE FROM messages INDEXED BY messages_id \
               WHERE message_id = ?1 AND chat = ?2 AND author = ?3 \
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

/// Shows what was held back at a position; gives the messages there.
///
/// # Errors
/// [`StoreError`].
pub fn show(
    step: &Transaction<'_>,
    chat: &Recipient,
    position: Position,
) -> Result<Vec<Message>, StoreError> {
    let Some(chat) = names::find_chat(step, chat)? else {
        return Ok(Vec::new());
    };
    let (height, id) = (integer(position.height)?, position.message_id.as_uuid());
    let sql = "UPDATE messages SET is_shown = 1 \
               WHERE chat = ?1 AND height = ?2 AND message_id = ?3 AND NOT is_shown";
    step.prepare_cached(sql)?
        .execute(params![chat, height, id.as_bytes()])?;
    let sql = "SELECT height, message_id, id, status, is_shown, gone_at, body FROM messages \
               JOIN names ON names.number = author \
               WHERE chat = ?1 AND height = ?2 AND message_id = ?3";
    read(step, sql, params![chat, height, id.as_bytes()], |row| {
        message(row, 0)
    })
}

/// Notes how far a message of a chat got, unless it got further already; tells whether it did not. What the
/// server has accepted is not refused any more.
///
/// # Errors
/// [`StoreError`].
pub fn got(
    step: &Transaction<'_>,
    chat: &Recipient,
    author: &UserId,
    (message_id, status): (MessageId, Status),
) -> Result<bool, StoreError> {
    let Some((chat, author)) = names::find_both(step, chat, author)? else {
        return Ok(false);
    };
    let sql = "UPDATE messages INDEXED BY messages_id SET status = ?4 \
               WHERE message_id = ?1 AND chat = ?2 AND author = ?3 AND status BETWEEN 1 AND ?4 - 1 \
               AND (?4 < 5 OR status = 1)";
    let id = message_id.as_uuid();
    let changed =
        step.prepare_cached(sql)?
            .execute(params![id.as_bytes(), chat, author, status as i64])?;
    Ok(changed > 0)
}

pub(super) fn read<T>(
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

pub(super) fn message(row: &Row<'_>, from: usize) -> Result<Message, StoreError> {
    let id: [u8; 16] = row.get(from + 1)?;
    let message_id = MessageId::from_uuid(uuid::Uuid::from_bytes(id));
    let position = Position {
        height: unsigned(row.get(from)?)?,
        message_id: message_id.ok_or(StoreError::Corrupt)?,
    };
    let author: String = row.get(from + 2)?;
    Ok(Message {
        position,
        author: author.try_into().map_err(|_| StoreError::Corrupt)?,
        status: Status::read(row.get(from + 3)?)?,
        is_shown: row.get(from + 4)?,
        gone_at: row
            .get::<_, Option<i64>>(from + 5)?
            .map(unsigned)
            .transpose()?,
        body: row.get(from + 6)?,
    })
}

pub(super) fn integer(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt)
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt)
}

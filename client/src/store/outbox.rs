//! What is to be sent.

use super::codec::{pack, unpack};
use super::{StoreError, names};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, MessageId};
use rusqlite::{ToSql, Transaction, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Is a message that is to be sent.
pub struct Entry {
    /// Its place: later ones have a greater number.
    pub number: i64,
    /// To whom.
    pub to: Recipient,
    /// Under which id.
    pub message_id: MessageId,
    /// What, before it is encrypted.
    pub content: Vec<u8>,
    /// What, encrypted; `None` before its turn comes.
    pub sealed: Option<Sealed>,
}

impl fmt::Debug for Entry {
    /// Leaves out what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("to", &self.to)
            .field("message_id", &self.message_id)
            .field("is_sealed", &self.sealed.is_some())
            .finish_non_exhaustive()
    }
}

/// Is a message encrypted for each device of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The ciphertexts.
    pub contents: BTreeMap<DeviceId, String>,
    /// For which registration of each device they are.
    pub registration_ids: BTreeMap<DeviceId, u16>,
}

/// Adds a message behind all others.
///
/// # Errors
/// [`StoreError`].
pub fn add(
    step: &Transaction<'_>,
    to: &Recipient,
    message_id: MessageId,
    content: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (chat, message_id, content) VALUES (?1, ?2, ?3)";
    let (chat, id) = (names::chat(step, to)?, message_id.as_uuid());
    step.prepare_cached(sql)?
        .execute(params![chat, id.as_bytes(), content])?;
    Ok(())
}

/// Reads the next one after a number; 0 is before all.
///
/// # Errors
/// [`StoreError`].
pub fn after(step: &Transaction<'_>, number: i64) -> Result<Option<Entry>, StoreError> {
    let sql = "SELECT outbox.number, kind, id, message_id, content, sealed FROM outbox \
               JOIN names ON names.number = chat \
               WHERE outbox.number > ?1 ORDER BY outbox.number LIMIT 1";
    find(step, sql, &[&number])
}

/// Reads the one of an id.
///
/// # Errors
/// [`StoreError`].
pub fn get(step: &Transaction<'_>, message_id: MessageId) -> Result<Option<Entry>, StoreError> {
    let sql = "SELECT outbox.number, kind, id, message_id, content, sealed FROM outbox \
               JOIN names ON names.number = chat WHERE message_id = ?1";
    find(step, sql, &[message_id.as_uuid().as_bytes()])
}

fn find(
    step: &Transaction<'_>,
    sql: &str,
    params: &[&dyn ToSql],
) -> Result<Option<Entry>, StoreError> {
    let mut statement = step.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let id = Uuid::from_bytes(row.get(3)?);
    let sealed: Option<Vec<u8>> = row.get(5)?;
    Ok(Some(Entry {
        number: row.get(0)?,
        to: names::read_chat(row.get(1)?, row.get(2)?)?,
        message_id: MessageId::from_uuid(id).ok_or(StoreError::Corrupt)?,
        content: row.get(4)?,
        sealed: sealed.map(unpack).transpose()?,
    }))
}

/// Keeps the ciphertexts of a message, or forgets them where they are to be made anew.
///
/// # Errors
/// [`StoreError`].
pub fn seal(
    step: &Transaction<'_>,
    message_id: MessageId,
    sealed: Option<&Sealed>,
) -> Result<(), StoreError> {
    let sealed = sealed.map(pack).transpose()?;
    let sealed = sealed.as_ref().map(|bytes| bytes.as_slice());
    step.prepare_cached("UPDATE outbox SET sealed = ?2 WHERE message_id = ?1")?
        .execute(params![message_id.as_uuid().as_bytes(), sealed])?;
    Ok(())
}

/// Removes a message: the server has answered for good.
///
/// # Errors
/// [`StoreError`].
pub fn remove(step: &Transaction<'_>, message_id: MessageId) -> Result<(), StoreError> {
    step.prepare_cached("DELETE FROM outbox WHERE message_id = ?1")?
        .execute([message_id.as_uuid().as_bytes()])?;
    Ok(())
}

//! What is to be sent.

use super::codec::{pack, unpack};
use super::messages::read;
use super::{StoreError, names};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use rusqlite::{ToSql, Transaction, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Whether it shares this device's sender key of a group, and of which.
    pub shares: Option<GroupId>,
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

/// Is a message as it is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sealed {
    /// For each device of a user.
    Devices {
        /// The ciphertexts.
        contents: BTreeMap<DeviceId, String>,
        /// For which registration of each device they are.
        registration_ids: BTreeMap<DeviceId, u16>,
    },
    /// For a group.
    Group(String),
}

impl Sealed {
    /// Counts the bytes of its ciphertexts.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Devices { contents, .. } => contents.values().map(String::len).sum(),
            Self::Group(content) => content.len(),
        }
    }
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
    insert(step, (to, message_id), content, None)
}

/// Adds a message that shares this device's sender key of a group with a user.
///
/// # Errors
/// [`StoreError`].
pub fn share(
    step: &Transaction<'_>,
    group_id: &GroupId,
    (with, message_id): (&UserId, MessageId),
    content: &[u8],
) -> Result<(), StoreError> {
    let to = Recipient::User(with.clone());
    insert(step, (&to, message_id), content, Some(group_id))
}

fn insert(
    step: &Transaction<'_>,
    (to, message_id): (&Recipient, MessageId),
    content: &[u8],
    shares: Option<&GroupId>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (chat, message_id, content, shares) VALUES (?1, ?2, ?3, ?4)";
    let (chat, id) = (names::chat(step, to)?, message_id.as_uuid());
    let shares = shares.map(|group_id| names::group(step, group_id));
    step.prepare_cached(sql)?.execute(params![
        chat,
        id.as_bytes(),
        content,
        shares.transpose()?
    ])?;
    Ok(())
}

/// Lists with whom the sender key of a group is being shared: what tells them is not accepted yet.
///
/// # Errors
/// [`StoreError`].
pub fn sharing(step: &Transaction<'_>, group_id: &GroupId) -> Result<BTreeSet<UserId>, StoreError> {
    let sql = "SELECT id FROM outbox JOIN names ON names.number = chat WHERE shares = ?1";
    let Some(group) = names::find_group(step, group_id)? else {
        return Ok(BTreeSet::new());
    };
    let users = read(step, sql, params![group], |row| {
        let user_id: String = row.get(0)?;
        user_id.try_into().map_err(|_| StoreError::Corrupt)
    })?;
    Ok(users.into_iter().collect())
}

/// Removes what shares the sender key of a group, which is of no use any more.
///
/// # Errors
/// [`StoreError`].
pub fn unshare(step: &Transaction<'_>, group_id: &GroupId) -> Result<(), StoreError> {
    let Some(group) = names::find_group(step, group_id)? else {
        return Ok(());
    };
    step.prepare_cached("DELETE FROM outbox WHERE shares = ?1")?
        .execute([group])?;
    Ok(())
}

/// Forgets the ciphertexts of what waits for a chat: they are to be made anew.
///
/// # Errors
/// [`StoreError`].
pub fn unseal(step: &Transaction<'_>, to: &Recipient) -> Result<(), StoreError> {
    let chat = names::chat(step, to)?;
    step.prepare_cached("UPDATE outbox SET sealed = NULL WHERE chat = ?1")?
        .execute([chat])?;
    Ok(())
}

/// Reads the next one after a number; 0 is before all.
///
/// # Errors
/// [`StoreError`].
pub fn after(step: &Transaction<'_>, number: i64) -> Result<Option<Entry>, StoreError> {
    let rest = "WHERE outbox.number > ?1 ORDER BY outbox.number LIMIT 1";
    find(step, &format!("{ENTRY} {rest}"), &[&number])
}

/// Reads the one of an id.
///
/// # Errors
/// [`StoreError`].
pub fn get(step: &Transaction<'_>, message_id: MessageId) -> Result<Option<Entry>, StoreError> {
    let sql = format!("{ENTRY} WHERE message_id = ?1");
    find(step, &sql, &[message_id.as_uuid().as_bytes()])
}

const ENTRY: &str = "SELECT outbox.number, names.kind, names.id, message_id, content, sealed, groups.id FROM outbox \
     JOIN names ON names.number = chat LEFT JOIN names groups ON groups.number = shares";

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
    let shares: Option<String> = row.get(6)?;
    let shares = shares.map(GroupId::try_from).transpose();
    Ok(Some(Entry {
        number: row.get(0)?,
        to: names::read_chat(row.get(1)?, row.get(2)?)?,
        message_id: MessageId::from_uuid(id).ok_or(StoreError::Corrupt)?,
        content: row.get(4)?,
        sealed: sealed.map(unpack).transpose()?,
        shares: shares.map_err(|_| StoreError::Corrupt)?,
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

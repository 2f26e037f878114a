//! Files that are to be sent: what is said of them, and in which chat, once they are in the store.

use super::{StoreError, names};
use crate::media::transfer::{Attachment, JobId};
use heliograph_protocol::request::Recipient;
use rusqlite::{OptionalExtension, Transaction, params};

/// Is a file that is in the store, and what is to be said of it where.
pub struct Uploaded {
    /// In which chat.
    pub chat: Recipient,
    /// What is said of it.
    pub caption: Option<String>,
    /// The file.
    pub attachment: Attachment,
}

impl std::fmt::Debug for Uploaded {
    /// Leaves out what is said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uploaded")
            .field("chat", &self.chat)
            .field("attachment", &self.attachment)
            .finish_non_exhaustive()
    }
}

/// Notes what is to be said of a file.
///
/// # Errors
/// [`StoreError`].
pub fn say(
    step: &Transaction<'_>,
    job: JobId,
    chat: &Recipient,
    caption: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO uploads (job, chat, caption) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET chat = excluded.chat, caption = excluded.caption";
    let chat = names::chat(step, chat)?;
    step.prepare_cached(sql)?
        .execute(params![job.to_string(), chat, caption])?;
    Ok(())
}

/// Notes that a file is in the store.
///
/// # Errors
/// [`StoreError`].
pub fn arrived(
    step: &Transaction<'_>,
    job: JobId,
    attachment: &Attachment,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO uploads (job, attachment) VALUES (?1, ?2) \
               ON CONFLICT DO UPDATE SET attachment = excluded.attachment";
    let attachment = serde_json::to_string(attachment).map_err(|_| StoreError::Corrupt)?;
    step.prepare_cached(sql)?
        .execute(params![job.to_string(), attachment])?;
    Ok(())
}

/// Takes a file that is in the store and of which it is known what is to be said.
///
/// # Errors
/// [`StoreError`].
pub fn take(step: &Transaction<'_>, job: JobId) -> Result<Option<Uploaded>, StoreError> {
    let sql = "SELECT kind, id, caption, attachment FROM uploads JOIN names ON number = chat \
               WHERE job = ?1 AND attachment IS NOT NULL";
    let found: Option<(u8, String, Option<String>, String)> = step
        .prepare_cached(sql)?
        .query_row([job.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((kind, id, caption, attachment)) = found else {
        return Ok(None);
    };
    forget(step, job)?;
    Ok(Some(Uploaded {
        chat: names::read_chat(kind, id)?,
        caption,
        attachment: serde_json::from_str(&attachment).map_err(|_| StoreError::Corrupt)?,
    }))
}

/// Takes a file that is in the store, and of which nothing is said in a chat.
///
/// # Errors
/// [`StoreError`].
pub fn take_unsaid(step: &Transaction<'_>, job: JobId) -> Result<Option<Attachment>, StoreError> {
    let sql = "DELETE FROM uploads WHERE job = ?1 AND chat IS NULL AND attachment IS NOT NULL \
               RETURNING attachment";
    let attachment: Option<String> = step
        .prepare_cached(sql)?
        .query_row([job.to_string()], |row| row.get(0))
        .optional()?;
    let attachment = attachment.map(|it| serde_json::from_str(&it));
    attachment.transpose().map_err(|_| StoreError::Corrupt)
}

/// Forgets a file: it is not to be sent.
///
/// # Errors
/// [`StoreError`].
pub fn forget(step: &Transaction<'_>, job: JobId) -> Result<(), StoreError> {
    step.prepare_cached("DELETE FROM uploads WHERE job = ?1")?
        .execute([job.to_string()])?;
    Ok(())
}

/// Forgets the files of which it was never said what is to be said of them: whoever was to say it was killed.
///
/// # Errors
/// [`StoreError`].
pub fn forget_unsaid(step: &Transaction<'_>) -> Result<(), StoreError> {
    step.execute("DELETE FROM uploads WHERE chat IS NULL", [])?;
    Ok(())
}

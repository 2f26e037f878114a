//! Sessions with the devices of others.

use super::codec::{pack, unpack};
use super::{StoreError, names};
use crate::DeviceAddress;
use crate::e2ee::Session;
use rusqlite::{Transaction, params};

/// How many sessions with one device are kept: both sides may begin one at the same time, and each may
/// begin anew. What was sent in older ones is opened by nobody any more.
const KEPT: i64 = 8;

/// Keeps a session as it is now, in place of what it was; it is the one that was used last.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    with: &DeviceAddress,
    session: &Session,
) -> Result<(), StoreError> {
    let user = names::user(step, &with.user_id)?;
    let device = with.device_id.get();
    step.prepare_cached(
        "INSERT OR REPLACE INTO sessions (user, device, session_id, used, pickle) VALUES (?1, ?2, ?3, \
         (SELECT ifnull(max(used), 0) + 1 FROM sessions WHERE user = ?1 AND device = ?2), ?4)",
    )?
    .execute(params![user, device, session.id().as_bytes(), &*pack(&session.pickle())?])?;
    step.prepare_cached(
        "DELETE FROM sessions WHERE user = ?1 AND device = ?2 AND session_id NOT IN \
         (SELECT session_id FROM sessions WHERE user = ?1 AND device = ?2 \
          ORDER BY used DESC LIMIT ?3)",
    )?
    .execute(params![user, device, KEPT])?;
    Ok(())
}

/// Keeps a session as it is now, but not as the one that was used last.
///
/// # Errors
/// [`StoreError`].
pub fn update(
    step: &Transaction<'_>,
    with: &DeviceAddress,
    session: &Session,
) -> Result<(), StoreError> {
    let user = names::user(step, &with.user_id)?;
    let sql = "UPDATE sessions SET pickle = ?4 WHERE user = ?1 AND device = ?2 AND session_id = ?3";
    step.prepare_cached(sql)?.execute(params![
        user,
        with.device_id.get(),
        session.id().as_bytes(),
        &*pack(&session.pickle())?,
    ])?;
    Ok(())
}

/// Reads the sessions with a device, the one that was used last first.
///
/// # Errors
/// [`StoreError`].
pub fn with(step: &Transaction<'_>, device: &DeviceAddress) -> Result<Vec<Session>, StoreError> {
    let Some(user) = names::find_user(step, &device.user_id)? else {
        return Ok(Vec::new());
    };
    let sql = "SELECT pickle FROM sessions WHERE user = ?1 AND device = ?2 ORDER BY used DESC";
    let mut statement = step.prepare_cached(sql)?;
    let mut rows = statement.query(params![user, device.device_id.get()])?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(Session::from_pickle(unpack(row.get(0)?)?));
    }
    Ok(sessions)
}

/// Forgets all sessions, as a device that registers anew does.
///
/// # Errors
/// [`StoreError`].
pub fn clear(step: &Transaction<'_>) -> Result<(), StoreError> {
    step.execute("DELETE FROM sessions", [])?;
    Ok(())
}

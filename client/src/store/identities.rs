//! What is known of the keys of users.

use super::codec::{pack, unpack};
use super::{StoreError, names};
use crate::e2ee::IdentityState;
use heliograph_protocol::UserId;
use rusqlite::{OptionalExtension, Transaction, params};

/// Keeps what is known now.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    step: &Transaction<'_>,
    user_id: &UserId,
    state: &IdentityState,
) -> Result<(), StoreError> {
    let user = names::user(step, user_id)?;
    step.prepare_cached("INSERT OR REPLACE INTO identities (user, state) VALUES (?1, ?2)")?
        .execute(params![user, &*pack(state)?])?;
    Ok(())
}

/// Reads what is known of a user.
///
/// # Errors
/// [`StoreError`].
pub fn get(step: &Transaction<'_>, user_id: &UserId) -> Result<Option<IdentityState>, StoreError> {
    let Some(user) = names::find_user(step, user_id)? else {
        return Ok(None);
    };
    let mut statement = step.prepare_cached("SELECT state FROM identities WHERE user = ?1")?;
    let state: Option<Vec<u8>> = statement.query_row([user], |row| row.get(0)).optional()?;
    state.map(unpack).transpose()
}

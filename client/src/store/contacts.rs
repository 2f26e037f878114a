//! This user's contacts.

use super::messages::{integer, read, unsigned};
use super::{StoreError, names};
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::people::Contact;
use rusqlite::{Row, Transaction, params};

/// Keeps a contact as the server has it.
///
/// # Errors
/// [`StoreError`].
pub fn put(step: &Transaction<'_>, contact: &Contact) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO contacts (user, phone_number, name, added_at) \
               VALUES (?1, ?2, ?3, ?4)";
    step.prepare_cached(sql)?.execute(params![
        names::user(step, &contact.user_id)?,
        contact.phone_number.as_ref().map(PhoneNumber::as_str),
        contact.name,
        integer(contact.added_at)?,
    ])?;
    Ok(())
}

/// Forgets a contact.
///
/// # Errors
/// [`StoreError`].
pub fn remove(step: &Transaction<'_>, user_id: &UserId) -> Result<(), StoreError> {
    let user = names::user(step, user_id)?;
    step.prepare_cached("DELETE FROM contacts WHERE user = ?1")?
        .execute([user])?;
    Ok(())
}

/// Forgets all contacts, before they are listed anew.
///
/// # Errors
/// [`StoreError`].
pub fn clear(step: &Transaction<'_>) -> Result<(), StoreError> {
    step.execute("DELETE FROM contacts", [])?;
    Ok(())
}

/// Lists the contacts, those with names first, by name.
///
/// # Errors
/// [`StoreError`].
pub fn list(step: &Transaction<'_>) -> Result<Vec<Contact>, StoreError> {
    let sql = "SELECT id, phone_number, name, added_at FROM contacts \
               JOIN names ON number = user ORDER BY name IS NULL, name, id";
    read(step, sql, &[], contact)
}

fn contact(row: &Row<'_>) -> Result<Contact, StoreError> {
    let user_id: String = row.get(0)?;
    let number: Option<String> = row.get(1)?;
    let number = number.map(|number| number.parse().map_err(|_| StoreError::Corrupt));
    Ok(Contact {
        user_id: user_id.try_into().map_err(|_| StoreError::Corrupt)?,
        phone_number: number.transpose()?,
        name: row.get(2)?,
        added_at: unsigned(row.get(3)?)?,
    })
}

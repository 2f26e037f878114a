//! Registrations that wait for their code.

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::store::{
    Condition, Consistency, Item, Key, Store, StoreError, Table, Update, Write, WriteOutcome,
};
use heliograph_protocol::RegistrationId;
use heliograph_protocol::http::PhoneNumber;
use serde::{Deserialize, Serialize};

const BODY: &str = "body";
const ATTEMPTS: &str = "attempts";

/// A registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registration {
    /// The number that the code went to.
    pub phone_number: PhoneNumber,
    /// What is kept of the code ([`KeyRing::seal_code`](crate::tokens::KeyRing::seal_code)).
    #[serde(with = "serde_bytes")]
    pub sealed_code: Vec<u8>,
}

fn key(id: &RegistrationId) -> Key {
    Key::new(Table::Registrations, id.as_str())
}

/// Stores a new registration.
///
/// # Errors
/// The store's.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    id: &RegistrationId,
    registration: &Registration,
    expires_at_s: u64,
) -> Result<(), StoreError> {
    let item = Item::new(key(id))
        .with(BODY, pack(registration)?)
        .expiring(expires_at_s);
    store.write(cx, Write::put(item)).await.map(drop)
}

/// Tells whether there is such a registration.
///
/// # Errors
/// The store's.
pub async fn exists(
    store: &dyn Store,
    cx: &Context,
    id: &RegistrationId,
) -> Result<bool, StoreError> {
    let item = store.get(cx, &key(id), Consistency::Strong).await?;
    Ok(item.is_some())
}

/// Counts an attempt to enter the code *before* the code is looked at, so that no number of
/// attempts at once is more than their count; returns the registration and which attempt it was,
/// from 1. `None` when there is no such registration.
///
/// # Errors
/// The store's.
pub async fn attempt(
    store: &dyn Store,
    cx: &Context,
    id: &RegistrationId,
) -> Result<Option<(Registration, i64)>, StoreError> {
    let update = Update::default().add(ATTEMPTS, 1);
    let write = Write::update(key(id), update).when(Condition::Present);
    match store.write(cx, write).await? {
        WriteOutcome::Applied { old } => {
            let old = old.ok_or_else(corrupt)?;
            Ok(Some((
                unpack(&old, BODY)?,
                old.int(ATTEMPTS).unwrap_or(0) + 1,
            )))
        }
        WriteOutcome::Refused { .. } => Ok(None),
    }
}

/// Ends a registration, once.
pub fn finish(id: &RegistrationId) -> Write {
    Write::delete(key(id)).when(Condition::Present)
}

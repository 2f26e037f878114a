//! The typed tables (`design.md` §3): the only code that builds keys and reads items.
//!
//! A module per table: its key, its rows, and operations named by what they mean.

pub mod cleanups;
pub mod connections;
pub mod contacts;
pub mod inbox;
pub mod limits;
pub mod links;
pub mod notifications;
pub mod prekeys;
pub mod registrations;
pub mod subscriptions;
pub mod users;

use crate::store::{Field, Item, StoreError, StoreErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Packs what conditions need not see into one field: MessagePack with named fields, so that an
/// older reader skips what a newer writer added.
fn pack<T: Serialize>(row: &T) -> Result<Field, StoreError> {
    rmp_serde::to_vec_named(row)
        .map(Field::Bytes)
        .map_err(|error| StoreError::because(StoreErrorKind::Invalid, error))
}

/// Reads what [`pack`] wrote.
fn unpack<T: DeserializeOwned>(item: &Item, field: &str) -> Result<T, StoreError> {
    let bytes = item
        .bytes(field)
        .ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt))?;
    rmp_serde::from_slice(bytes)
        .map_err(|error| StoreError::because(StoreErrorKind::Corrupt, error))
}

fn corrupt() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt)
}

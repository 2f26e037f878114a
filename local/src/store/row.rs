//! Items as rows and back.

use super::codec::{self, Malformed};
use heliograph_domain::store::cost::{item_bytes, write_units};
use heliograph_domain::store::{Item, Key};

/// An item as it is kept, without its key; made where the caller waits, not on the writer's thread.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) fields: Vec<u8>,
    pub(super) expires_at: Option<i64>,
    /// What DynamoDB counts as the item's size.
    pub(super) item_bytes: u64,
    /// What DynamoDB bills for putting the item where nothing is.
    pub(super) write_units: u64,
}

impl Row {
    pub(super) fn of(item: &Item) -> Result<Self, Malformed> {
        Ok(Self {
            fields: codec::encode(&item.fields)?,
            expires_at: item.expires_at_s.map(to_column),
            item_bytes: item_bytes(item),
            write_units: write_units(None, Some(item)),
        })
    }
}

/// Makes an item of what a row holds.
pub(super) fn item(key: Key, fields: &[u8], expires_at: Option<i64>) -> Result<Item, Malformed> {
    Ok(Item {
        key,
        fields: codec::decode(fields)?,
        expires_at_s: expires_at.map(|at| u64::try_from(at).unwrap_or_default()),
    })
}

/// Seconds as SQLite keeps them.
pub(super) fn to_column(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

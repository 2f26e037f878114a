//! The typed tables (`design.md` §3): the only code that builds keys and reads items.
//!
//! A module per table: its key, its rows, and operations named by what they mean.

pub mod cleanups;
pub mod connections;
pub mod contacts;
pub mod deliveries;
pub mod groups;
pub mod inbox;
pub mod limits;
pub mod links;
pub mod media;
pub mod notifications;
pub mod prekeys;
pub mod registrations;
pub mod subscriptions;
pub mod users;

use crate::Context;
use crate::store::{
    BATCH_WRITE_MAX, Field, Item, Query, Store, StoreError, StoreErrorKind, Table, Write,
};
use futures_util::future::try_join_all;
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

/// Puts and deletes, in as many batches at once as it takes.
async fn write_all(store: &dyn Store, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError> {
    let mut batches = Vec::with_capacity(writes.len().div_ceil(BATCH_WRITE_MAX));
    let mut writes = writes.into_iter();
    while writes.len() > 0 {
        let batch = writes.by_ref().take(BATCH_WRITE_MAX).collect();
        batches.push(store.batch_write(cx, batch));
    }
    try_join_all(batches).await.map(drop)
}

/// Deletes a whole partition of a sorted table, page by page.
async fn clear_partition(
    store: &dyn Store,
    cx: &Context,
    table: Table,
    partition: &str,
    pages: usize,
) -> Result<bool, StoreError> {
    let mut after = None;
    for _ in 0..pages {
        let query = Query::partition(table, partition, 200).after(after);
        let page = store.query(cx, &query).await?;
        let deletes: Vec<Write> = page
            .items
            .into_iter()
            .map(|item| Write::delete(item.key))
            .collect();
        write_all(store, cx, deletes).await?;
        after = page.next;
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

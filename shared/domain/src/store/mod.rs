//! The Store port: table-shaped, and the one place where data meets disk.
//!
//! It has DynamoDB's shape on purpose. Its rules, all of them held by the contract suite:
//!
//! * An item whose `expires_at_s` is at or before the context's time is absent for every read, query
//!   and condition, however late the adapter really deletes it.
//! * A write's condition is checked and applied atomically. A condition that does not hold is an
//!   answer ([`WriteOutcome::Refused`], with the item that stood in the way), not an error.
//! * An `Ok` of a write means durable, except in tables that describe live sockets
//!   ([`Table::is_volatile`]): a single machine that restarts has none.
//! * An error means that the write may or may not have happened, unless its kind says otherwise. A
//!   caller that tries again must recognise its own first write in what `Refused` returns.
//! * Every call charges the context's meter with what DynamoDB would bill. A batch or transaction of
//!   nothing does nothing, and costs nothing.
//! * A call that breaks a limit (of keys, names, sizes, counts) is `Invalid` and changes nothing.

pub mod adapter;
pub mod cost;
mod error;
mod item;
mod memory;
mod query;
mod write;

pub use error::{StoreError, StoreErrorKind};
pub use item::{Field, Fields, Item, Key, Table};
pub use memory::MemoryStore;
pub use query::{Consistency, Page, Query};
pub use write::{Action, Condition, TransactOutcome, Update, Write, WriteOutcome};

use crate::Context;
use async_trait::async_trait;

/// Keeps items in tables.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads one item.
    ///
    /// # Errors
    /// `Invalid` for a wrong key; `Throttled`, `Unavailable`, `Corrupt`.
    async fn get(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError>;

    /// Reads any number of items over any tables, in calls of [`BATCH_GET_MAX`]; the answer has
    /// one entry per key, in the order of the keys.
    ///
    /// # Errors
    /// `Invalid` for a wrong key or one named twice; `Throttled`, `Unavailable`, `Corrupt`. All or nothing:
    /// a key that the store left unprocessed is asked for again until answered.
    async fn batch_get(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError>;

    /// Reads a page of one partition in the order of sort keys.
    ///
    /// A page ends at `limit` items or at about [`PAGE_BYTES_MAX`], whichever comes first, and may
    /// hold fewer items than either (expired ones were left out), even none; only a page whose
    /// `next` is `None` is the last one.
    ///
    /// # Errors
    /// `Invalid` for a table without sort keys or a limit of 0; `Throttled`, `Unavailable`, `Corrupt`.
    async fn query(&self, cx: &Context, query: &Query) -> Result<Page, StoreError>;

    /// Writes one item under a condition.
    ///
    /// # Errors
    /// `Invalid` for an item that is or would become larger than [`ITEM_BYTES_MAX`], an update that names
    /// a field twice, or a check;
    /// `Throttled`, `Unavailable`, `Corrupt`.
    async fn write(&self, cx: &Context, write: Write) -> Result<WriteOutcome, StoreError>;

    /// Writes up to [`TRANSACT_MAX`] different items, all or none of them.
    ///
    /// # Errors
    /// `Invalid` for too many writes, two of one item, or volatile tables ([`Table::is_volatile`])
    /// mixed with others; `Conflict` when other writers kept touching the same items (nothing was
    /// written); `Throttled`, `Unavailable`, `Corrupt`.
    async fn transact(
        &self,
        cx: &Context,
        writes: Vec<Write>,
    ) -> Result<TransactOutcome, StoreError>;

    /// Puts and deletes any number of different items without conditions, in calls of
    /// [`BATCH_WRITE_MAX`]; not atomic, in no order.
    ///
    /// # Errors
    /// `Invalid` for an update, a check, a condition or two writes of one item (nothing was written);
    /// `Throttled`, `Unavailable`: some may have been written. What the store left unprocessed is
    /// written again until done, never dropped.
    async fn batch_write(&self, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError>;
}

/// The largest item in bytes, names included ([DynamoDB limits]).
///
/// [DynamoDB limits]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
pub const ITEM_BYTES_MAX: usize = 400 * 1024;
/// The most writes in one transaction (DynamoDB limits).
pub const TRANSACT_MAX: usize = 100;
/// The most writes in one batch call (DynamoDB limits).
pub const BATCH_WRITE_MAX: usize = 25;
/// The most keys in one batch read call (DynamoDB limits).
pub const BATCH_GET_MAX: usize = 100;
/// The most bytes of items that one page reads (DynamoDB limits).
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;

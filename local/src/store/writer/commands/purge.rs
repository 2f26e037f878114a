//! Deleting what has expired.

use crate::store::error::Failure;
use crate::store::row::to_column;
use crate::store::writer::job::Command;
use crate::store::writer::tables::Tables;
use heliograph_domain::store::{Key, Table};

/// As many as a commit can hold without making others wait.
const ITEMS_MAX: usize = 256;

/// Deletes a bounded number of a table's expired items.
pub(in crate::store) struct Purge {
    table: Table,
    now_s: u64,
}

/// How a purge ended.
pub(in crate::store) struct Purged {
    /// How many items were deleted.
    pub(in crate::store) count: usize,
    /// Whether there may be more.
    pub(in crate::store) more: bool,
}

impl Purge {
    /// Asks for items that have expired by `now_s`.
    pub(in crate::store) fn new(table: Table, now_s: u64) -> Self {
        Self { table, now_s }
    }
}

impl Command for Purge {
    type Answer = Purged;

    fn run(&self, tables: &Tables<'_>) -> Result<Self::Answer, Failure> {
        let limit = i64::try_from(ITEMS_MAX).unwrap_or(i64::MAX);
        let count = tables.purge(self.table, to_column(self.now_s), limit)?;
        Ok(Purged {
            count,
            more: count >= ITEMS_MAX,
        })
    }

    fn bytes(&self) -> u64 {
        0
    }
}

/// Deletes items that were found to have expired, unless they have been replaced meanwhile.
pub(in crate::store) struct PurgeFound {
    keys: Vec<Key>,
    now_s: u64,
}

impl PurgeFound {
    /// Asks for those that have expired by `now_s`.
    pub(in crate::store) fn new(keys: Vec<Key>, now_s: u64) -> Self {
        Self { keys, now_s }
    }
}

impl Command for PurgeFound {
    /// How many were deleted.
    type Answer = usize;

    fn run(&self, tables: &Tables<'_>) -> Result<Self::Answer, Failure> {
        let now_s = to_column(self.now_s);
        let mut count = 0;
        for key in &self.keys {
            count += tables.delete_expired(key, now_s)?;
        }
        Ok(count)
    }

    fn bytes(&self) -> u64 {
        0
    }
}

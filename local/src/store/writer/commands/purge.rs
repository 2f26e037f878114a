//! Deleting what has expired.

use crate::store::error::Failure;
use crate::store::row::to_column;
use crate::store::writer::job::Command;
use crate::store::writer::tables::Tables;
use heliograph_domain::store::Table;

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

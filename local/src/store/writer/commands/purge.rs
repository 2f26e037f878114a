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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::row::Row;
    use crate::store::{connection, schema};
    use heliograph_domain::store::Item;

    #[test]
    fn what_was_replaced_since_it_was_found_stays() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file.db");
        std::fs::write(&file, "").unwrap();
        let mut connection = connection::plain(&file).unwrap();
        schema::migrate(&mut connection).unwrap();
        let tables = Tables::within(&connection);
        let key = |sort: &str| Key::sorted(Table::Inbox, "device", sort);
        let put = |sort, end: Option<u64>| {
            let mut item = Item::new(key(sort));
            item.expires_at_s = end;
            tables.put(&key(sort), &Row::of(&item).unwrap()).unwrap();
        };
        put("expired", Some(100));
        put("replaced", Some(101));
        put("endless", None);
        let found = ["expired", "replaced", "endless", "gone"].map(key).to_vec();
        let count = PurgeFound::new(found, 100).run(&tables).unwrap();
        let is_there = |sort| tables.find(&key(sort)).unwrap().is_some();
        assert_eq!(count, 1);
        assert_eq!(
            ["expired", "replaced", "endless"].map(is_there),
            [false, true, true]
        );
    }
}

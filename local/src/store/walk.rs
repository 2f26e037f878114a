//! Finding what has expired in a table that has no index for it: a walk through all of it, again and again.

use super::reader::Readers;
use heliograph_domain::store::{Key, StoreError, Table};
use std::sync::{Mutex, PoisonError};

/// How many items a step looks at: half a millisecond. What it finds goes in one commit.
const STEP_ITEMS: usize = 500;

/// Where a walk is; a process that starts begins anew.
#[derive(Debug)]
pub(super) struct Walk {
    table: Table,
    last: Mutex<Option<Key>>,
}

/// What a step has found.
pub(super) struct Step {
    /// What had expired.
    pub(super) expired: Vec<Key>,
    /// Whether the end of the table was reached: the next step is at its beginning.
    pub(super) is_last: bool,
}

impl Walk {
    pub(super) fn new(table: Table) -> Self {
        Self {
            table,
            last: Mutex::default(),
        }
    }

    /// Looks at the next items.
    pub(super) fn step(&self, readers: &Readers, now_s: u64) -> Result<Step, StoreError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = readers.ends(self.table, last.as_ref(), STEP_ITEMS)?;
        let is_last = ends.len() < STEP_ITEMS;
        *last = match is_last {
            true => None,
            false => ends.last().map(|(key, _)| key.clone()),
        };
        let expired = ends
            .into_iter()
            .filter(|(_, end)| end.is_some_and(|end| end <= now_s));
        Ok(Step {
            expired: expired.map(|(key, _)| key).collect(),
            is_last,
        })
    }
}

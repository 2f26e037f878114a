//! Puts and deletes without conditions.

use super::WriteOne;
use crate::store::error::Failure;
use crate::store::writer::job::Command;
use crate::store::writer::tables::Tables;
use heliograph_domain::store::{StoreError, Write};

/// The writes of one batch call.
pub(in crate::store) struct Batch {
    writes: Vec<WriteOne>,
}

impl Batch {
    /// Prepares the writes of a batch that is meant at `now_s`.
    ///
    /// # Errors
    /// `Corrupt` when what one of them puts cannot be kept.
    pub(in crate::store) fn new(
        writes: impl Iterator<Item = Write>,
        now_s: u64,
    ) -> Result<Self, StoreError> {
        let writes = writes.map(|write| WriteOne::new(write, now_s));
        Ok(Self {
            writes: writes.collect::<Result<_, _>>()?,
        })
    }
}

impl Command for Batch {
    /// What DynamoDB bills in write units.
    type Answer = u64;

    fn run(&self, tables: &Tables<'_>) -> Result<Self::Answer, Failure> {
        let mut units = 0;
        for write in &self.writes {
            units += write.run(tables)?.1;
        }
        Ok(units)
    }

    fn bytes(&self) -> u64 {
        self.writes.iter().map(Command::bytes).sum()
    }
}

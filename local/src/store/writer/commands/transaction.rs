//! Writes that are done all or none.

use super::WriteOne;
use crate::store::error::Failure;
use crate::store::writer::job::Command;
use crate::store::writer::tables::Tables;
use heliograph_domain::store::{StoreError, TransactOutcome, Write, WriteOutcome};

/// Writes of different items; all are decided before the first is made.
pub(in crate::store) struct Transaction {
    writes: Vec<WriteOne>,
}

impl Transaction {
    /// Prepares the writes of a transaction that is meant at `now_s`.
    ///
    /// # Errors
    /// `Corrupt` when what one of them puts cannot be kept.
    pub(in crate::store) fn new(writes: Vec<Write>, now_s: u64) -> Result<Self, StoreError> {
        let writes = writes.into_iter().map(|write| WriteOne::new(write, now_s));
        Ok(Self {
            writes: writes.collect::<Result<_, _>>()?,
        })
    }
}

impl Command for Transaction {
    /// The outcome, and what DynamoDB bills in write units.
    type Answer = (TransactOutcome, u64);

    fn run(&self, tables: &Tables<'_>) -> Result<Self::Answer, Failure> {
        let decided = self.writes.iter().map(|write| write.decide(tables));
        let mut decided = decided.collect::<Result<Vec<_>, _>>()?;
        let units = decided
            .iter()
            .map(|decision| 2 * decision.write_units)
            .sum();
        for (index, decision) in decided.iter_mut().enumerate() {
            if let WriteOutcome::Refused { old } = &mut decision.outcome {
                return Ok((
                    TransactOutcome::Refused {
                        index,
                        old: old.take(),
                    },
                    units,
                ));
            }
        }
        for (write, decision) in self.writes.iter().zip(&decided) {
            write.apply(tables, decision)?;
        }
        Ok((TransactOutcome::Applied, units))
    }

    fn bytes(&self) -> u64 {
        self.writes.iter().map(Command::bytes).sum()
    }
}

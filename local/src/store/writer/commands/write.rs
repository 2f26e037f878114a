//! One write under a condition.

use crate::store::error::Failure;
use crate::store::row::Row;
use crate::store::writer::job::Command;
use crate::store::writer::tables::Tables;
use heliograph_domain::store::adapter::{Change, Decision, decide};
use heliograph_domain::store::{Action, Condition, StoreError, Write, WriteOutcome};

/// A write, with the row of what it puts made beforehand.
pub(in crate::store) struct WriteOne {
    write: Write,
    row: Option<Row>,
    now_s: u64,
}

impl WriteOne {
    /// Prepares a write that is meant at `now_s`.
    ///
    /// # Errors
    /// `Corrupt` when what it puts cannot be kept.
    pub(in crate::store) fn new(write: Write, now_s: u64) -> Result<Self, StoreError> {
        let row = match &write.action {
            Action::Put(item) => Some(Row::of(item).map_err(crate::store::error::corrupt)?),
            Action::Update(..) | Action::Delete(_) | Action::Check(_) => None,
        };
        Ok(Self { write, row, now_s })
    }

    /// Puts where nothing is, without a look first: the common case of an inbox.
    fn insert(&self, tables: &Tables<'_>) -> Result<Option<u64>, rusqlite::Error> {
        let (Some(row), Condition::None | Condition::Absent | Condition::Lacks(_)) =
            (&self.row, &self.write.condition)
        else {
            return Ok(None);
        };
        Ok(tables
            .insert(self.write.key(), row)?
            .then_some(row.write_units))
    }

    pub(super) fn decide(&self, tables: &Tables<'_>) -> Result<Decision, Failure> {
        let found = tables.find(self.write.key())?;
        Ok(decide(self.write.clone(), found, self.now_s)?)
    }

    /// Makes the change that was decided.
    pub(super) fn apply(&self, tables: &Tables<'_>, decision: &Decision) -> Result<(), Failure> {
        let key = self.write.key();
        let item = match &decision.change {
            Change::Keep => return Ok(()),
            Change::Delete => return Ok(tables.delete(key)?),
            Change::Put(item) => item,
        };
        let made;
        let row = match &self.row {
            Some(row) => row,
            None => {
                made = Row::of(item)?;
                &made
            }
        };
        match &decision.outcome {
            WriteOutcome::Applied { old: Some(old) } if old.expires_at_s == item.expires_at_s => {
                tables.put_fields(key, row)?;
            }
            _ => tables.put(key, row)?,
        }
        Ok(())
    }
}

impl Command for WriteOne {
    /// The outcome, and what DynamoDB bills in write units.
    type Answer = (WriteOutcome, u64);

    fn run(&self, tables: &Tables<'_>) -> Result<Self::Answer, Failure> {
        if let Some(units) = self.insert(tables)? {
            return Ok((WriteOutcome::Applied { old: None }, units));
        }
        let decision = self.decide(tables)?;
        self.apply(tables, &decision)?;
        Ok((decision.outcome, decision.write_units))
    }

    fn bytes(&self) -> u64 {
        self.row.as_ref().map_or(0, |row| row.item_bytes)
    }
}

//! What a write comes to, given the item that it finds.

use super::check;
use crate::store::cost::write_units;
use crate::store::{Action, Item, StoreError, Write, WriteOutcome};

/// What an adapter must do for a write, say about it and charge for it.
#[derive(Debug)]
pub struct Decision {
    /// What to do.
    pub change: Change,
    /// What to answer once it is done.
    pub outcome: WriteOutcome,
    /// What DynamoDB bills; twice that in a transaction.
    pub write_units: u64,
}

/// What becomes of the item at a write's key.
#[derive(Debug)]
pub enum Change {
    /// It stays as it is.
    Keep,
    /// This one takes its place.
    Put(Item),
    /// It goes.
    Delete,
}

/// Decides a write; `found` is the item that is there, expired or not.
///
/// # Errors
/// `Invalid` when the update would make the item too large.
pub fn decide(write: Write, found: Option<Item>, now_s: u64) -> Result<Decision, StoreError> {
    let Write { action, condition } = write;
    let units_before = write_units(found.as_ref(), None);
    let old = found.filter(|item| !item.is_expired(now_s));
    if !condition.holds(old.as_ref()) {
        let outcome = WriteOutcome::Refused { old };
        return Ok(Decision {
            change: Change::Keep,
            outcome,
            write_units: units_before,
        });
    }
    let change = match action {
        Action::Put(item) => Change::Put(item),
        Action::Update(key, update) => {
            let item = update.apply(&key, old.as_ref());
            check::item(&item)?;
            Change::Put(item)
        }
        Action::Delete(_) => Change::Delete,
        Action::Check(_) => Change::Keep,
    };
    let units_after = match &change {
        Change::Put(item) => write_units(None, Some(item)),
        Change::Keep | Change::Delete => 0,
    };
    Ok(Decision {
        change,
        outcome: WriteOutcome::Applied { old },
        write_units: units_before.max(units_after),
    })
}

//! What the reasons of a cancelled transaction come to.

use super::Form;
use crate::dynamo::Context;
use crate::dynamo::attributes::to_item_found;
use crate::dynamo::batch_write::units_written;
use crate::dynamo::error::kind_of_code;
use aws_sdk_dynamodb::types::CancellationReason;
use heliograph_domain::store::cost::write_units;
use heliograph_domain::store::{Action, StoreError, StoreErrorKind, TransactOutcome, Write};

const REFUSED: &str = "ConditionalCheckFailed";
/// The code at a write that was not the reason.
const NO_REASON: &str = "None";

/// What to make of a cancelled transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A condition does not hold.
    Refused(TransactOutcome),
    /// All conditions hold, but the form of an update did not fit what is there; now it does.
    Reformed,
    /// Something else.
    Failed(StoreErrorKind),
}

/// Reads the reasons, one per write, charges the call and corrects the forms.
///
/// # Errors
/// `Corrupt` for an item that cannot be read.
pub(super) fn judge(
    cx: &Context,
    writes: &[Write],
    forms: &mut [Form],
    reasons: &[CancellationReason],
) -> Result<Verdict, StoreError> {
    let mut units = 0;
    let mut failures = Vec::new();
    let mut refused = None;
    let mut is_reformed = false;
    for (index, (write, reason)) in writes.iter().zip(reasons).enumerate() {
        let code = reason.code().unwrap_or(NO_REASON);
        if code != REFUSED {
            units += units_written(write);
            failures.extend((code != NO_REASON).then(|| kind_of_code(code)));
            continue;
        }
        let found = to_item_found(write.key().table, reason.item.clone())?;
        units += write_units(found.as_ref(), None);
        let old = found.filter(|item| !item.is_expired(cx.now_s()));
        let is_update = matches!(write.action, Action::Update(..));
        if is_update && write.condition.holds(old.as_ref()) {
            forms[index] = forms[index].other();
            is_reformed = true;
        } else if refused.is_none() {
            refused = Some(TransactOutcome::Refused { index, old });
        }
    }
    cx.meter.store_call(0, 2 * units);
    // The writes that failed were not checked: one of them may be the first to be refused.
    let failure = worst(&failures);
    Ok(match (failure, refused) {
        (Some(kind), _) => Verdict::Failed(kind),
        (None, Some(outcome)) => Verdict::Refused(outcome),
        (None, None) if is_reformed => Verdict::Reformed,
        (None, None) => Verdict::Failed(StoreErrorKind::Unavailable),
    })
}

/// Picks the failure that says most about what trying again would bring.
fn worst(failures: &[StoreErrorKind]) -> Option<StoreErrorKind> {
    let order = [
        StoreErrorKind::Invalid,
        StoreErrorKind::Unavailable,
        StoreErrorKind::Throttled,
        StoreErrorKind::Conflict,
    ];
    order.into_iter().find(|kind| failures.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamo::attributes::from_item;
    use heliograph_domain::store::{Condition, Field, Item, Key, Table, Update};

    fn key(number: u32) -> Key {
        Key::new(Table::Users, format!("user{number}"))
    }

    fn reason(code: &str, old: Option<&Item>) -> CancellationReason {
        CancellationReason::builder()
            .code(code)
            .set_item(old.map(from_item))
            .build()
    }

    fn judged(writes: &[Write], reasons: &[CancellationReason]) -> (Verdict, Vec<Form>) {
        let mut forms: Vec<Form> = writes.iter().map(Form::of).collect();
        let verdict = judge(&Context::at(1_000_000), writes, &mut forms, reasons).unwrap();
        (verdict, forms)
    }

    fn count(number: u32) -> Write {
        Write::update(key(number), Update::default().add("count", 1))
    }

    #[test]
    fn the_first_condition_that_does_not_hold_refuses() {
        let old = Item::new(key(2)).with("count", Field::Int(1));
        let writes = [
            count(0),
            Write::check(key(1)).when(Condition::Present),
            Write::put(Item::new(key(2))).when(Condition::Absent),
        ];
        let reasons = [
            reason("None", None),
            reason(REFUSED, None),
            reason(REFUSED, Some(&old)),
        ];
        let refused = TransactOutcome::Refused {
            index: 1,
            old: None,
        };
        assert_eq!(judged(&writes, &reasons).0, Verdict::Refused(refused));
    }

    #[test]
    fn an_update_that_met_an_expired_item_is_made_afresh() {
        let expired = Item::new(key(0)).expiring(1000);
        let (verdict, forms) = judged(&[count(0)], &[reason(REFUSED, Some(&expired))]);
        assert_eq!((verdict, forms), (Verdict::Reformed, vec![Form::Afresh]));
        let needed = count(0).when(Condition::Present);
        let (verdict, _) = judged(&[needed], &[reason(REFUSED, Some(&expired))]);
        assert_eq!(
            verdict,
            Verdict::Refused(TransactOutcome::Refused {
                index: 0,
                old: None
            })
        );
    }

    #[test]
    fn failures_come_before_refusals() {
        let writes = [count(0), Write::check(key(1)).when(Condition::Present)];
        for (code, kind) in [
            ("TransactionConflict", StoreErrorKind::Conflict),
            ("ThrottlingError", StoreErrorKind::Throttled),
            ("ProvisionedThroughputExceeded", StoreErrorKind::Throttled),
            ("ValidationError", StoreErrorKind::Invalid),
            ("SomethingNew", StoreErrorKind::Unavailable),
        ] {
            let (verdict, _) = judged(&writes, &[reason(code, None), reason(REFUSED, None)]);
            assert_eq!(verdict, Verdict::Failed(kind), "{code}");
        }
    }
}

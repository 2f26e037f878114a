//! Writing several items, all or none.

mod part;
mod verdict;

use super::batch_write::{units_counted, units_written};
use super::error::failed;
use super::{Context, DynamoStore};
use crate::patience::Backoff;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, ReturnConsumedCapacity, TransactWriteItem};
use heliograph_domain::store::{
    Action, Condition, StoreError, StoreErrorKind, TransactOutcome, Write,
};
use verdict::{Verdict, judge};

/// How a write is put to DynamoDB, which would update what is left of an expired item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is; an update asks that no expired item is there.
    AsAsked,
    /// An update as a put of what it makes of nothing, where nothing or an expired item is.
    Afresh,
}

impl Form {
    fn of(write: &Write) -> Self {
        match (&write.action, &write.condition) {
            (Action::Update(..), Condition::Absent) => Form::Afresh,
            _ => Form::AsAsked,
        }
    }

    fn other(self) -> Self {
        match self {
            Form::AsAsked => Form::Afresh,
            Form::Afresh => Form::AsAsked,
        }
    }
}

impl DynamoStore {
    pub(super) async fn all_or_none(
        &self,
        cx: &Context,
        writes: &[Write],
    ) -> Result<TransactOutcome, StoreError> {
        if writes.is_empty() {
            return Ok(TransactOutcome::Applied);
        }
        let mut backoff = Backoff::start(self.patience);
        let mut forms: Vec<Form> = writes.iter().map(Form::of).collect();
        let mut changes_of_form = 0;
        loop {
            let Some(reasons) = self.try_transaction(cx, writes, &forms).await? else {
                return Ok(TransactOutcome::Applied);
            };
            let kind = match judge(cx, writes, &mut forms, &reasons)? {
                Verdict::Refused(outcome) => return Ok(outcome),
                Verdict::Reformed if changes_of_form < self.patience.attempts => {
                    changes_of_form += 1;
                    continue;
                }
                Verdict::Reformed => StoreErrorKind::Conflict,
                Verdict::Failed(kind) => kind,
            };
            let may_pass = matches!(kind, StoreErrorKind::Conflict | StoreErrorKind::Throttled);
            if !may_pass || !backoff.wait_for_attempt().await {
                return Err(cancelled(kind, &reasons));
            }
        }
    }

    /// Sends the transaction; `Some` is why it was cancelled.
    ///
    /// The SDK gives it a token, so that it is done once however often it is sent.
    async fn try_transaction(
        &self,
        cx: &Context,
        writes: &[Write],
        forms: &[Form],
    ) -> Result<Option<Vec<CancellationReason>>, StoreError> {
        let parts = writes
            .iter()
            .zip(forms)
            .map(|(write, form)| self.part(cx, write, *form));
        let parts: Result<Vec<TransactWriteItem>, BuildError> = parts.collect();
        let parts = parts.map_err(|error| StoreError::because(StoreErrorKind::Invalid, error))?;
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(parts))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                let least = 2 * writes.iter().map(units_written).sum::<u64>();
                let counted = units_counted(answer.consumed_capacity.as_deref());
                cx.meter.store_call(0, counted.max(least));
                return Ok(None);
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                Ok(Some(cancelled.cancellation_reasons().to_vec()))
            }
            _ => Err(failed(error)),
        }
    }
}

fn cancelled(kind: StoreErrorKind, reasons: &[CancellationReason]) -> StoreError {
    let codes: Vec<&str> = reasons
        .iter()
        .filter_map(CancellationReason::code)
        .collect();
    StoreError::because(kind, format!("transaction cancelled: {}", codes.join(", ")))
}

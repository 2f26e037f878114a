//! Updating one item.
//!
//! DynamoDB would update what is left of an expired item. So an update asks that there is none, and
//! where one is found, puts in its place what the update makes of nothing.

use super::attributes::from_key;
use super::expression::Placeholders;
use super::write::{Met, Repeat, met, once, send};
use super::{Context, DynamoStore};
use crate::patience::Backoff;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use heliograph_domain::store::{Condition, Key, StoreError, StoreErrorKind, Update, WriteOutcome};

impl DynamoStore {
    pub(super) async fn update(
        &self,
        cx: &Context,
        key: &Key,
        update: &Update,
        condition: &Condition,
    ) -> Result<WriteOutcome, StoreError> {
        let repeat = if update.add.is_empty() {
            Repeat::Freely
        } else {
            Repeat::IfNotDone
        };
        if *condition == Condition::Absent {
            return self
                .put(cx, &update.apply(key, None), condition, Repeat::Freely)
                .await;
        }
        let mut backoff = Backoff::start(self.patience);
        loop {
            let met = self
                .update_unexpired(cx, key, update, condition, repeat)
                .await?;
            let is_stale = match &met {
                Met::Refused(Some(old)) => old.is_expired(cx.now_s()),
                _ => false,
            };
            let outcome = met.charge(cx, |old| Some(update.apply(key, old)));
            if !is_stale || !condition.holds(None) {
                return Ok(outcome);
            }
            let afresh = update.apply(key, None);
            let outcome = self.put(cx, &afresh, &Condition::Absent, repeat).await?;
            if let WriteOutcome::Applied { .. } = outcome {
                return Ok(outcome);
            }
            // Somebody else was faster, and the item is one to update now.
            if !backoff.wait_for_attempt().await {
                return Err(StoreError::new(StoreErrorKind::Conflict));
            }
        }
    }

    async fn update_unexpired(
        &self,
        cx: &Context,
        key: &Key,
        update: &Update,
        condition: &Condition,
        repeat: Repeat,
    ) -> Result<Met, StoreError> {
        let mut placeholders = Placeholders::default();
        let expression = placeholders.update(update);
        let condition = placeholders.condition_of_update(condition, cx.now_s());
        let (names, values) = placeholders.finish();
        let request = self
            .client
            .update_item()
            .table_name(self.tables.name(key.table))
            .set_key(Some(from_key(key)))
            .set_update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let backoff = Backoff::start(self.patience);
        let answer = match repeat {
            Repeat::Freely => send(backoff, repeat, || request.clone().send()).await,
            Repeat::IfNotDone => {
                let request = || request.clone().customize().config_override(once());
                send(backoff, repeat, || request().send()).await
            }
        };
        met(key.table, answer, |answer| answer.attributes)
    }
}

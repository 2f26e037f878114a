//! Writing one item.

use super::attributes::{Attributes, from_item, from_key, to_item_found};
use super::error::{failed, kind};
use super::expression::Placeholders;
use super::{Context, DynamoStore};
use crate::patience::Backoff;
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use heliograph_domain::store::cost::write_units;
use heliograph_domain::store::{
    Condition, Item, Key, StoreError, StoreErrorKind, Table, WriteOutcome,
};
use std::error::Error;

impl DynamoStore {
    pub(super) async fn put(
        &self,
        cx: &Context,
        item: &Item,
        condition: &Condition,
        repeat: Repeat,
    ) -> Result<WriteOutcome, StoreError> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(condition, cx.now_s());
        let (names, values) = placeholders.finish();
        let request = self
            .client
            .put_item()
            .table_name(self.tables.name(item.key.table))
            .set_item(Some(from_item(item)))
            .set_condition_expression(condition)
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
        let met = met(item.key.table, answer, |answer| answer.attributes)?;
        Ok(met.charge(cx, |_| Some(item.clone())))
    }

    pub(super) async fn delete(
        &self,
        cx: &Context,
        key: &Key,
        condition: &Condition,
    ) -> Result<WriteOutcome, StoreError> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(condition, cx.now_s());
        let (names, values) = placeholders.finish();
        let request = self
            .client
            .delete_item()
            .table_name(self.tables.name(key.table))
            .set_key(Some(from_key(key)))
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let backoff = Backoff::start(self.patience);
        let answer = send(backoff, Repeat::Freely, || request.clone().send()).await;
        let met = met(key.table, answer, |answer| answer.attributes)?;
        Ok(met.charge(cx, |_| None))
    }
}

/// How a write ended, with the item that was there, expired or not.
#[derive(Debug)]
pub(super) enum Met {
    Applied(Option<Item>),
    Refused(Option<Item>),
}

impl Met {
    /// Charges the write, of which `new` tells what it left behind, and answers the caller.
    pub(super) fn charge(
        self,
        cx: &Context,
        new: impl FnOnce(Option<&Item>) -> Option<Item>,
    ) -> WriteOutcome {
        let live = |old: Option<Item>| old.filter(|item| !item.is_expired(cx.now_s()));
        match self {
            Met::Applied(old) => {
                let new = new(old.as_ref());
                cx.meter
                    .store_call(0, write_units(old.as_ref(), new.as_ref()));
                WriteOutcome::Applied { old: live(old) }
            }
            Met::Refused(old) => {
                cx.meter.store_call(0, write_units(old.as_ref(), None));
                WriteOutcome::Refused { old: live(old) }
            }
        }
    }
}

/// Reads the answer to a write; `old` takes the item that was there out of it.
pub(super) fn met<T, E: Refusal>(
    table: Table,
    answer: Result<T, SdkError<E, HttpResponse>>,
    old: impl FnOnce(T) -> Option<Attributes>,
) -> Result<Met, StoreError> {
    let error = match answer {
        Ok(answer) => return Ok(Met::Applied(to_item_found(table, old(answer))?)),
        Err(error) => error,
    };
    match error.as_service_error().and_then(Refusal::old) {
        Some(old) => Ok(Met::Refused(to_item_found(table, old.cloned())?)),
        None => Err(failed(error)),
    }
}

/// The error of an operation that can be refused by a condition.
pub(super) trait Refusal: ProvideErrorMetadata + Error + Send + Sync + 'static {
    /// The item that stood in the way, if that is what the error says.
    fn old(&self) -> Option<Option<&Attributes>>;
}

macro_rules! refusal {
    ($($error:ident)*) => {$(
        impl Refusal for $error {
            fn old(&self) -> Option<Option<&Attributes>> {
                match self {
                    $error::ConditionalCheckFailedException(refused) => Some(refused.item()),
                    _ => None,
                }
            }
        }
    )*};
}

refusal!(PutItemError UpdateItemError DeleteItemError);

/// When a write may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Also when no answer came: done twice, it leaves what it leaves when done once.
    Freely,
    /// Only after an answer that says that it was not done, since it counts.
    IfNotDone,
}

impl Repeat {
    /// Tells what is left to us; the SDK repeats the rest of what is repeated freely.
    fn is_for(self, kind: StoreErrorKind) -> bool {
        match kind {
            StoreErrorKind::Conflict => true,
            StoreErrorKind::Throttled => self == Repeat::IfNotDone,
            _ => false,
        }
    }
}

/// Keeps the SDK from sending a request again.
pub(super) fn once() -> aws_sdk_dynamodb::config::Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// Sends a request until it is answered, and no longer than its time allows.
pub(super) async fn send<T, E, F>(
    mut backoff: Backoff,
    repeat: Repeat,
    request: impl Fn() -> F,
) -> Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    loop {
        let answer = request().await;
        let is_repeated = matches!(&answer, Err(error) if repeat.is_for(kind(error)));
        if !is_repeated || !backoff.wait_for_attempt().await {
            return answer;
        }
    }
}

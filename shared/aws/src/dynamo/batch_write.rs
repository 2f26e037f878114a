//! Writing many items without conditions.

use super::attributes::{from_item, from_key, take_key};
use super::batch_get::CALLS_AT_ONCE;
use super::error::{failed, left_unprocessed, out_of_time};
use super::{Context, DynamoStore};
use crate::patience::Backoff;
use aws_sdk_dynamodb::types::{
    ConsumedCapacity, DeleteRequest, PutRequest, ReturnConsumedCapacity, WriteRequest,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use heliograph_domain::store::cost::write_units;
use heliograph_domain::store::{Action, BATCH_WRITE_MAX, Key, StoreError, StoreErrorKind, Write};
use std::collections::{HashMap, HashSet};

/// Writes to ask for, by the name of their table.
type Asked = HashMap<String, Vec<WriteRequest>>;

impl DynamoStore {
    pub(super) async fn write_items(
        &self,
        cx: &Context,
        writes: &[Write],
    ) -> Result<(), StoreError> {
        let backoff = Backoff::start(self.patience);
        let calls = writes.chunks(BATCH_WRITE_MAX);
        let calls: Vec<_> = calls
            .map(|writes| self.write_call(cx, writes, backoff.clone()))
            .collect();
        stream::iter(calls)
            .buffer_unordered(CALLS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn write_call(
        &self,
        cx: &Context,
        writes: &[Write],
        mut backoff: Backoff,
    ) -> Result<(), StoreError> {
        let mut asked = self.ask_to(writes)?;
        let mut waiting: Vec<&Write> = writes.iter().collect();
        loop {
            let round = self
                .client
                .batch_write_item()
                .set_request_items(Some(asked))
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let answer = backoff.round(round.send()).await;
            let answer = answer
                .ok_or_else(|| out_of_time(&backoff))?
                .map_err(failed)?;
            asked = answer.unprocessed_items.unwrap_or_default();
            let left = self.keys(&asked)?;
            let (still_waiting, done): (Vec<_>, Vec<_>) = waiting
                .into_iter()
                .partition(|write| left.contains(write.key()));
            let least = done.iter().map(|write| units_written(write)).sum();
            let counted = units_counted(answer.consumed_capacity.as_deref());
            cx.meter.store_call(0, counted.max(least));
            waiting = still_waiting;
            if asked.is_empty() {
                return Ok(());
            }
            if !backoff.wait().await {
                return Err(left_unprocessed());
            }
        }
    }

    fn ask_to(&self, writes: &[Write]) -> Result<Asked, StoreError> {
        let mut asked: Asked = HashMap::new();
        for write in writes {
            let name = self.tables.name(write.key().table).to_owned();
            let request = request(write)
                .map_err(|error| StoreError::because(StoreErrorKind::Invalid, error))?;
            asked.entry(name).or_default().push(request);
        }
        Ok(asked)
    }

    /// Names the items that writes are about.
    fn keys(&self, asked: &Asked) -> Result<HashSet<Key>, StoreError> {
        let mut keys = HashSet::new();
        for (name, requests) in asked {
            let Some(table) = self.tables.table(name) else {
                continue;
            };
            for request in requests {
                let put = request.put_request.as_ref().map(|put| &put.item);
                let delete = request.delete_request.as_ref().map(|delete| &delete.key);
                if let Some(attributes) = put.or(delete) {
                    keys.insert(take_key(table, &mut attributes.clone())?);
                }
            }
        }
        Ok(keys)
    }
}

fn request(write: &Write) -> Result<WriteRequest, aws_sdk_dynamodb::error::BuildError> {
    let request = WriteRequest::builder();
    Ok(match &write.action {
        Action::Put(item) => {
            let put = PutRequest::builder()
                .set_item(Some(from_item(item)))
                .build()?;
            request.put_request(put).build()
        }
        _ => {
            let key = from_key(write.key());
            let delete = DeleteRequest::builder().set_key(Some(key)).build()?;
            request.delete_request(delete).build()
        }
    })
}

/// What a write costs at least: the answer does not say what was there before.
pub(super) fn units_written(write: &Write) -> u64 {
    match &write.action {
        Action::Put(item) => write_units(None, Some(item)),
        Action::Update(key, update) => write_units(None, Some(&update.apply(key, None))),
        Action::Delete(_) | Action::Check(_) => 1,
    }
}

/// What DynamoDB has counted over all tables, in whole units.
pub(super) fn units_counted(consumed: Option<&[ConsumedCapacity]>) -> u64 {
    let units: f64 = consumed
        .unwrap_or_default()
        .iter()
        .filter_map(|table| table.capacity_units)
        .sum();
    whole(units)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of units, rounded; a cast ends at the greatest number"
)]
fn whole(units: f64) -> u64 {
    units.round() as u64
}

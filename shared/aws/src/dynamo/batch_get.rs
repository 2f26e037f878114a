//! Reading many items.

use super::attributes::{Attributes, from_key, to_item};
use super::error::{failed, left_unprocessed, out_of_time};
use super::{Context, DynamoStore};
use crate::patience::Backoff;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};
use heliograph_domain::store::cost::{item_bytes, read_half_units};
use heliograph_domain::store::{
    BATCH_GET_MAX, Consistency, Item, Key, StoreError, StoreErrorKind, Table,
};
use std::collections::HashMap;

/// How many calls of one batch are on their way at once.
pub(super) const CALLS_AT_ONCE: usize = 8;

/// Keys to ask for, by the name of their table.
type Asked = HashMap<String, KeysAndAttributes>;

impl DynamoStore {
    pub(super) async fn get_items(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        let backoff = Backoff::start(self.patience);
        let calls = keys.chunks(BATCH_GET_MAX);
        let calls: Vec<_> = calls
            .map(|keys| self.get_call(cx, keys, consistency, backoff.clone()))
            .collect();
        let found: Vec<_> = stream::iter(calls)
            .buffered(CALLS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn get_call(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
        mut backoff: Backoff,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        let mut asked = self.ask_for(keys, consistency)?;
        let mut found = HashMap::with_capacity(keys.len());
        loop {
            let round = self.client.batch_get_item().set_request_items(Some(asked));
            let answer = backoff.round(round.send()).await;
            let answer = answer
                .ok_or_else(|| out_of_time(&backoff))?
                .map_err(failed)?;
            let items = self.read_answer(answer.responses.unwrap_or_default())?;
            found.extend(items.into_iter().map(|item| (item.key.clone(), item)));
            asked = answer.unprocessed_keys.unwrap_or_default();
            if asked.is_empty() {
                break;
            }
            if !backoff.wait().await {
                return Err(left_unprocessed());
            }
        }
        let mut half_units = 0;
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            let item = found.remove(key);
            half_units += read_half_units(item.as_ref().map_or(0, item_bytes), consistency);
            items.push(item.filter(|item| !item.is_expired(cx.now_s())));
        }
        cx.meter.store_call(half_units, 0);
        Ok(items)
    }

    fn ask_for(&self, keys: &[Key], consistency: Consistency) -> Result<Asked, StoreError> {
        let mut of_tables: HashMap<Table, Vec<Attributes>> = HashMap::new();
        for key in keys {
            of_tables.entry(key.table).or_default().push(from_key(key));
        }
        let mut asked = HashMap::with_capacity(of_tables.len());
        for (table, keys) in of_tables {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(consistency == Consistency::Strong)
                .build()
                .map_err(|error| StoreError::because(StoreErrorKind::Invalid, error))?;
            asked.insert(self.tables.name(table).to_owned(), keys);
        }
        Ok(asked)
    }

    fn read_answer(
        &self,
        responses: HashMap<String, Vec<Attributes>>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        for (name, found) in responses {
            let table = self.tables.table(&name).ok_or_else(|| {
                StoreError::because(StoreErrorKind::Corrupt, "answer from a table not asked")
            })?;
            for attributes in found {
                items.push(to_item(table, attributes)?);
            }
        }
        Ok(items)
    }
}

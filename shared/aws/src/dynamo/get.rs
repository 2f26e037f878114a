//! Reading one item.

use super::attributes::{from_key, to_item_found};
use super::error::failed;
use super::{Context, DynamoStore};
use heliograph_domain::store::cost::{item_bytes, read_half_units};
use heliograph_domain::store::{Consistency, Item, Key, StoreError};

impl DynamoStore {
    pub(super) async fn get_item(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(self.tables.name(key.table))
            .set_key(Some(from_key(key)))
            .consistent_read(consistency == Consistency::Strong)
            .send()
            .await
            .map_err(failed)?;
        let item = to_item_found(key.table, answer.item)?;
        let bytes = item.as_ref().map_or(0, item_bytes);
        cx.meter.store_call(read_half_units(bytes, consistency), 0);
        Ok(item.filter(|item| !item.is_expired(cx.now_s())))
    }
}

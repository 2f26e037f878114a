//! The port's calls: checked, sent to where the table lives, charged.

use super::EmbeddedStore;
use super::writer::{Batch, Transaction, WriteOne};
use async_trait::async_trait;
use heliograph_domain::Context;
use heliograph_domain::store::adapter::check;
use heliograph_domain::store::cost::{item_bytes, read_half_units};
use heliograph_domain::store::{
    BATCH_GET_MAX, BATCH_WRITE_MAX, Consistency, Item, Key, Page, Query, Store, StoreError,
    TransactOutcome, Write, WriteOutcome,
};

#[async_trait]
impl Store for EmbeddedStore {
    async fn get(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        if key.table.is_volatile() {
            return self.memory.get(cx, key, consistency).await;
        }
        check::key(key)?;
        let item = self.readers.get(key)?;
        cx.meter
            .store_call(read_half_units(bytes(item.as_ref()), consistency), 0);
        Ok(item.filter(|item| !item.is_expired(cx.now_s())))
    }

    async fn batch_get(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        check::keys(keys)?;
        let durable: Vec<&Key> = keys.iter().filter(|key| !key.table.is_volatile()).collect();
        let mut durable = match durable.as_slice() {
            [] => Vec::new(),
            durable => self.readers.get_all(durable)?,
        }
        .into_iter();
        let mut items: Vec<Option<Item>> = keys
            .iter()
            .map(|key| match key.table.is_volatile() {
                true => self.memory.peek(key),
                false => durable.next().flatten(),
            })
            .collect();
        for call in items.chunks_mut(BATCH_GET_MAX) {
            let half_units = call
                .iter()
                .map(|item| read_half_units(bytes(item.as_ref()), consistency))
                .sum();
            cx.meter.store_call(half_units, 0);
            call.iter_mut().for_each(|item| {
                item.take_if(|item| item.is_expired(cx.now_s()));
            });
        }
        Ok(items)
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Page, StoreError> {
        if query.table.is_volatile() {
            return self.memory.query(cx, query).await;
        }
        check::query(query)?;
        let (page, half_units) = self.readers.query(query, cx.now_s())?;
        cx.meter.store_call(half_units, 0);
        Ok(page)
    }

    async fn write(&self, cx: &Context, write: Write) -> Result<WriteOutcome, StoreError> {
        if write.key().table.is_volatile() {
            return self.memory.write(cx, write).await;
        }
        check::single(&write)?;
        let answer = self.writer.submit(WriteOne::new(write, cx.now_s())?);
        let (outcome, units) = answer.wait().await?;
        cx.meter.store_call(0, units);
        Ok(outcome)
    }

    async fn transact(
        &self,
        cx: &Context,
        writes: Vec<Write>,
    ) -> Result<TransactOutcome, StoreError> {
        check::transaction(&writes)?;
        if writes.iter().all(|write| write.key().table.is_volatile()) {
            return self.memory.transact(cx, writes).await;
        }
        let answer = self.writer.submit(Transaction::new(writes, cx.now_s())?);
        let (outcome, units) = answer.wait().await?;
        cx.meter.store_call(0, units);
        Ok(outcome)
    }

    async fn batch_write(&self, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError> {
        check::batch(&writes)?;
        let mut calls = Vec::new();
        let mut writes = writes.into_iter().peekable();
        while writes.peek().is_some() {
            let call = writes.by_ref().take(BATCH_WRITE_MAX);
            let (volatile, durable): (Vec<Write>, Vec<Write>) =
                call.partition(|write| write.key().table.is_volatile());
            let answer = match durable.is_empty() {
                true => None,
                false => Some(
                    self.writer
                        .submit(Batch::new(durable.into_iter(), cx.now_s())?),
                ),
            };
            calls.push((answer, volatile));
        }
        for (answer, volatile) in calls {
            let mut units = 0;
            for write in volatile {
                units += self.memory.write_uncharged(write, cx.now_s())?;
            }
            if let Some(answer) = answer {
                units += answer.wait().await?;
            }
            cx.meter.store_call(0, units);
        }
        Ok(())
    }
}

fn bytes(item: Option<&Item>) -> u64 {
    item.map_or(0, item_bytes)
}

//! The port in memory: for rows that need not outlive the process, and for simulations.

use super::adapter::{Change, Decision, PageBuilder, check, decide};
use super::cost::{item_bytes, read_half_units};
use super::{
    BATCH_GET_MAX, BATCH_WRITE_MAX, Consistency, Item, Key, Page, Query, Store, StoreError,
    TransactOutcome, Write, WriteOutcome,
};
use crate::Context;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that forgets everything when it is dropped.
///
/// Every call is done when its future is first polled, in one step; it never waits.
#[derive(Debug, Default)]
pub struct MemoryStore {
    items: Mutex<Items>,
}

type Items = BTreeMap<Key, Item>;

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the item that is there, even if it has expired, and charges nothing.
    pub fn peek(&self, key: &Key) -> Option<Item> {
        self.items().get(key).cloned()
    }

    /// Returns every item there is, expired ones too, and charges nothing.
    pub fn all(&self) -> Vec<Item> {
        self.items().values().cloned().collect()
    }

    /// Counts the items of a table, expired ones too, and charges nothing.
    pub fn count(&self, table: super::Table) -> usize {
        self.items().keys().filter(|key| key.table == table).count()
    }

    /// Does one write of a batch and returns its write units; charges nothing.
    ///
    /// # Errors
    /// `Invalid` for what `batch_write` refuses.
    pub fn write_uncharged(&self, write: Write, now_s: u64) -> Result<u64, StoreError> {
        check::batch(std::slice::from_ref(&write))?;
        let (_, units) = write_one(&mut self.items(), write, now_s)?;
        Ok(units)
    }

    /// Deletes what has expired by `now_s` and returns how many items that were.
    pub fn purge_expired(&self, now_s: u64) -> usize {
        let mut items = self.items();
        let before = items.len();
        items.retain(|_, item| !item.is_expired(now_s));
        before - items.len()
    }

    fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        check::key(key)?;
        let item = self.peek(key);
        let bytes = item.as_ref().map_or(0, item_bytes);
        cx.meter.store_call(read_half_units(bytes, consistency), 0);
        Ok(item.filter(|item| !item.is_expired(cx.now_s())))
    }

    async fn batch_get(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        check::keys(keys)?;
        let items = self.items();
        let mut answer = Vec::with_capacity(keys.len());
        for call in keys.chunks(BATCH_GET_MAX) {
            let mut half_units = 0;
            for key in call {
                let item = items.get(key);
                half_units += read_half_units(item.map_or(0, item_bytes), consistency);
                answer.push(item.filter(|item| !item.is_expired(cx.now_s())).cloned());
            }
            cx.meter.store_call(half_units, 0);
        }
        Ok(answer)
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Page, StoreError> {
        check::query(query)?;
        let mut page = PageBuilder::new(query, cx.now_s());
        let items = self.items();
        if query.descending {
            fill(&mut page, descending(&items, query));
        } else {
            fill(&mut page, ascending(&items, query));
        }
        let (page, half_units) = page.finish();
        cx.meter.store_call(half_units, 0);
        Ok(page)
    }

    async fn write(&self, cx: &Context, write: Write) -> Result<WriteOutcome, StoreError> {
        check::single(&write)?;
        let (outcome, units) = write_one(&mut self.items(), write, cx.now_s())?;
        cx.meter.store_call(0, units);
        Ok(outcome)
    }

    async fn transact(
        &self,
        cx: &Context,
        writes: Vec<Write>,
    ) -> Result<TransactOutcome, StoreError> {
        check::transaction(&writes)?;
        if writes.is_empty() {
            return Ok(TransactOutcome::Applied);
        }
        let mut items = self.items();
        let mut decided = Vec::with_capacity(writes.len());
        for write in writes {
            let key = write.key().clone();
            let found = items.get(&key).cloned();
            decided.push((key, decide(write, found, cx.now_s())?));
        }
        cx.meter.store_call(
            0,
            decided
                .iter()
                .map(|(_, decision)| 2 * decision.write_units)
                .sum(),
        );
        for (index, (_, decision)) in decided.iter_mut().enumerate() {
            if let WriteOutcome::Refused { old } = &mut decision.outcome {
                return Ok(TransactOutcome::Refused {
                    index,
                    old: old.take(),
                });
            }
        }
        for (key, decision) in decided {
            change(&mut items, key, decision.change);
        }
        Ok(TransactOutcome::Applied)
    }

    async fn batch_write(&self, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError> {
        check::batch(&writes)?;
        let calls = writes.len().div_ceil(BATCH_WRITE_MAX);
        let mut units = vec![0; calls];
        let mut items = self.items();
        for (index, write) in writes.into_iter().enumerate() {
            units[index / BATCH_WRITE_MAX] += write_one(&mut items, write, cx.now_s())?.1;
        }
        units
            .into_iter()
            .for_each(|units| cx.meter.store_call(0, units));
        Ok(())
    }
}

fn write_one(
    items: &mut Items,
    write: Write,
    now_s: u64,
) -> Result<(WriteOutcome, u64), StoreError> {
    let key = write.key().clone();
    let found = items.get(&key).cloned();
    let Decision {
        change: done,
        outcome,
        write_units,
    } = decide(write, found, now_s)?;
    change(items, key, done);
    Ok((outcome, write_units))
}

fn change(items: &mut Items, key: Key, change: Change) {
    match change {
        Change::Keep => {}
        Change::Put(item) => {
            items.insert(key, item);
        }
        Change::Delete => {
            items.remove(&key);
        }
    }
}

fn fill<'a>(page: &mut PageBuilder, items: impl Iterator<Item = &'a Item>) {
    for item in items {
        if page.offer(item.clone()).is_break() {
            break;
        }
    }
}

fn ascending<'a>(items: &'a Items, query: &'a Query) -> impl Iterator<Item = &'a Item> {
    let lower = match &query.after {
        Some(after) if *after >= query.from => Excluded(key_in(query, after)),
        _ => Included(key_in(query, &query.from)),
    };
    items
        .range((lower, Unbounded))
        .take_while(|(key, _)| is_of(key, query))
        .take_while(|(key, _)| query.to.as_ref().is_none_or(|to| key.sort <= *to))
        .map(|(_, item)| item)
}

fn descending<'a>(items: &'a Items, query: &'a Query) -> impl Iterator<Item = &'a Item> {
    let upper = match (&query.to, &query.after) {
        (Some(to), Some(after)) if to < after => Included(key_in(query, to)),
        (_, Some(after)) => Excluded(key_in(query, after)),
        (Some(to), None) => Included(key_in(query, to)),
        (None, None) => Excluded(behind_partition(query)),
    };
    items
        .range((Unbounded, upper))
        .rev()
        .take_while(|(key, _)| is_of(key, query) && key.sort >= query.from)
        .map(|(_, item)| item)
}

fn is_of(key: &Key, query: &Query) -> bool {
    key.table == query.table && key.partition == query.partition
}

fn key_in(query: &Query, sort: &str) -> Key {
    Key {
        table: query.table,
        partition: query.partition.clone(),
        sort: sort.to_owned(),
    }
}

/// The least key of the least partition that can follow.
fn behind_partition(query: &Query) -> Key {
    Key {
        table: query.table,
        partition: format!("{}\0", query.partition),
        sort: String::new(),
    }
}

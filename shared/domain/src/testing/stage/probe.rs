//! A store whose calls can be made to fail, to lose their answer, or never to return.

use crate::Context;
use crate::store::{
    Consistency, Item, Key, MemoryStore, Page, Query, Store, StoreError, StoreErrorKind, Table,
    TransactOutcome, Write, WriteOutcome,
};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A call to the store, as a probe sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// `get`, `batch_get`, `query`, `write`, `transact` or `batch_write`.
    pub name: &'static str,
    /// The table of its first key.
    pub table: Option<Table>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is done and answered.
    Done,
    /// It is not done, and its caller is told so.
    Fail(StoreErrorKind),
    /// It is done, its answer is lost, and the client's library asks again: a write meets itself.
    /// The probe is asked in between about a call named `repeat`, and may act before it.
    Repeat,
    /// It is not done and never returns.
    Hang,
    /// It is done and never returns.
    LoseAnswer,
}

type Probe = Box<dyn FnMut(Call) -> Fate + Send>;

/// A [`MemoryStore`] with a probe in front of it.
pub struct ProbedStore {
    /// The store behind the probe.
    pub inner: MemoryStore,
    probe: Mutex<Option<Probe>>,
}

impl ProbedStore {
    /// Starts without a probe.
    pub fn new(inner: MemoryStore) -> Self {
        Self {
            inner,
            probe: Mutex::new(None),
        }
    }

    /// Asks `probe` about every call from now on; it may act on the stage before the call is done.
    pub fn probe(&self, probe: impl FnMut(Call) -> Fate + Send + 'static) {
        *self.slot() = Some(Box::new(probe));
    }

    /// Lets the `number`-th call from now on, counted from 1, meet a fate.
    pub fn at_call(&self, number: usize, fate: Fate) {
        let mut calls = 0;
        self.probe(move |_| {
            calls += 1;
            if calls == number { fate } else { Fate::Done }
        });
    }

    /// Takes the probe away.
    pub fn stop_probing(&self) {
        *self.slot() = None;
    }

    fn slot(&self) -> MutexGuard<'_, Option<Probe>> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the probe, which is out of its slot meanwhile: what it does is not probed.
    fn ask(&self, name: &'static str, key: Option<&Key>) -> Fate {
        let Some(mut probe) = self.slot().take() else {
            return Fate::Done;
        };
        let fate = probe(Call {
            name,
            table: key.map(|key| key.table),
        });
        self.slot().get_or_insert(probe);
        fate
    }
}

/// Makes a call as its fate wills. A macro, as no type names a call that can be made twice.
macro_rules! meet {
    ($store:expr, $fate:expr, $call:expr) => {
        match $fate {
            Fate::Done => $call.await,
            Fate::Fail(kind) => Err(StoreError::new(kind)),
            Fate::Repeat => {
                $call.await?;
                $store.ask("repeat", None);
                $call.await
            }
            Fate::Hang => std::future::pending().await,
            Fate::LoseAnswer => {
                $call.await?;
                std::future::pending().await
            }
        }
    };
}

#[async_trait]
impl Store for ProbedStore {
    async fn get(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        let fate = self.ask("get", Some(key));
        meet!(self, fate, self.inner.get(cx, key, consistency))
    }

    async fn batch_get(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        let fate = self.ask("batch_get", keys.first());
        meet!(self, fate, self.inner.batch_get(cx, keys, consistency))
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Page, StoreError> {
        let key = Key::sorted(query.table, query.partition.clone(), "");
        let fate = self.ask("query", Some(&key));
        meet!(self, fate, self.inner.query(cx, query))
    }

    async fn write(&self, cx: &Context, write: Write) -> Result<WriteOutcome, StoreError> {
        let fate = self.ask("write", Some(write.key()));
        meet!(self, fate, self.inner.write(cx, write.clone()))
    }

    async fn transact(
        &self,
        cx: &Context,
        writes: Vec<Write>,
    ) -> Result<TransactOutcome, StoreError> {
        let fate = match self.ask("transact", writes.first().map(Write::key)) {
            // The client's library names a transaction, so that a repeated one is known as such.
            Fate::Repeat => Fate::Done,
            fate => fate,
        };
        meet!(self, fate, self.inner.transact(cx, writes.clone()))
    }

    async fn batch_write(&self, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError> {
        let fate = self.ask("batch_write", writes.first().map(Write::key));
        meet!(self, fate, self.inner.batch_write(cx, writes.clone()))
    }
}

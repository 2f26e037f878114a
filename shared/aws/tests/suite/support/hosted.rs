//! A store that owns what it runs on.

use super::database::Database;
use super::proxy::Proxy;
use async_trait::async_trait;
use heliograph_aws::DynamoStore;
use heliograph_domain::Context;
use heliograph_domain::store::{
    Consistency, Item, Key, Page, Query, Store, StoreError, TransactOutcome, Write, WriteOutcome,
};

/// A store whose database ends with it.
pub(crate) struct HostedStore {
    store: DynamoStore,
    _proxy: Proxy,
    _database: Database,
}

impl HostedStore {
    pub(crate) fn new(store: DynamoStore, proxy: Proxy, database: Database) -> Self {
        Self {
            store,
            _proxy: proxy,
            _database: database,
        }
    }
}

#[async_trait]
impl Store for HostedStore {
    async fn get(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        self.store.get(cx, key, consistency).await
    }

    async fn batch_get(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        self.store.batch_get(cx, keys, consistency).await
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Page, StoreError> {
        self.store.query(cx, query).await
    }

    async fn write(&self, cx: &Context, write: Write) -> Result<WriteOutcome, StoreError> {
        self.store.write(cx, write).await
    }

    async fn transact(
        &self,
        cx: &Context,
        writes: Vec<Write>,
    ) -> Result<TransactOutcome, StoreError> {
        self.store.transact(cx, writes).await
    }

    async fn batch_write(&self, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError> {
        self.store.batch_write(cx, writes).await
    }
}

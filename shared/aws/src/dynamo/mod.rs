//! The Store port on DynamoDB.
//!
//! One module per operation. What they share:
//!
//! * TTL is a cleaner, not a clock: every condition and every read compares `expires_at` with the
//!   time of the invocation.
//! * What DynamoDB left unprocessed is asked for again until done; there is no partial success.
//! * A conflict with a transaction is met again here, since the SDK does not.
//! * The meter is charged by [`cost`](heliograph_domain::store::cost), like any adapter's. Only where
//!   the answer does not say what was there before (batches, transactions) DynamoDB's own count is
//!   taken when it is higher.
//!
//! **Lost answers.** The SDK sends a request again when no answer came, so a write may meet itself:
//! a put under `Absent` comes back as `Refused` with what it has just put, a conditional delete as
//! `Refused` with nothing. The caller recognises its own item, as the port says. A transaction
//! carries a token under which DynamoDB knows it. An update that adds to a counter would count twice
//! and is therefore never sent again: no answer is `Unavailable`.

mod attributes;
mod batch_get;
mod batch_write;
mod error;
mod expression;
mod get;
mod query;
mod tables;
mod transact;
mod update;
mod write;

pub use tables::TableNames;

use crate::Patience;
use crate::failure::Failure;
use async_trait::async_trait;
use attributes::{PARTITION, SORT, text};
use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::result::SdkError;
use heliograph_domain::Context;
use heliograph_domain::store::adapter::check;
use heliograph_domain::store::{
    Action, Consistency, Item, Key, Page, Query, Store, StoreError, StoreErrorKind, Table,
    TransactOutcome, Write, WriteOutcome,
};
use write::Repeat;

/// Keeps items in DynamoDB's tables.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    tables: TableNames,
    patience: Patience,
}

impl DynamoStore {
    /// Uses the tables with these names.
    pub(crate) fn new(client: Client, tables: TableNames, patience: Patience) -> Self {
        Self {
            client,
            tables,
            patience,
        }
    }

    /// Opens connections, so that the first invocation finds them open; whether that worked is only
    /// logged.
    ///
    /// `table` is one that the function may read. Each connection costs half a read unit.
    pub async fn warm(&self, table: Table, connections: usize) {
        let reads = (0..connections).map(|_| self.touch(table));
        futures_util::future::join_all(reads).await;
    }

    async fn touch(&self, table: Table) {
        let request = self.client.get_item().table_name(self.tables.name(table));
        let request = request.key(PARTITION, text("warm"));
        let request = match table.is_sorted() {
            true => request.key(SORT, text("warm")),
            false => request,
        };
        let answer = tokio::time::timeout(self.patience.connect_timeout, request.send()).await;
        match answer {
            Ok(Err(error @ (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)))) => {
                tracing::warn!(error = %Failure::from(error), "dynamodb not warmed");
            }
            Err(_) => tracing::warn!("dynamodb not warmed in time"),
            Ok(_) => {}
        }
    }

    /// Ends a call of the port when its time is over, in whatever round it is.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.patience.operation_timeout, work).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(StoreError::because(StoreErrorKind::Unavailable, elapsed)),
        }
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn get(
        &self,
        cx: &Context,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        check::key(key)?;
        self.in_time(self.get_item(cx, key, consistency)).await
    }

    async fn batch_get(
        &self,
        cx: &Context,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        check::keys(keys)?;
        self.get_items(cx, keys, consistency).await
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Page, StoreError> {
        check::query(query)?;
        self.in_time(self.page(cx, query)).await
    }

    async fn write(&self, cx: &Context, write: Write) -> Result<WriteOutcome, StoreError> {
        check::single(&write)?;
        let Write { action, condition } = write;
        match action {
            Action::Put(item) => {
                self.in_time(self.put(cx, &item, &condition, Repeat::Freely))
                    .await
            }
            Action::Delete(key) => self.in_time(self.delete(cx, &key, &condition)).await,
            Action::Update(key, update) => {
                check::item(&update.apply(&key, None))?;
                self.in_time(self.update(cx, &key, &update, &condition))
                    .await
            }
            Action::Check(_) => Err(StoreError::new(StoreErrorKind::Invalid)),
        }
    }

    async fn transact(
        &self,
        cx: &Context,
        writes: Vec<Write>,
    ) -> Result<TransactOutcome, StoreError> {
        check::transaction(&writes)?;
        for write in &writes {
            if let Action::Update(key, update) = &write.action {
                check::item(&update.apply(key, None))?;
            }
        }
        self.in_time(self.all_or_none(cx, &writes)).await
    }

    async fn batch_write(&self, cx: &Context, writes: Vec<Write>) -> Result<(), StoreError> {
        check::batch(&writes)?;
        self.write_items(cx, &writes).await
    }
}

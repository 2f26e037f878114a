//! What goes wrong between DynamoDB and us.

mod conflicts;
mod lost_answers;
mod throttling;
mod unprocessed;

use crate::support::{Database, Proxy, Request, Step, config, store};
use heliograph_aws::{DynamoStore, Patience};
use heliograph_domain::Context;
use heliograph_domain::store::{Consistency, Field, Item, Key, Store, Table, Write};
use serde_json::{Value, json};
use std::time::Duration;

const NOW_S: u64 = 1_700_000_000;

fn cx() -> Context {
    Context::at(NOW_S * 1000)
}

thread_local! {
    /// A partition of the test's own: a database that was named may be shared.
    static PARTITION: String = format!("faults-{:016x}", fastrand::u64(..));
}

fn key(number: usize) -> Key {
    let partition = PARTITION.with(String::clone);
    Key::sorted(Table::Inbox, partition, format!("{number:03}"))
}

fn item(number: usize) -> Item {
    Item::new(key(number)).with("body", Field::Bytes(vec![7; 10]))
}

/// A database behind a proxy, and a store that goes through it.
struct Stage {
    database: Database,
    proxy: Proxy,
    store: DynamoStore,
}

impl Stage {
    async fn with(script: impl FnMut(&Request) -> Step + Send + 'static) -> Self {
        Self::patient(Duration::from_secs(60), script).await
    }

    /// A stage whose store gives up after a time.
    async fn patient(
        operation_timeout: Duration,
        script: impl FnMut(&Request) -> Step + Send + 'static,
    ) -> Self {
        let database = Database::start().await;
        let proxy = database.behind(script).await;
        let mut config = config(&proxy.endpoint());
        config.patience = Patience {
            operation_timeout,
            ..config.patience
        };
        let store = store(&config);
        Self {
            database,
            proxy,
            store,
        }
    }

    /// A store that nothing stands in the way of.
    async fn plainly(&self) -> (DynamoStore, Proxy) {
        let proxy = self.database.behind(|_| Step::Forward).await;
        (store(&config(&proxy.endpoint())), proxy)
    }

    async fn put_past_it(&self, item: Item) {
        let (store, _proxy) = self.plainly().await;
        store.write(&cx(), Write::put(item)).await.unwrap();
    }

    async fn stored(&self, key: &Key) -> Option<Item> {
        let (store, _proxy) = self.plainly().await;
        store.get(&cx(), key, Consistency::Strong).await.unwrap()
    }

    /// How often an operation came in.
    fn count(&self, operation: &str) -> usize {
        let seen = self.proxy.seen();
        seen.iter()
            .filter(|request| request.operation() == operation)
            .count()
    }
}

/// Fails the first requests of an operation and forwards what follows.
fn first(
    times: usize,
    operation: &'static str,
    step: impl Fn() -> Step + Send + 'static,
) -> impl FnMut(&Request) -> Step + Send + 'static {
    let mut left = times;
    move |request| {
        if request.operation() != operation || left == 0 {
            return Step::Forward;
        }
        left -= 1;
        step()
    }
}

fn error(code: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "for a test"})
}

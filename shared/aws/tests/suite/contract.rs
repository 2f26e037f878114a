//! The contract suite of the Store port.

use crate::support::Database;
use heliograph_domain::store::Store;
use std::sync::Arc;

async fn make() -> Arc<dyn Store> {
    Arc::new(Database::start().await.into_store().await)
}

heliograph_domain::store_contract!(make);

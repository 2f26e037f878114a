//! The embedded store keeps the Store port's contract.

use heliograph_domain::store::Store;
use heliographd::store::{EmbeddedStore, Options};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::OnceLock;
use tempfile::TempDir;

async fn make() -> Arc<dyn Store> {
    static SHARED: OnceLock<(TempDir, Arc<EmbeddedStore>)> = OnceLock::new();
    let (_, store) = SHARED.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
        (directory, Arc::new(store))
    });
    store.clone()
}

heliograph_domain::store_contract!(make);

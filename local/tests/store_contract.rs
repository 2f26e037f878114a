//! The embedded store keeps the Store port's contract.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliographd::store::{EmbeddedStore, Options};
use std::ops::Deref;
use tempfile::TempDir;

/// A store and the directory that goes with it.
struct Temporary {
    store: EmbeddedStore,
    _directory: TempDir,
}

impl Deref for Temporary {
    type Target = EmbeddedStore;

    fn deref(&self) -> &EmbeddedStore {
        &self.store
    }
}

#[expect(
    clippy::unused_async,
    reason = "other adapters wait for something here"
)]
async fn make() -> Temporary {
    let directory = TempDir::new().unwrap();
    let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
    Temporary {
        store,
        _directory: directory,
    }
}

heliograph_domain::store_contract!(make);

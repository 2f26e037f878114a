//! The suite on the store in memory, and the suite's own completeness.

use crate::store::{MemoryStore, Store};
use std::sync::Arc;

#[expect(clippy::unused_async, reason = "other adapters start something here")]
async fn make() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

crate::store_contract!(make);

#[test]
fn every_contract_is_in_the_list() {
    let list = include_str!("mod.rs");
    let themes = [
        include_str!("batches.rs"),
        include_str!("concurrency.rs"),
        include_str!("conditions.rs"),
        include_str!("expiry.rs"),
        include_str!("groups.rs"),
        include_str!("limits.rs"),
        include_str!("metering.rs"),
        include_str!("prekeys.rs"),
        include_str!("queries.rs"),
        include_str!("transactions.rs"),
        include_str!("updates.rs"),
    ];
    let files = list.lines().filter(|line| line.starts_with("pub mod "));
    assert_eq!(files.count(), themes.len(), "every file of contracts");
    let contracts = themes
        .iter()
        .flat_map(|theme| theme.lines())
        .filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
    for contract in contracts {
        assert!(
            list.lines().any(|line| line.trim() == contract),
            "{contract} is not in the list"
        );
    }
}

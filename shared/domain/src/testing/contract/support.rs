//! What contracts share: a time, unique keys, small and exactly sized items.

use crate::Context;
use crate::store::cost::item_bytes;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, StoreErrorKind, Table, Update,
    Write, WriteOutcome,
};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// When contracts run: in 2033, so that no real store's own cleaner takes what has "expired".
pub(super) const NOW_S: u64 = 2_000_000_000;

/// One table of each kind: sorted, unsorted, volatile.
pub(super) const KINDS: [Table; 3] = [Table::Inbox, Table::Users, Table::Connections];

pub(super) fn cx() -> Context {
    cx_at(NOW_S)
}

pub(super) fn cx_at(now_s: u64) -> Context {
    Context::at(now_s * 1000)
}

/// Names a partition that nobody has used, in this process or another; always of one length.
pub(super) fn partition() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| RandomState::new().build_hasher().finish());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("contract-{process:016x}-{count:08x}")
}

/// Names an item that nobody has used.
pub(super) fn key(table: Table) -> Key {
    key_in(table, &partition(), "item")
}

/// Names an item of a partition; tables without sort keys ignore `sort`.
pub(super) fn key_in(table: Table, partition: &str, sort: &str) -> Key {
    let sort = if table.is_sorted() { sort } else { "" };
    Key {
        table,
        partition: partition.to_owned(),
        sort: sort.to_owned(),
    }
}

/// Makes a small item that can be told from others by `number`.
pub(super) fn item(key: &Key, number: i64) -> Item {
    Item::new(key.clone())
        .with("number", Field::Int(number))
        .with("body", Field::Bytes(number.to_be_bytes().to_vec()))
}

/// Makes a small item that has expired.
pub(super) fn expired(key: &Key, number: i64) -> Item {
    item(key, number).expiring(NOW_S)
}

/// Makes an item of exactly so many bytes, as DynamoDB counts them.
pub(super) fn sized(key: &Key, bytes: usize) -> Item {
    let empty = Item::new(key.clone()).with("pad", Field::Text(String::new()));
    let missing = bytes.saturating_sub(usize::try_from(item_bytes(&empty)).unwrap_or(usize::MAX));
    Item::new(key.clone()).with("pad", Field::Text("x".repeat(missing)))
}

/// Puts an item over whatever is there.
pub(super) async fn put(store: &dyn Store, item: Item) {
    applied(store, Write::put(item)).await;
}

/// Does a write that must be applied and returns the item that it met.
pub(super) async fn applied(store: &dyn Store, write: Write) -> Option<Item> {
    match store.write(&cx(), write.clone()).await.unwrap() {
        WriteOutcome::Applied { old } => old,
        refused @ WriteOutcome::Refused { .. } => unreachable!("{write:?}: {refused:?}"),
    }
}

/// Does a write that must be refused and returns the item that stood in the way.
pub(super) async fn refused(store: &dyn Store, write: Write) -> Option<Item> {
    match store.write(&cx(), write.clone()).await.unwrap() {
        WriteOutcome::Refused { old } => old,
        applied @ WriteOutcome::Applied { .. } => unreachable!("{write:?}: {applied:?}"),
    }
}

/// Reads what is there now.
pub(super) async fn stored(store: &dyn Store, key: &Key) -> Option<Item> {
    store.get(&cx(), key, Consistency::Strong).await.unwrap()
}

/// Takes the kind of an error that must be.
pub(super) fn kind<T: std::fmt::Debug>(result: Result<T, StoreError>) -> StoreErrorKind {
    result.unwrap_err().kind()
}

/// One write of each action that can stand alone, each on a key under a condition.
pub(super) fn each_action(key: &Key, condition: &Condition) -> [Write; 3] {
    [
        Write::put(item(key, 99)),
        Write::update(key.clone(), Update::default().set("number", Field::Int(99))),
        Write::delete(key.clone()),
    ]
    .map(|write| write.when(condition.clone()))
}

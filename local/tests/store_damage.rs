//! A file that is damaged in one place serves the others, and says which calls met the damage.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, StoreErrorKind, Table, Write,
};
use heliographd::store::{EmbeddedStore, Options};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PAGE_BYTES: usize = 4096;

fn cx() -> Context {
    Context::at(1_800_000_000_000)
}

fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory, &Options::default()).unwrap()
}

fn item(partition: &str, number: u32) -> Item {
    let key = Key::sorted(Table::Inbox, partition, format!("{number:04}"));
    Item::new(key).with(
        "body",
        Field::Text(format!("body of {partition} {number:04}")),
    )
}

async fn fill(directory: &Path) {
    let store = open(directory);
    for partition in ["a", "b", "c"] {
        let puts = (0..300).map(|number| Write::put(item(partition, number)));
        store.batch_write(&cx(), puts.collect()).await.unwrap();
    }
}

/// Writes nonsense over the head of the page that holds an item.
fn damage(directory: &Path, text: &str) {
    let file = directory.join("store.db");
    let mut bytes = fs::read(&file).unwrap();
    let at = memchr::memmem::find(&bytes, text.as_bytes()).unwrap();
    let page = at / PAGE_BYTES * PAGE_BYTES;
    bytes[page..page + 64].fill(0xFF);
    fs::write(&file, bytes).unwrap();
}

#[tokio::test]
async fn only_jobs_that_meet_the_damage_fail() {
    let directory = TempDir::new().unwrap();
    fill(directory.path()).await;
    damage(directory.path(), "body of b 0150");
    let store = open(directory.path());
    // All at once, so that they share transactions.
    let writes = (0..90).map(|number| {
        let partition = ["a", "b", "c"][number as usize % 3];
        let item = if partition == "b" {
            item("b", 150)
        } else {
            item(partition, number)
        };
        let write = Write::delete(item.key).when(Condition::Present);
        let (store, cx) = (&store, cx());
        async move { (partition, store.write(&cx, write).await) }
    });
    for (partition, outcome) in join_all(writes).await {
        match partition {
            "b" => assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::Corrupt),
            _ => assert!(outcome.is_ok()),
        }
    }
    let read = store
        .get(&cx(), &item("b", 150).key, Consistency::Strong)
        .await;
    assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let read = store
        .get(&cx(), &item("c", 299).key, Consistency::Strong)
        .await;
    assert_eq!(read.unwrap(), Some(item("c", 299)));
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_corrupt() {
    let directory = TempDir::new().unwrap();
    fill(directory.path()).await;
    Connection::open(directory.path().join("store.db"))
        .unwrap()
        .execute(
            "UPDATE inbox SET fields = x'81C1' WHERE pk = 'b' AND sk = '0007'",
            [],
        )
        .unwrap();
    let store = open(directory.path());
    let bad = item("b", 7).key;
    let corrupt = StoreErrorKind::Corrupt;
    assert_eq!(
        store
            .get(&cx(), &bad, Consistency::Strong)
            .await
            .unwrap_err()
            .kind(),
        corrupt
    );
    let query = Query::partition(Table::Inbox, "b", 100);
    assert_eq!(
        store.query(&cx(), &query).await.unwrap_err().kind(),
        corrupt
    );
    let (update, good) = tokio::join!(
        async {
            let cx = cx();
            store
                .write(&cx, Write::delete(bad.clone()).when(Condition::Present))
                .await
        },
        async {
            let cx = cx();
            store
                .write(
                    &cx,
                    Write::delete(item("b", 8).key).when(Condition::Present),
                )
                .await
        },
    );
    assert_eq!(update.unwrap_err().kind(), corrupt);
    assert!(good.is_ok());
}

/// The log ends in what a power cut leaves of a commit that nobody was answered for.
#[tokio::test]
async fn a_torn_end_of_the_log_is_ignored() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    // A snapshot in use keeps the log from being reset while it is copied.
    let reader = Connection::open(directory.path().join("store.db")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM inbox;")
        .unwrap();
    let mut answered = 0;
    for torn in 0..20 {
        for _ in 0..3 {
            store
                .write(&cx(), Write::put(item("a", answered)))
                .await
                .unwrap();
            answered += 1;
        }
        let copy = TempDir::new().unwrap();
        fs::copy(
            directory.path().join("store.db"),
            copy.path().join("store.db"),
        )
        .unwrap();
        let mut log = fs::read(directory.path().join("store.db-wal")).unwrap();
        let again: Vec<u8> = log.iter().rev().take(torn * 997).copied().collect();
        log.extend(again);
        fs::write(copy.path().join("store.db-wal"), log).unwrap();
        let copied = open(copy.path());
        let query = Query::partition(Table::Inbox, "a", 1000);
        let items = copied.query(&cx(), &query).await.unwrap().items;
        let expected: Vec<Item> = (0..answered).map(|number| item("a", number)).collect();
        assert_eq!(items, expected);
    }
}

//! When a write is submitted, in what order writes are done, and what does not hold up what.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, Table, Update, Write, WriteOutcome,
};
use heliographd::store::{EmbeddedStore, Options};
use rusqlite::Connection;
use std::future::Future;
use std::pin::pin;
use std::task::{Poll, Waker};
use tempfile::TempDir;

const NOW_S: u64 = 1_800_000_000;

fn open() -> (TempDir, EmbeddedStore) {
    let directory = TempDir::new().unwrap();
    let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
    (directory, store)
}

fn cx() -> Context {
    Context::at(NOW_S * 1000)
}

fn key(sort: &str) -> Key {
    Key::sorted(Table::Inbox, "device", sort)
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop()))
}

/// Submitted before: put, update, delete of many keys, all at once, none waited for in between.
#[tokio::test]
async fn writes_are_done_in_the_order_of_submission() {
    let (_directory, store) = open();
    let cx = cx();
    for round in 0..50 {
        let key = key(&format!("{round}"));
        let put = Write::put(Item::new(key.clone())).when(Condition::Absent);
        let update =
            Write::update(key.clone(), Update::default().add("count", 1)).when(Condition::Present);
        let delete = Write::delete(key.clone()).when(Condition::equals("count", Field::Int(1)));
        let batch = vec![Write::put(
            Item::new(key.clone()).with("last", Field::Int(1)),
        )];
        let (first, batch, last) = tokio::join!(
            join_all([put, update, delete].map(|write| store.write(&cx, write))),
            store.batch_write(&cx, batch),
            store.write(
                &cx,
                Write::delete(key).when(Condition::equals("last", Field::Int(1)))
            ),
        );
        batch.unwrap();
        for outcome in first.into_iter().chain([last]) {
            assert!(matches!(outcome.unwrap(), WriteOutcome::Applied { .. }));
        }
    }
}

#[tokio::test]
async fn dropping_the_future_does_not_take_the_write_back() {
    let (_directory, store) = open();
    let cx = cx();
    for number in 0..100 {
        let key = key(&format!("{number:03}"));
        let _ = poll_once(store.write(&cx, Write::put(Item::new(key))));
    }
    // Done after them all.
    store
        .write(&cx, Write::put(Item::new(key("last"))))
        .await
        .unwrap();
    let query = Query::partition(Table::Inbox, "device", 1000);
    assert_eq!(store.query(&cx, &query).await.unwrap().items.len(), 101);
}

#[tokio::test]
async fn a_write_that_is_never_polled_is_never_done() {
    let (_directory, store) = open();
    let cx = cx();
    drop(store.write(&cx, Write::put(Item::new(key("never")))));
    store
        .write(&cx, Write::put(Item::new(key("last"))))
        .await
        .unwrap();
    assert_eq!(
        store
            .get(&cx, &key("never"), Consistency::Strong)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn dropping_the_store_waits_for_what_was_submitted() {
    let (directory, store) = open();
    let cx = cx();
    for number in 0..500 {
        let key = key(&format!("{number:03}"));
        let _ = poll_once(store.write(&cx, Write::put(Item::new(key))));
    }
    drop(store);
    let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
    let query = Query::partition(Table::Inbox, "device", 1000);
    assert_eq!(store.query(&cx, &query).await.unwrap().items.len(), 500);
}

/// Somebody else holds the file's write lock, as a slow commit would.
#[tokio::test]
async fn reads_do_not_wait_for_writes() {
    let (directory, store) = open();
    let cx = cx();
    let item = Item::new(key("here"));
    store.write(&cx, Write::put(item.clone())).await.unwrap();
    let other = Connection::open(directory.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = pin!(store.write(&cx, Write::delete(item.key.clone())));
    let mut task = std::task::Context::from_waker(Waker::noop());
    assert!(write.as_mut().poll(&mut task).is_pending());
    let read = store
        .get(&cx, &item.key, Consistency::Strong)
        .await
        .unwrap();
    assert_eq!(read.as_ref(), Some(&item));
    let query = Query::partition(Table::Inbox, "device", 10);
    assert_eq!(
        store.query(&cx, &query).await.unwrap().items,
        std::slice::from_ref(&item)
    );
    assert!(write.as_mut().poll(&mut task).is_pending());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(
        write.await.unwrap(),
        WriteOutcome::Applied { old: Some(item) }
    );
}

#[tokio::test]
async fn what_has_expired_is_purged_and_nothing_else() {
    let (directory, store) = open();
    let cx = cx();
    let in_table = |table: Table, number: u64| match table.is_sorted() {
        true => Key::sorted(table, "partition", format!("{number:04}")),
        false => Key::new(table, format!("{number:04}")),
    };
    for table in Table::ALL {
        let puts = (0..600).map(|number| {
            let item = Item::new(in_table(table, number));
            Write::put(match number % 3 {
                0 => item.expiring(NOW_S - number),
                1 => item.expiring(NOW_S + 1 + number),
                _ => item,
            })
        });
        store.batch_write(&cx, puts.collect()).await.unwrap();
    }
    assert_eq!(
        store.purge_expired(NOW_S).await.unwrap(),
        200 * Table::ALL.len()
    );
    assert_eq!(store.purge_expired(NOW_S).await.unwrap(), 0);
    for table in Table::ALL {
        let keys: Vec<Key> = (0..600).map(|number| in_table(table, number)).collect();
        // Before any of it had expired, so that only what is gone is missing.
        let then = Context::at(0);
        let read = store
            .batch_get(&then, &keys, Consistency::Strong)
            .await
            .unwrap();
        for (number, item) in read.into_iter().enumerate() {
            assert_eq!(item.is_none(), number % 3 == 0, "{table:?} {number}");
        }
    }
    drop(store);
    drop(directory);
}

#[tokio::test]
async fn what_has_expired_in_long_inboxes_is_purged_by_and_by() {
    let (_directory, store) = open();
    let key = |number: u64| {
        Key::sorted(
            Table::Inbox,
            format!("{:02}", number % 7),
            number.to_string(),
        )
    };
    let puts =
        (0..25_000).map(|number| Write::put(Item::new(key(number)).expiring(NOW_S + number % 2)));
    store.batch_write(&cx(), puts.collect()).await.unwrap();
    let mut purged = Vec::new();
    for _ in 0..4 {
        purged.push(store.purge_expired(NOW_S).await.unwrap());
    }
    assert!(purged[0] < 12_500, "one call looks at all of it");
    assert_eq!(purged.iter().sum::<usize>(), 12_500);
    // Then it begins again.
    let item = Item::new(key(0)).expiring(NOW_S);
    store.write(&cx(), Write::put(item)).await.unwrap();
    let mut found = 0;
    for _ in 0..3 {
        found += store.purge_expired(NOW_S).await.unwrap();
    }
    assert_eq!(found, 1);
}

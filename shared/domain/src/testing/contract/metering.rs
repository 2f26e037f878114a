//! What calls are charged for: DynamoDB's bill, number by number.

use super::support::{KINDS, NOW_S, cx, expired, item, key, key_in, partition, put, sized};
use crate::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, Table, TransactOutcome, Update, Write,
};
use crate::{Context, Usage};

/// Takes what a context was charged: calls, halves of read units, write units.
fn charged(cx: &Context) -> (u64, u64, u64) {
    let Usage {
        store_calls,
        read_half_units,
        write_units,
        ..
    } = cx.meter.read();
    (store_calls, read_half_units, write_units)
}

async fn write(store: &dyn Store, write: Write) -> (u64, u64, u64) {
    let cx = cx();
    store.write(&cx, write).await.unwrap();
    charged(&cx)
}

/// A read costs a unit per 4 KB begun, at least one; eventual ones cost half; expired ones count.
pub async fn a_read_costs_its_bytes(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let read = |consistency| {
            let key = key.clone();
            async move {
                let cx = cx();
                store.get(&cx, &key, consistency).await.unwrap();
                charged(&cx)
            }
        };
        assert_eq!(read(Consistency::Strong).await, (1, 2, 0), "nothing there");
        assert_eq!(
            read(Consistency::Eventual).await,
            (1, 1, 0),
            "nothing there"
        );
        for (bytes, units) in [(100, 1), (4096, 1), (4097, 2), (8192, 2), (100_000, 25)] {
            put(store, sized(&key, bytes)).await;
            assert_eq!(
                read(Consistency::Strong).await,
                (1, 2 * units, 0),
                "{bytes} bytes"
            );
            assert_eq!(
                read(Consistency::Eventual).await,
                (1, units, 0),
                "{bytes} bytes"
            );
        }
        put(store, sized(&key, 6000).expiring(NOW_S)).await;
        assert_eq!(read(Consistency::Strong).await, (1, 4, 0), "expired");
    }
}

/// A batch read costs each item apart, and is a call per 100 keys.
pub async fn a_batch_read_costs_each_item(store: &dyn Store) {
    let keys = [
        key(Table::Users),
        key(Table::Connections),
        key(Table::Contacts),
        key(Table::Inbox),
    ];
    put(store, sized(&keys[0], 100)).await;
    put(store, sized(&keys[1], 4097)).await;
    put(store, sized(&keys[2], 9000).expiring(NOW_S)).await;
    for (consistency, half_units) in [(Consistency::Strong, 14), (Consistency::Eventual, 7)] {
        let cx = cx();
        store.batch_get(&cx, &keys, consistency).await.unwrap();
        assert_eq!(charged(&cx), (1, half_units, 0)); // 1 + 2 + 3 units, and 1 for nothing
    }
    for (count, calls) in [(0, 0), (1, 1), (100, 1), (101, 2), (250, 3)] {
        let keys: Vec<Key> = (0..count).map(|_| key(Table::Users)).collect();
        let cx = cx();
        store
            .batch_get(&cx, &keys, Consistency::Strong)
            .await
            .unwrap();
        assert_eq!(charged(&cx), (calls, 2 * count, 0), "{count} keys");
    }
}

/// A page costs the sum of its items, rounded up once; expired ones count; nothing costs one unit.
pub async fn a_page_costs_the_sum_of_its_items(store: &dyn Store) {
    let partition = partition();
    let ask = |limit, consistency| {
        let query = Query {
            consistency,
            ..Query::partition(Table::Inbox, &partition, limit)
        };
        async move {
            let cx = cx();
            store.query(&cx, &query).await.unwrap();
            charged(&cx)
        }
    };
    assert_eq!(ask(10, Consistency::Strong).await, (1, 2, 0));
    assert_eq!(ask(10, Consistency::Eventual).await, (1, 1, 0));
    for sort in ["a", "b", "c", "d"] {
        put(store, sized(&key_in(Table::Inbox, &partition, sort), 1500)).await;
    }
    assert_eq!(ask(10, Consistency::Strong).await, (1, 4, 0), "6,000 bytes");
    assert_eq!(
        ask(10, Consistency::Eventual).await,
        (1, 2, 0),
        "6,000 bytes"
    );
    assert_eq!(ask(2, Consistency::Strong).await, (1, 2, 0), "3,000 bytes");
    put(
        store,
        sized(&key_in(Table::Inbox, &partition, "e"), 3000).expiring(NOW_S),
    )
    .await;
    assert_eq!(
        ask(10, Consistency::Strong).await,
        (1, 6, 0),
        "9,000 bytes, a third expired"
    );
}

/// A put costs a unit per 1 KB begun, of the item before or after it, whichever is larger.
pub async fn a_put_costs_the_larger_item(store: &dyn Store) {
    for table in KINDS {
        for (bytes, units) in [(100, 1), (1024, 1), (1025, 2), (2048, 2), (100_000, 98)] {
            let key = key(table);
            assert_eq!(
                write(store, Write::put(sized(&key, bytes))).await,
                (1, 0, units)
            );
            assert_eq!(
                write(store, Write::put(item(&key, 1))).await,
                (1, 0, units),
                "over it"
            );
            assert_eq!(
                write(store, Write::put(item(&key, 2))).await,
                (1, 0, 1),
                "small again"
            );
        }
        let key = key(table);
        put(store, sized(&key, 5000).expiring(NOW_S)).await;
        assert_eq!(
            write(store, Write::put(item(&key, 1))).await,
            (1, 0, 5),
            "over an expired one"
        );
    }
}

/// A delete costs the item that was there, at least a unit.
pub async fn a_delete_costs_what_was_there(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        assert_eq!(write(store, Write::delete(key.clone())).await, (1, 0, 1));
        put(store, sized(&key, 2500)).await;
        assert_eq!(write(store, Write::delete(key.clone())).await, (1, 0, 3));
        put(store, sized(&key, 2500).expiring(NOW_S)).await;
        assert_eq!(
            write(store, Write::delete(key.clone())).await,
            (1, 0, 3),
            "expired"
        );
    }
}

/// An update costs the larger of the items before and after it.
pub async fn an_update_costs_the_larger_item(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let add = Write::update(key.clone(), Update::default().add("count", 1));
        assert_eq!(write(store, add.clone()).await, (1, 0, 1), "nothing there");
        assert_eq!(write(store, add.clone()).await, (1, 0, 1));
        put(store, sized(&key, 2500)).await;
        assert_eq!(write(store, add).await, (1, 0, 3));
        let shrink = Update::default().remove("pad");
        assert_eq!(
            write(store, Write::update(key.clone(), shrink)).await,
            (1, 0, 3),
            "shrunk"
        );
        let grow = Update::default().set("pad", Field::Bytes(vec![0; 5000]));
        assert_eq!(
            write(store, Write::update(key.clone(), grow)).await,
            (1, 0, 5),
            "grown"
        );
    }
}

/// A refused write costs the item that is there, at least a unit; what it would write is free.
pub async fn a_refused_write_costs_what_is_there(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let put_large = |condition| Write::put(sized(&key, 5000)).when(condition);
        assert_eq!(
            write(store, put_large(Condition::Present)).await,
            (1, 0, 1),
            "nothing there"
        );
        put(store, sized(&key, 2500)).await;
        assert_eq!(write(store, put_large(Condition::Absent)).await, (1, 0, 3));
        let delete = Write::delete(key.clone()).when(Condition::Absent);
        assert_eq!(write(store, delete).await, (1, 0, 3));
        put(store, expired(&key, 1)).await;
        assert_eq!(
            write(store, put_large(Condition::Present)).await,
            (1, 0, 1),
            "expired"
        );
    }
}

/// A transaction is one call and costs twice what its writes would cost apart, refused ones too.
pub async fn a_transaction_costs_double(store: &dyn Store) {
    let (large, counted, checked) = (key(Table::Inbox), key(Table::Users), key(Table::Users));
    put(store, item(&checked, 1)).await;
    let cx_applied = cx();
    let writes = vec![
        Write::put(sized(&large, 2500)),
        Write::update(counted.clone(), Update::default().add("count", 1)),
        Write::check(checked.clone()).when(Condition::Present),
    ];
    let outcome = store.transact(&cx_applied, writes).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    assert_eq!(charged(&cx_applied), (1, 0, 2 * (3 + 1 + 1)));

    let cx_refused = cx();
    let writes = vec![
        Write::put(item(&key(Table::Users), 1)),
        Write::update(counted, Update::default().add("count", 1)).when(Condition::Absent),
    ];
    store.transact(&cx_refused, writes).await.unwrap();
    assert_eq!(charged(&cx_refused), (1, 0, 4));

    let cx_empty = cx();
    store.transact(&cx_empty, Vec::new()).await.unwrap();
    assert_eq!(charged(&cx_empty), (0, 0, 0));
}

/// A batch write costs each write apart, and is a call per 25.
pub async fn a_batch_write_costs_each_write(store: &dyn Store) {
    for table in KINDS {
        let (grown, shrunk, deleted, missing) = (key(table), key(table), key(table), key(table));
        put(store, item(&grown, 1)).await;
        put(store, sized(&shrunk, 5000)).await;
        put(store, sized(&deleted, 2500)).await;
        let cx = cx();
        let writes = vec![
            Write::put(sized(&grown, 1500)),
            Write::put(item(&shrunk, 1)),
            Write::delete(deleted),
            Write::delete(missing),
        ];
        store.batch_write(&cx, writes).await.unwrap();
        assert_eq!(charged(&cx), (1, 0, 2 + 5 + 3 + 1));
    }
    for (count, calls) in [(0, 0), (1, 1), (25, 1), (26, 2), (60, 3)] {
        let cx = cx();
        let puts = (0..count)
            .map(|_| Write::put(Item::new(key(Table::Inbox))))
            .collect();
        store.batch_write(&cx, puts).await.unwrap();
        assert_eq!(charged(&cx), (calls, 0, count), "{count} writes");
    }
}

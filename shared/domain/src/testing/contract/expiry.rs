//! Items that have ended and are still there: absent for everything.

use super::support::{
    KINDS, NOW_S, applied, cx, cx_at, each_action, expired, item, key, key_in, partition, put,
    refused, stored,
};
use crate::store::{
    Condition, Consistency, Field, Item, Query, Store, Table, TransactOutcome, Update, Write,
};

/// An item is there until the second before its end, and not in the second of its end.
pub async fn an_item_ends_in_the_second_it_names(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let item = item(&key, 1).expiring(NOW_S + 10);
        put(store, item.clone()).await;
        let at = |now_s| {
            let key = key.clone();
            async move {
                store
                    .get(&cx_at(now_s), &key, Consistency::Strong)
                    .await
                    .unwrap()
            }
        };
        assert_eq!(at(NOW_S + 9).await, Some(item));
        assert_eq!(at(NOW_S + 10).await, None);
        assert_eq!(at(NOW_S + 11).await, None);
    }
}

/// Single reads, batch reads and queries leave out what has ended.
pub async fn reads_leave_out_what_has_ended(store: &dyn Store) {
    for table in KINDS {
        let (gone, here) = (key(table), key(table));
        put(store, expired(&gone, 1)).await;
        put(store, item(&here, 2).expiring(NOW_S + 1)).await;
        assert_eq!(stored(store, &gone).await, None);
        let both = [gone.clone(), here.clone()];
        let read = store
            .batch_get(&cx(), &both, Consistency::Strong)
            .await
            .unwrap();
        assert_eq!(read, [None, Some(item(&here, 2).expiring(NOW_S + 1))]);
    }
    let partition = partition();
    let keys = ["a", "b", "c", "d"].map(|sort| key_in(Table::Inbox, &partition, sort));
    for (number, key) in (0..).zip(&keys) {
        let item = if number % 2 == 0 {
            item(key, number)
        } else {
            expired(key, number)
        };
        put(store, item).await;
    }
    for descending in [false, true] {
        let query = Query {
            descending,
            ..Query::partition(Table::Inbox, &partition, 100)
        };
        let page = store.query(&cx(), &query).await.unwrap();
        let mut items = page.items;
        items.sort_by_key(|item| item.int("number"));
        assert_eq!(items, [item(&keys[0], 0), item(&keys[2], 2)]);
    }
}

/// Pages over many ended items may be empty, and still lead to the one behind them.
pub async fn pages_lead_past_what_has_ended(store: &dyn Store) {
    let partition = partition();
    for number in 0..10 {
        put(
            store,
            expired(
                &key_in(Table::Inbox, &partition, &format!("a{number}")),
                number,
            ),
        )
        .await;
    }
    let last = item(&key_in(Table::Inbox, &partition, "b"), 10);
    put(store, last.clone()).await;
    let mut found = Vec::new();
    let mut query = Query::partition(Table::Inbox, &partition, 3);
    loop {
        let page = store.query(&cx(), &query).await.unwrap();
        found.extend(page.items);
        if page.next.is_none() {
            break;
        }
        query.after = page.next;
    }
    assert_eq!(found, [last]);
}

/// A put over an ended item meets nothing, with `Absent` or without a condition.
pub async fn put_over_an_ended_item_meets_nothing(store: &dyn Store) {
    for table in KINDS {
        for condition in [
            Condition::None,
            Condition::Absent,
            Condition::Lacks("number".into()),
        ] {
            let key = key(table);
            put(store, expired(&key, 1)).await;
            let write = Write::put(item(&key, 2)).when(condition);
            assert_eq!(applied(store, write).await, None);
            assert_eq!(stored(store, &key).await, Some(item(&key, 2)));
        }
    }
}

/// A delete of an ended item meets nothing.
pub async fn delete_of_an_ended_item_meets_nothing(store: &dyn Store) {
    for table in KINDS {
        for condition in [
            Condition::None,
            Condition::Absent,
            Condition::Lacks("number".into()),
        ] {
            let key = key(table);
            put(store, expired(&key, 1)).await;
            assert_eq!(
                applied(store, Write::delete(key.clone()).when(condition)).await,
                None
            );
            assert_eq!(stored(store, &key).await, None);
        }
    }
}

/// Conditions that need an item are refused by an ended one, which is not returned.
pub async fn an_ended_item_does_not_stand_in_the_way(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        put(store, expired(&key, 1)).await;
        for condition in [
            Condition::Present,
            Condition::equals("number", Field::Int(1)),
        ] {
            for write in each_action(&key, &condition) {
                assert_eq!(refused(store, write).await, None);
            }
        }
        assert_eq!(stored(store, &key).await, None);
    }
}

/// An update of an ended item starts from nothing: no field, counter or end is left of it.
pub async fn update_of_an_ended_item_starts_from_nothing(store: &dyn Store) {
    for table in KINDS {
        for condition in [
            Condition::None,
            Condition::Absent,
            Condition::Lacks("number".into()),
        ] {
            let key = key(table);
            put(store, expired(&key, 41)).await;
            let update = Update::default().add("number", 1).set("new", Field::Int(1));
            let write = Write::update(key.clone(), update).when(condition);
            assert_eq!(applied(store, write).await, None);
            let made = Item::new(key.clone())
                .with("number", Field::Int(1))
                .with("new", Field::Int(1));
            assert_eq!(stored(store, &key).await, Some(made));
        }
        let key = key(table);
        put(store, expired(&key, 41)).await;
        let update = Update::default().remove("body").expiring(NOW_S + 60);
        assert_eq!(
            applied(store, Write::update(key.clone(), update)).await,
            None
        );
        assert_eq!(
            stored(store, &key).await,
            Some(Item::new(key).expiring(NOW_S + 60))
        );
    }
}

/// A transaction takes ended items for absent: in conditions, in updates, in what it returns.
pub async fn transactions_take_ended_items_for_absent(store: &dyn Store) {
    let keys: [_; 4] = std::array::from_fn(|_| key(Table::Users));
    for key in &keys {
        put(store, expired(key, 1)).await;
    }
    let refused = vec![
        Write::put(item(&keys[0], 2)).when(Condition::Absent),
        Write::check(keys[1].clone()).when(Condition::Present),
    ];
    let outcome = store.transact(&cx(), refused).await.unwrap();
    assert_eq!(
        outcome,
        TransactOutcome::Refused {
            index: 1,
            old: None
        }
    );
    assert_eq!(stored(store, &keys[0]).await, None);

    let applied = vec![
        Write::put(item(&keys[0], 2)).when(Condition::Absent),
        Write::check(keys[1].clone()).when(Condition::Absent),
        Write::update(keys[2].clone(), Update::default().add("number", 5)),
        Write::delete(keys[3].clone()).when(Condition::Lacks("number".into())),
    ];
    let outcome = store.transact(&cx(), applied).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    assert_eq!(stored(store, &keys[0]).await, Some(item(&keys[0], 2)));
    assert_eq!(stored(store, &keys[1]).await, None);
    let counted = Item::new(keys[2].clone()).with("number", Field::Int(5));
    assert_eq!(stored(store, &keys[2]).await, Some(counted));
    assert_eq!(stored(store, &keys[3]).await, None);
}

/// Batches put over and delete ended items like any others.
pub async fn batches_write_over_ended_items(store: &dyn Store) {
    for table in KINDS {
        let (replaced, deleted) = (key(table), key(table));
        put(store, expired(&replaced, 1)).await;
        put(store, expired(&deleted, 1)).await;
        let writes = vec![
            Write::put(item(&replaced, 2)),
            Write::delete(deleted.clone()),
        ];
        store.batch_write(&cx(), writes).await.unwrap();
        assert_eq!(stored(store, &replaced).await, Some(item(&replaced, 2)));
        assert_eq!(stored(store, &deleted).await, None);
    }
}

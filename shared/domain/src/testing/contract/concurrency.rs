//! Many callers at once: nothing is lost, taken twice or seen too late.

use super::support::{KINDS, applied, cx, item, key, key_in, partition, put, stored};
use crate::store::{
    Condition, Consistency, Field, Item, Key, Query, Store, StoreErrorKind, Table, TransactOutcome,
    Update, Write, WriteOutcome,
};
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// A strong read sees every write that was answered before it.
pub async fn a_read_sees_every_answered_write(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        for number in 0..20 {
            put(store, item(&key, number)).await;
            assert_eq!(stored(store, &key).await, Some(item(&key, number)));
            let keys = [key.clone()];
            let read = store
                .batch_get(&cx(), &keys, Consistency::Strong)
                .await
                .unwrap();
            assert_eq!(read, [Some(item(&key, number))]);
            if table.is_sorted() {
                let query = Query::partition(table, &key.partition, 10);
                let page = store.query(&cx(), &query).await.unwrap();
                assert_eq!(page.items, [item(&key, number)]);
            }
            applied(store, Write::delete(key.clone())).await;
            assert_eq!(stored(store, &key).await, None);
        }
    }
}

/// Of many puts under `Absent` one is applied, and the others are refused by it.
pub async fn one_of_many_puts_wins(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let puts = (0..50).map(|number| {
            let write = Write::put(item(&key, number)).when(Condition::Absent);
            async move { (number, store.write(&cx(), write).await.unwrap()) }
        });
        let outcomes = join_all(puts).await;
        let won: Vec<i64> = outcomes
            .iter()
            .filter(|(_, outcome)| matches!(outcome, WriteOutcome::Applied { .. }))
            .map(|(number, _)| *number)
            .collect();
        assert_eq!(won.len(), 1);
        let winner = item(&key, won[0]);
        assert_eq!(stored(store, &key).await, Some(winner.clone()));
        for (number, outcome) in outcomes {
            let refused = WriteOutcome::Refused {
                old: Some(winner.clone()),
            };
            assert!(number == won[0] || outcome == refused);
        }
    }
}

/// A hundred additions at once add up.
pub async fn counters_lose_nothing(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let adds = (1..=100).map(|by| {
            let write = Write::update(key.clone(), Update::default().add("count", by));
            async move { store.write(&cx(), write).await.unwrap() }
        });
        join_all(adds).await;
        let counted = Item::new(key.clone()).with("count", Field::Int(5050));
        assert_eq!(stored(store, &key).await, Some(counted));
    }
}

/// Compare-and-swap under contention moves one step at a time.
pub async fn swaps_move_one_step_at_a_time(store: &dyn Store) {
    let key = key(Table::Users);
    put(store, item(&key, 0)).await;
    let swappers = (0..20).map(|_| swap_once(store, &key));
    join_all(swappers).await;
    assert_eq!(
        stored(store, &key)
            .await
            .and_then(|item| item.int("number")),
        Some(20)
    );
}

async fn swap_once(store: &dyn Store, key: &Key) {
    loop {
        let seen = stored(store, key)
            .await
            .and_then(|item| item.int("number"))
            .unwrap();
        let update = Update::default().set("number", Field::Int(seen + 1));
        let swap =
            Write::update(key.clone(), update).when(Condition::equals("number", Field::Int(seen)));
        if let WriteOutcome::Applied { .. } = store.write(&cx(), swap).await.unwrap() {
            return;
        }
    }
}

/// 200 takers of 150 items (query, then conditional delete) get each item once, and all of them.
pub async fn no_item_is_taken_twice(store: &dyn Store) {
    let partition = partition();
    let puts = (0..150)
        .map(|number| key_in(Table::Prekeys, &partition, &format!("ec#{number:03}")))
        .map(|key| Write::put(item(&key, 0)))
        .collect();
    store.batch_write(&cx(), puts).await.unwrap();
    let takers = (0..200).map(|taker| take_one(store, &partition, taker));
    let taken: Vec<String> = join_all(takers).await.into_iter().flatten().collect();
    let different: BTreeSet<&String> = taken.iter().collect();
    assert_eq!((taken.len(), different.len()), (150, 150));
}

async fn take_one(store: &dyn Store, partition: &str, taker: usize) -> Option<String> {
    loop {
        let query = Query::partition(Table::Prekeys, partition, 200);
        let page = store.query(&cx(), &query).await.unwrap();
        let count = page.items.len();
        if count == 0 {
            assert_eq!(page.next, None);
            return None;
        }
        let key = page.items.into_iter().nth(taker % count).unwrap().key;
        let delete = Write::delete(key.clone()).when(Condition::Present);
        if let WriteOutcome::Applied { old } = store.write(&cx(), delete).await.unwrap() {
            assert_eq!(old, Some(item(&key, 0)));
            return Some(key.sort);
        }
    }
}

/// Transactions that touch the same items leave them as some order of them would.
pub async fn transactions_do_not_mix(store: &dyn Store) {
    let (from, to) = (key(Table::Users), key(Table::Users));
    put(store, Item::new(from.clone()).with("count", Field::Int(10))).await;
    let moves = (0..10).map(|number| {
        let receipt = key_in(Table::Contacts, &to.partition, &format!("{number}"));
        let writes = vec![
            Write::update(from.clone(), Update::default().add("count", -1))
                .when(Condition::Present),
            Write::update(to.clone(), Update::default().add("count", 1)),
            Write::put(item(&receipt, number)).when(Condition::Absent),
        ];
        transact_until_done(store, writes)
    });
    assert!(
        join_all(moves)
            .await
            .iter()
            .all(|outcome| *outcome == TransactOutcome::Applied)
    );
    assert_eq!(
        stored(store, &from)
            .await
            .and_then(|item| item.int("count")),
        Some(0)
    );
    assert_eq!(
        stored(store, &to).await.and_then(|item| item.int("count")),
        Some(10)
    );
    let query = Query::partition(Table::Contacts, &to.partition, 100);
    assert_eq!(store.query(&cx(), &query).await.unwrap().items.len(), 10);
}

/// Tries again on a conflict, which says that nothing was written.
async fn transact_until_done(store: &dyn Store, writes: Vec<Write>) -> TransactOutcome {
    loop {
        match store.transact(&cx(), writes.clone()).await {
            Ok(outcome) => return outcome,
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict),
        }
    }
}

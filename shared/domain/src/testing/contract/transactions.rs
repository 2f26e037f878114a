//! All or nothing.

use super::support::{KINDS, cx, item, key, key_in, kind, partition, put, sized, stored};
use crate::store::{
    Condition, Field, ITEM_BYTES_MAX, Key, Store, StoreErrorKind, TRANSACT_MAX, Table,
    TransactOutcome, Update, Write,
};

/// A transaction puts, updates, deletes and checks in one, over several tables.
pub async fn a_transaction_does_everything(store: &dyn Store) {
    let put_at = key(Table::Inbox);
    let (updated, deleted, checked) = (key(Table::Users), key(Table::Contacts), key(Table::Users));
    for key in [&updated, &deleted, &checked] {
        put(store, item(key, 1)).await;
    }
    let writes = vec![
        Write::put(item(&put_at, 5)).when(Condition::Absent),
        Write::update(updated.clone(), Update::default().add("number", 1))
            .when(Condition::equals("number", Field::Int(1))),
        Write::delete(deleted.clone()).when(Condition::Present),
        Write::check(checked.clone()).when(Condition::Lacks("owner".into())),
    ];
    assert_eq!(
        store.transact(&cx(), writes).await.unwrap(),
        TransactOutcome::Applied
    );
    assert_eq!(stored(store, &put_at).await, Some(item(&put_at, 5)));
    assert_eq!(
        stored(store, &updated)
            .await
            .and_then(|item| item.int("number")),
        Some(2)
    );
    assert_eq!(stored(store, &deleted).await, None);
    assert_eq!(stored(store, &checked).await, Some(item(&checked, 1)));
}

/// Volatile tables have transactions among themselves.
pub async fn volatile_tables_have_transactions(store: &dyn Store) {
    let (first, second) = (key(Table::Connections), key(Table::Connections));
    let writes = || {
        vec![
            Write::put(item(&first, 1)),
            Write::put(item(&second, 2)).when(Condition::Absent),
        ]
    };
    assert_eq!(
        store.transact(&cx(), writes()).await.unwrap(),
        TransactOutcome::Applied
    );
    let refused = TransactOutcome::Refused {
        index: 1,
        old: Some(item(&second, 2)),
    };
    assert_eq!(store.transact(&cx(), writes()).await.unwrap(), refused);
    assert_eq!(stored(store, &first).await, Some(item(&first, 1)));
}

/// One condition that does not hold stops all of it; the first such one is named, with its item.
pub async fn a_refused_transaction_changes_nothing(store: &dyn Store) {
    let keys: [Key; 4] = std::array::from_fn(|_| key(Table::Users));
    put(store, item(&keys[0], 1)).await;
    put(store, item(&keys[2], 1)).await;
    put(store, item(&keys[3], 1)).await;
    let refusals = [
        (
            Write::put(item(&keys[2], 2)).when(Condition::Absent),
            Some(item(&keys[2], 1)),
        ),
        (
            Write::delete(keys[1].clone()).when(Condition::Present),
            None,
        ),
        (
            Write::check(keys[2].clone()).when(Condition::equals("number", Field::Int(7))),
            Some(item(&keys[2], 1)),
        ),
    ];
    for (refusal, old) in refusals {
        let writes = vec![
            Write::delete(keys[0].clone()),
            Write::put(item(&key(Table::Inbox), 2)),
            refusal,
            Write::update(keys[3].clone(), Update::default().add("number", 1))
                .when(Condition::Absent),
        ];
        let inbox = writes[1].key().clone();
        let outcome = store.transact(&cx(), writes).await.unwrap();
        assert_eq!(outcome, TransactOutcome::Refused { index: 2, old });
        assert_eq!(stored(store, &keys[0]).await, Some(item(&keys[0], 1)));
        assert_eq!(stored(store, &inbox).await, None);
        assert_eq!(stored(store, &keys[1]).await, None);
        assert_eq!(stored(store, &keys[2]).await, Some(item(&keys[2], 1)));
        assert_eq!(stored(store, &keys[3]).await, Some(item(&keys[3], 1)));
    }
}

/// A transaction has up to 100 writes, none too; with one more it is invalid and writes nothing.
pub async fn a_transaction_has_at_most_a_hundred_writes(store: &dyn Store) {
    assert_eq!(
        store.transact(&cx(), Vec::new()).await.unwrap(),
        TransactOutcome::Applied
    );
    let partition = partition();
    let keys: Vec<Key> = (0..=TRANSACT_MAX)
        .map(|number| key_in(Table::Inbox, &partition, &format!("{number:03}")))
        .collect();
    let puts = |keys: &[Key]| keys.iter().map(|key| Write::put(item(key, 1))).collect();
    let outcome = store.transact(&cx(), puts(&keys)).await;
    assert_eq!(kind(outcome), StoreErrorKind::Invalid);
    assert_eq!(stored(store, &keys[0]).await, None);
    let outcome = store.transact(&cx(), puts(&keys[1..])).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    assert_eq!(stored(store, &keys[0]).await, None);
    for key in &keys[1..] {
        assert_eq!(stored(store, key).await, Some(item(key, 1)));
    }
}

/// Two writes of one item, a check among them, are invalid and write nothing.
pub async fn a_transaction_names_an_item_once(store: &dyn Store) {
    for table in KINDS {
        let (first, second) = (key(table), key(table));
        for again in [Write::delete(second.clone()), Write::check(second.clone())] {
            let writes = vec![
                Write::put(item(&first, 1)),
                Write::put(item(&second, 1)),
                again,
            ];
            let outcome = store.transact(&cx(), writes).await;
            assert_eq!(kind(outcome), StoreErrorKind::Invalid);
            assert_eq!(stored(store, &first).await, None);
            assert_eq!(stored(store, &second).await, None);
        }
    }
}

/// Volatile and durable tables do not mix in a transaction.
pub async fn a_transaction_does_not_mix_volatile_and_durable(store: &dyn Store) {
    let (volatile, durable) = (key(Table::Connections), key(Table::Users));
    let writes = vec![
        Write::put(item(&durable, 1)),
        Write::put(item(&volatile, 1)),
    ];
    assert_eq!(
        kind(store.transact(&cx(), writes).await),
        StoreErrorKind::Invalid
    );
    assert_eq!(stored(store, &volatile).await, None);
    assert_eq!(stored(store, &durable).await, None);
}

/// One item that is or would become too large makes the whole transaction invalid.
pub async fn a_transaction_with_too_large_an_item_changes_nothing(store: &dyn Store) {
    let (first, large) = (key(Table::Users), key(Table::Users));
    let put_large = Write::put(sized(&large, ITEM_BYTES_MAX + 1));
    let outcome = store
        .transact(&cx(), vec![Write::put(item(&first, 1)), put_large])
        .await;
    assert_eq!(kind(outcome), StoreErrorKind::Invalid);
    put(store, sized(&large, ITEM_BYTES_MAX)).await;
    let grow = Write::update(large.clone(), Update::default().add("count", 1));
    let outcome = store
        .transact(&cx(), vec![Write::put(item(&first, 1)), grow])
        .await;
    assert_eq!(kind(outcome), StoreErrorKind::Invalid);
    assert_eq!(stored(store, &first).await, None);
    assert_eq!(
        stored(store, &large).await,
        Some(sized(&large, ITEM_BYTES_MAX))
    );
}

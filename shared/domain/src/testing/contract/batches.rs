//! Batch reads and batch writes.

use super::support::{KINDS, cx, item, key, key_in, kind, partition, put, stored};
use crate::store::{
    Action, Condition, Consistency, Key, Store, StoreErrorKind, Table, Update, Write,
};

/// A batch read answers one entry per key, in the order of the keys, over tables of every kind.
pub async fn a_batch_read_answers_in_the_order_of_its_keys(store: &dyn Store) {
    let keys: Vec<Key> = (0..12).map(|number| key(KINDS[number % 3])).collect();
    for (number, key) in (0..).zip(&keys).filter(|(number, _)| number % 4 != 0) {
        put(store, item(key, number)).await;
    }
    let read = store
        .batch_get(&cx(), &keys, Consistency::Strong)
        .await
        .unwrap();
    assert_eq!(read.len(), keys.len());
    for ((number, key), read) in (0..).zip(&keys).zip(read) {
        assert_eq!(read, (number % 4 != 0).then(|| item(key, number)));
    }
}

/// A batch read takes any number of keys, none too.
pub async fn a_batch_read_takes_any_number_of_keys(store: &dyn Store) {
    assert_eq!(
        store
            .batch_get(&cx(), &[], Consistency::Strong)
            .await
            .unwrap(),
        []
    );
    let partition = partition();
    let keys: Vec<Key> = (0..230)
        .map(|number| key_in(Table::Inbox, &partition, &format!("{number:03}")))
        .collect();
    let puts = (0..)
        .zip(&keys)
        .map(|(number, key)| Write::put(item(key, number)))
        .collect();
    store.batch_write(&cx(), puts).await.unwrap();
    let read = store
        .batch_get(&cx(), &keys, Consistency::Strong)
        .await
        .unwrap();
    assert_eq!(read.len(), keys.len());
    for ((number, key), read) in (0..).zip(&keys).zip(read) {
        assert_eq!(read, Some(item(key, number)));
    }
}

/// A batch read of a key that is named twice is invalid.
pub async fn a_batch_read_refuses_a_key_named_twice(store: &dyn Store) {
    for table in KINDS {
        let (once, twice) = (key(table), key(table));
        let keys = [twice.clone(), once, twice];
        let read = store.batch_get(&cx(), &keys, Consistency::Strong).await;
        assert_eq!(kind(read), StoreErrorKind::Invalid);
    }
}

/// A batch write puts and deletes any number of items over tables of every kind, none too.
pub async fn a_batch_write_puts_and_deletes(store: &dyn Store) {
    store.batch_write(&cx(), Vec::new()).await.unwrap();
    let partition = partition();
    let at = |number: i64| {
        let table = [
            Table::Inbox,
            Table::Prekeys,
            Table::Users,
            Table::Connections,
        ];
        let table = table[usize::try_from(number).unwrap_or_default() % 4];
        key_in(table, &format!("{partition}-{number}"), "item")
    };
    let puts = (0..60)
        .map(|number| Write::put(item(&at(number), number)))
        .collect();
    store.batch_write(&cx(), puts).await.unwrap();
    let mixed = (0..70)
        .map(|number| match number % 3 {
            0 => Write::delete(at(number)),
            _ => Write::put(item(&at(number), number + 1000)),
        })
        .collect();
    store.batch_write(&cx(), mixed).await.unwrap();
    for number in 0..70 {
        let left = (number % 3 != 0).then(|| item(&at(number), number + 1000));
        assert_eq!(stored(store, &at(number)).await, left, "{number}");
    }
}

/// A batch write with an update, a check, a condition or two writes of one item writes nothing.
pub async fn a_batch_write_refuses_what_it_cannot_do(store: &dyn Store) {
    for table in KINDS {
        let (first, second) = (key(table), key(table));
        let wrong = [
            Write::update(second.clone(), Update::default().add("number", 1)),
            Write {
                action: Action::Check(second.clone()),
                condition: Condition::None,
            },
            Write::put(item(&second, 2)).when(Condition::Absent),
            Write::delete(second.clone()).when(Condition::Lacks("number".into())),
            Write::delete(first.clone()),
            Write::put(item(&first, 2)),
        ];
        for wrong in wrong {
            let writes = vec![Write::put(item(&first, 1)), wrong.clone()];
            let written = store.batch_write(&cx(), writes).await;
            assert_eq!(kind(written), StoreErrorKind::Invalid, "{wrong:?}");
            assert_eq!(stored(store, &first).await, None, "{wrong:?}");
            assert_eq!(stored(store, &second).await, None, "{wrong:?}");
        }
    }
}

//! Calls that break a limit are invalid and change nothing.

use super::support::{KINDS, applied, cx, item, key, kind, partition, put, sized, stored};
use crate::store::{
    Action, Condition, Consistency, Field, ITEM_BYTES_MAX, Item, Key, Query, Store, StoreErrorKind,
    Table, Update, Write,
};

const INVALID: StoreErrorKind = StoreErrorKind::Invalid;

/// An item has up to 400 KB, names included, however it is written.
pub async fn an_item_has_at_most_400_kilobytes(store: &dyn Store) {
    for table in KINDS {
        let (fits, large) = (key(table), key(table));
        put(store, sized(&fits, ITEM_BYTES_MAX)).await;
        assert_eq!(
            stored(store, &fits).await,
            Some(sized(&fits, ITEM_BYTES_MAX))
        );
        let write = Write::put(sized(&large, ITEM_BYTES_MAX + 1));
        assert_eq!(kind(store.write(&cx(), write.clone()).await), INVALID);
        assert_eq!(kind(store.batch_write(&cx(), vec![write]).await), INVALID);
        assert_eq!(stored(store, &large).await, None);
        let grow = Write::update(fits.clone(), Update::default().set("more", Field::Int(0)));
        assert_eq!(kind(store.write(&cx(), grow).await), INVALID);
        assert_eq!(
            stored(store, &fits).await,
            Some(sized(&fits, ITEM_BYTES_MAX))
        );
    }
}

/// Keys of the greatest length are keys.
pub async fn long_keys_are_keys(store: &dyn Store) {
    let long = |length: usize| {
        let partition = partition();
        format!("{partition}{}", "k".repeat(length - partition.len()))
    };
    for key in [
        Key {
            table: Table::Users,
            partition: long(2048),
            sort: String::new(),
        },
        Key {
            table: Table::Inbox,
            partition: long(2048),
            sort: "s".repeat(1024),
        },
    ] {
        put(store, item(&key, 1)).await;
        assert_eq!(stored(store, &key).await, Some(item(&key, 1)));
    }
}

/// A key with an empty or too long part, or with a sort key too many, is invalid everywhere.
pub async fn wrong_keys_are_invalid(store: &dyn Store) {
    let key = |table, partition: &str, sort: &str| Key {
        table,
        partition: partition.to_owned(),
        sort: sort.to_owned(),
    };
    let mine = partition();
    for wrong in [
        key(Table::Users, "", ""),
        key(Table::Users, &"k".repeat(2049), ""),
        key(Table::Users, &mine, "sort"),
        key(Table::Connections, "", ""),
        key(Table::Inbox, &mine, ""),
        key(Table::Inbox, "", "sort"),
        key(Table::Inbox, &mine, &"s".repeat(1025)),
    ] {
        let cx = cx();
        assert_eq!(
            kind(store.get(&cx, &wrong, Consistency::Strong).await),
            INVALID
        );
        let keys = [wrong.clone()];
        assert_eq!(
            kind(store.batch_get(&cx, &keys, Consistency::Strong).await),
            INVALID
        );
        for action in [
            Action::Put(item(&wrong, 1)),
            Action::Update(wrong.clone(), Update::default()),
            Action::Delete(wrong.clone()),
        ] {
            let write = Write {
                action,
                condition: Condition::None,
            };
            assert_eq!(kind(store.write(&cx, write.clone()).await), INVALID);
            assert_eq!(
                kind(store.transact(&cx, vec![write.clone()]).await),
                INVALID
            );
            assert_eq!(kind(store.batch_write(&cx, vec![write]).await), INVALID);
        }
    }
}

/// Fields cannot take the names that adapters write themselves.
pub async fn reserved_names_are_invalid(store: &dyn Store) {
    for name in ["pk", "sk", "expires_at", ""] {
        let key = key(Table::Inbox);
        let write = Write::put(Item::new(key.clone()).with(name, Field::Int(1)));
        assert_eq!(kind(store.write(&cx(), write).await), INVALID, "{name}");
        let update = Update::default().set(name, Field::Int(1));
        assert_eq!(
            kind(store.write(&cx(), Write::update(key, update)).await),
            INVALID,
            "{name}"
        );
    }
}

/// An update names a field once, whatever it does with it.
pub async fn an_update_that_names_a_field_twice_is_invalid(store: &dyn Store) {
    let update = || Update::default().set("a", Field::Int(1));
    for twice in [
        update().set("a", Field::Int(2)),
        update().remove("a"),
        update().add("a", 1),
    ] {
        let write = Write::update(key(Table::Inbox), twice);
        let writes = vec![write.clone()];
        assert_eq!(kind(store.write(&cx(), write).await), INVALID);
        assert_eq!(kind(store.transact(&cx(), writes).await), INVALID);
    }
}

/// A check belongs in a transaction.
pub async fn a_check_alone_is_invalid(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        assert_eq!(kind(store.write(&cx(), Write::check(key)).await), INVALID);
    }
}

/// A query needs a table with sort keys, a partition and a limit.
pub async fn a_query_without_its_parts_is_invalid(store: &dyn Store) {
    for query in [
        Query::partition(Table::Inbox, partition(), 0),
        Query::partition(Table::Inbox, "", 10),
        Query::partition(Table::Users, partition(), 10),
        Query::partition(Table::Connections, partition(), 10),
    ] {
        assert_eq!(kind(store.query(&cx(), &query).await), INVALID, "{query:?}");
    }
}

/// An invalid call leaves nothing behind that later ones would notice.
pub async fn after_an_invalid_call_all_is_as_before(store: &dyn Store) {
    let key = key(Table::Inbox);
    assert_eq!(
        kind(store.write(&cx(), Write::check(key.clone())).await),
        INVALID
    );
    assert_eq!(
        applied(store, Write::put(item(&key, 1)).when(Condition::Absent)).await,
        None
    );
    assert_eq!(stored(store, &key).await, Some(item(&key, 1)));
}

//! Conditional puts and deletes, and what they return.

use super::support::{KINDS, applied, each_action, item, key, put, refused, stored};
use crate::store::{Condition, Field, Item, Store, Table, Write};

/// An unconditional put takes the place of the whole item, its end included, and returns it.
pub async fn put_takes_the_place_of_the_whole_item(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let first = item(&key, 1)
            .with("extra", Field::Int(1))
            .expiring(super::support::NOW_S + 60);
        assert_eq!(applied(store, Write::put(first.clone())).await, None);
        assert_eq!(stored(store, &key).await, Some(first.clone()));
        let second = item(&key, 2);
        assert_eq!(
            applied(store, Write::put(second.clone())).await,
            Some(first)
        );
        assert_eq!(stored(store, &key).await, Some(second));
    }
}

/// Every kind of field comes back as it was put, at the ends of its range too.
pub async fn fields_come_back_as_they_were(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let item = Item::new(key.clone())
            .with("least", Field::Int(i64::MIN))
            .with("zero", Field::Int(0))
            .with("greatest", Field::Int(i64::MAX))
            .with("no_text", Field::Text(String::new()))
            .with(
                "text",
                Field::Text("a\0b \u{1F600} ÿ \u{10FFFF}".to_owned()),
            )
            .with("no_bytes", Field::Bytes(Vec::new()))
            .with("bytes", Field::Bytes((0..=255).collect()))
            .with("long", Field::Bytes(vec![7; 70_000]));
        put(store, item.clone()).await;
        assert_eq!(stored(store, &key).await, Some(item));
    }
}

/// An item without fields is an item.
pub async fn an_item_needs_no_fields(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        put(store, Item::new(key.clone())).await;
        assert_eq!(stored(store, &key).await, Some(Item::new(key.clone())));
        assert_eq!(
            refused(store, Write::put(item(&key, 1)).when(Condition::Absent)).await,
            Some(Item::new(key))
        );
    }
}

/// `Absent` holds only where nothing is.
pub async fn absent_holds_only_where_nothing_is(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let first = item(&key, 1);
        assert_eq!(
            applied(store, Write::put(first.clone()).when(Condition::Absent)).await,
            None
        );
        for write in each_action(&key, &Condition::Absent) {
            assert_eq!(refused(store, write).await, Some(first.clone()));
        }
        assert_eq!(stored(store, &key).await, Some(first));
    }
}

/// `Present` holds only where something is.
pub async fn present_holds_only_where_something_is(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        for write in each_action(&key, &Condition::Present) {
            assert_eq!(refused(store, write).await, None);
        }
        assert_eq!(stored(store, &key).await, None);
        put(store, item(&key, 1)).await;
        for write in each_action(&key, &Condition::Present) {
            assert!(applied(store, write).await.is_some());
        }
        assert_eq!(stored(store, &key).await, None);
    }
}

/// `Equals` compares each field's value and its kind, and refuses where field or item are missing.
pub async fn equals_compares_value_and_kind(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let equals = |name: &'static str, value| Condition::equals(name, value);
        let text = |text: &str| Field::Text(text.to_owned());
        for write in each_action(&key, &equals("number", Field::Int(1))) {
            assert_eq!(refused(store, write).await, None);
        }
        let first = item(&key, 1).with("text", text("1"));
        put(store, first.clone()).await;
        for condition in [
            equals("number", Field::Int(2)),
            equals("number", text("1")),
            equals("text", Field::Int(1)),
            equals("text", Field::Bytes(b"1".to_vec())),
            equals("body", text("1")),
            equals("other", Field::Int(1)),
            Condition::all_equal([("number", Field::Int(1)), ("text", text("2"))]),
            Condition::all_equal([("number", Field::Int(2)), ("text", text("1"))]),
        ] {
            for write in each_action(&key, &condition) {
                assert_eq!(
                    refused(store, write).await,
                    Some(first.clone()),
                    "{condition:?}"
                );
            }
        }
        for condition in [
            equals("number", Field::Int(1)),
            equals("text", text("1")),
            equals("body", Field::Bytes(1_i64.to_be_bytes().to_vec())),
            Condition::all_equal([("number", Field::Int(1)), ("text", text("1"))]),
        ] {
            let again = Write::put(first.clone()).when(condition);
            assert_eq!(applied(store, again).await, Some(first.clone()));
        }
        let delete = Write::delete(key.clone()).when(equals("number", Field::Int(1)));
        assert_eq!(applied(store, delete).await, Some(first));
        assert_eq!(stored(store, &key).await, None);
    }
}

/// `Lacks` holds where there is no item, or one without the field.
pub async fn lacks_holds_without_item_or_field(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let claim = Write::put(item(&key, 1)).when(Condition::Lacks("owner".into()));
        assert_eq!(applied(store, claim.clone()).await, None);
        assert_eq!(applied(store, claim).await, Some(item(&key, 1)));
        let owned = item(&key, 2).with("owner", Field::Int(0));
        put(store, owned.clone()).await;
        for write in each_action(&key, &Condition::Lacks("owner".into())) {
            assert_eq!(refused(store, write).await, Some(owned.clone()));
        }
        assert_eq!(stored(store, &key).await, Some(owned));
    }
}

/// A delete returns what it deleted; none there is fine.
pub async fn delete_returns_what_it_deleted(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        assert_eq!(applied(store, Write::delete(key.clone())).await, None);
        put(store, item(&key, 1)).await;
        assert_eq!(
            applied(store, Write::delete(key.clone())).await,
            Some(item(&key, 1))
        );
        assert_eq!(stored(store, &key).await, None);
        assert_eq!(applied(store, Write::delete(key.clone())).await, None);
    }
}

/// Who lost the answer to a conditional put and sends it again is refused by his own item.
pub async fn a_lost_answer_shows_as_our_own_item(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let ours = Write::put(item(&key, 1)).when(Condition::Absent);
        applied(store, ours.clone()).await;
        assert_eq!(refused(store, ours).await, Some(item(&key, 1)));
        let theirs = Write::put(item(&key, 2)).when(Condition::Absent);
        assert_eq!(refused(store, theirs).await, Some(item(&key, 1)));
        assert_eq!(stored(store, &key).await, Some(item(&key, 1)));
    }
}

/// Keys are what they are: tables, partitions and sort keys that look alike do not meet.
pub async fn keys_that_look_alike_are_different(store: &dyn Store) {
    let base = super::support::partition();
    let keys = [
        super::support::key_in(Table::Inbox, &base, "a"),
        super::support::key_in(Table::Inbox, &base, "a "),
        super::support::key_in(Table::Inbox, &base, "A"),
        super::support::key_in(Table::Inbox, &base, "a\0"),
        super::support::key_in(Table::Inbox, &format!("{base}a"), "a"),
        super::support::key_in(Table::Inbox, &format!("{base}\0"), "a"),
        super::support::key_in(Table::Prekeys, &base, "a"),
        super::support::key_in(Table::Users, &base, ""),
        super::support::key_in(Table::Registrations, &base, ""),
        super::support::key_in(Table::Connections, &base, ""),
    ];
    for (number, key) in (0..).zip(&keys) {
        let put = Write::put(item(key, number)).when(Condition::Absent);
        assert_eq!(applied(store, put).await, None);
    }
    for (number, key) in (0..).zip(&keys) {
        assert_eq!(stored(store, key).await, Some(item(key, number)));
    }
}

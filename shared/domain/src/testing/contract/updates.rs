//! Updates of fields, and counters.

use super::support::{KINDS, NOW_S, applied, item, key, put, refused, stored};
use crate::store::{Condition, Field, Item, Store, Update, Write};

/// An update makes the item that was not there, with what it sets and adds.
pub async fn update_makes_the_item_that_was_not_there(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let update = Update::default()
            .set("name", Field::Text("alice".into()))
            .remove("nothing")
            .add("count", 3)
            .expiring(NOW_S + 60);
        assert_eq!(
            applied(store, Write::update(key.clone(), update)).await,
            None
        );
        let made = Item::new(key.clone())
            .with("name", Field::Text("alice".into()))
            .with("count", Field::Int(3))
            .expiring(NOW_S + 60);
        assert_eq!(stored(store, &key).await, Some(made));
    }
}

/// An update that changes nothing still makes the item.
pub async fn update_of_nothing_makes_an_empty_item(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        assert_eq!(
            applied(store, Write::update(key.clone(), Update::default())).await,
            None
        );
        assert_eq!(stored(store, &key).await, Some(Item::new(key)));
    }
}

/// An update changes the fields it names, leaves the others and returns the item it met.
pub async fn update_changes_only_what_it_names(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        let first = item(&key, 1)
            .with("kept", Field::Text("kept".into()))
            .expiring(NOW_S + 60);
        put(store, first.clone()).await;
        let update = Update::default()
            .set("number", Field::Text("now text".into()))
            .set("new", Field::Bytes(vec![1, 2, 3]))
            .remove("body")
            .remove("nothing");
        assert_eq!(
            applied(store, Write::update(key.clone(), update)).await,
            Some(first)
        );
        let second = Item::new(key.clone())
            .with("number", Field::Text("now text".into()))
            .with("new", Field::Bytes(vec![1, 2, 3]))
            .with("kept", Field::Text("kept".into()))
            .expiring(NOW_S + 60);
        assert_eq!(stored(store, &key).await, Some(second));
    }
}

/// An update moves the item's end where it gives one, also where there was none.
pub async fn update_moves_the_end_where_it_gives_one(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        put(store, item(&key, 1)).await;
        applied(
            store,
            Write::update(key.clone(), Update::default().expiring(NOW_S + 60)),
        )
        .await;
        assert_eq!(
            stored(store, &key).await,
            Some(item(&key, 1).expiring(NOW_S + 60))
        );
        applied(
            store,
            Write::update(key.clone(), Update::default().expiring(NOW_S + 30)),
        )
        .await;
        assert_eq!(
            stored(store, &key).await,
            Some(item(&key, 1).expiring(NOW_S + 30))
        );
        applied(
            store,
            Write::update(key.clone(), Update::default().add("number", 1)),
        )
        .await;
        let left = stored(store, &key).await.unwrap();
        assert_eq!(
            (left.int("number"), left.expires_at_s),
            (Some(2), Some(NOW_S + 30))
        );
    }
}

/// An update under a condition that does not hold changes nothing.
pub async fn update_swaps_only_the_version_it_knows(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        put(store, item(&key, 1)).await;
        let swap = |from, to| {
            Write::update(key.clone(), Update::default().set("number", Field::Int(to)))
                .when(Condition::equals("number", Field::Int(from)))
        };
        assert_eq!(applied(store, swap(1, 2)).await, Some(item(&key, 1)));
        let second = stored(store, &key).await;
        assert_eq!(second.as_ref().and_then(|item| item.int("number")), Some(2));
        assert_eq!(refused(store, swap(1, 3)).await, second);
        assert_eq!(stored(store, &key).await, second);
    }
}

/// A counter that is missing counts as 0; counters go down and below 0 as well.
pub async fn counters_start_at_zero(store: &dyn Store) {
    for table in KINDS {
        let key = key(table);
        put(store, Item::new(key.clone())).await;
        for by in [5, 10, -40, 0] {
            applied(
                store,
                Write::update(key.clone(), Update::default().add("count", by)),
            )
            .await;
        }
        let update = Update::default().add("count", 1).add("other", -1);
        let old = applied(store, Write::update(key.clone(), update))
            .await
            .unwrap();
        assert_eq!(old.int("count"), Some(-25));
        let left = stored(store, &key).await.unwrap();
        assert_eq!(
            (left.int("count"), left.int("other")),
            (Some(-24), Some(-1))
        );
    }
}

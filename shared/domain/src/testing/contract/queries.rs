//! Ranges, directions, limits and cursors.

use super::support::{cx, item, key_in, partition, put, sized, stored};
use crate::store::{Consistency, Page, Query, Store, Table, Write};

const TABLE: Table = Table::Inbox;

async fn fill(store: &dyn Store, sorts: &[&str]) -> String {
    let partition = partition();
    for (number, sort) in (0..).zip(sorts) {
        put(store, item(&key_in(TABLE, &partition, sort), number)).await;
    }
    partition
}

async fn ask(store: &dyn Store, query: &Query) -> Page {
    store.query(&cx(), query).await.unwrap()
}

fn sorts(page: &Page) -> Vec<&str> {
    page.items
        .iter()
        .map(|item| item.key.sort.as_str())
        .collect()
}

/// Follows the cursors to the end and returns all sort keys; no page holds more than the limit.
async fn follow(store: &dyn Store, mut query: Query) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let page = ask(store, &query).await;
        assert!(page.items.len() <= query.limit);
        all.extend(page.items.into_iter().map(|item| item.key.sort));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return all,
        }
    }
}

/// Items come in the order of the bytes of their sort keys, whole, or the other way round.
pub async fn a_page_is_in_the_order_of_bytes(store: &dyn Store) {
    let partition = fill(
        store,
        &["b", "a", "ab", "B", "é", "z", "\u{1F600}", "\u{FFFD}"],
    )
    .await;
    let ascending = ["B", "a", "ab", "b", "z", "é", "\u{FFFD}", "\u{1F600}"];
    let query = Query::partition(TABLE, &partition, 100);
    let page = ask(store, &query).await;
    assert_eq!(sorts(&page), ascending);
    assert_eq!(page.next, None);
    assert_eq!(page.items[3], item(&key_in(TABLE, &partition, "b"), 0));
    let page = ask(
        store,
        &Query {
            descending: true,
            ..query
        },
    )
    .await;
    assert!(sorts(&page).into_iter().eq(ascending.into_iter().rev()));
}

/// A query sees its own partition and table only.
pub async fn a_query_sees_one_partition_of_one_table(store: &dyn Store) {
    let partition = fill(store, &["a"]).await;
    put(
        store,
        item(&key_in(TABLE, &format!("{partition}#"), "b"), 1),
    )
    .await;
    put(
        store,
        item(&key_in(TABLE, &format!("{partition}\0"), "b"), 1),
    )
    .await;
    put(
        store,
        item(&key_in(TABLE, &partition[..partition.len() - 1], "b"), 1),
    )
    .await;
    put(store, item(&key_in(Table::Contacts, &partition, "b"), 1)).await;
    for descending in [false, true] {
        let query = Query {
            descending,
            ..Query::partition(TABLE, &partition, 10)
        };
        assert_eq!(sorts(&ask(store, &query).await), ["a"]);
    }
}

/// A partition that nobody wrote to is an empty last page.
pub async fn an_empty_partition_is_an_empty_last_page(store: &dyn Store) {
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        for descending in [false, true] {
            let query = Query {
                descending,
                consistency,
                ..Query::partition(TABLE, partition(), 10)
            };
            assert_eq!(ask(store, &query).await, Page::default());
        }
    }
}

/// Both ends of a range belong to it, in both directions, whether or not there is an item at them.
pub async fn a_range_includes_both_its_ends(store: &dyn Store) {
    let partition = fill(store, &["a", "b", "c", "d", "e"]).await;
    let ranges: [(&str, Option<&str>, &[&str]); 8] = [
        ("", None, &["a", "b", "c", "d", "e"]),
        ("b", None, &["b", "c", "d", "e"]),
        ("bb", None, &["c", "d", "e"]),
        ("", Some("b"), &["a", "b"]),
        ("", Some("bb"), &["a", "b"]),
        ("b", Some("d"), &["b", "c", "d"]),
        ("c", Some("c"), &["c"]),
        ("f", Some("g"), &[]),
    ];
    for (from, to, expected) in ranges {
        let query = Query {
            from: from.to_owned(),
            to: to.map(str::to_owned),
            ..Query::partition(TABLE, &partition, 100)
        };
        let page = ask(store, &query).await;
        assert_eq!(
            (sorts(&page).as_slice(), &page.next),
            (expected, &None),
            "{from}..={to:?}"
        );
        let page = ask(
            store,
            &Query {
                descending: true,
                ..query
            },
        )
        .await;
        assert!(
            sorts(&page).iter().eq(expected.iter().rev()),
            "{from}..={to:?} descending"
        );
    }
}

/// A range that ends before it starts is empty.
pub async fn a_range_that_ends_before_it_starts_is_empty(store: &dyn Store) {
    let partition = fill(store, &["a", "b", "c"]).await;
    for descending in [false, true] {
        let query = Query {
            from: "c".to_owned(),
            to: Some("a".to_owned()),
            descending,
            ..Query::partition(TABLE, &partition, 100)
        };
        assert_eq!(ask(store, &query).await, Page::default());
    }
}

/// A limit takes the first items in the order asked for.
pub async fn a_limit_takes_the_first_items(store: &dyn Store) {
    let partition = fill(store, &["a", "b", "c", "d"]).await;
    let query = Query::partition(TABLE, &partition, 2);
    let page = ask(store, &query).await;
    assert_eq!(
        (sorts(&page).as_slice(), page.next.is_some()),
        (&["a", "b"][..], true)
    );
    let page = ask(
        store,
        &Query {
            descending: true,
            ..query
        },
    )
    .await;
    assert_eq!(
        (sorts(&page).as_slice(), page.next.is_some()),
        (&["d", "c"][..], true)
    );
}

/// Cursors lead through every item once, in order, for any limit, direction and range.
pub async fn cursors_lead_through_every_item_once(store: &dyn Store) {
    let names: Vec<String> = (0..23).map(|number| format!("{number:02}")).collect();
    let partition = fill(store, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for limit in [1, 2, 7, 22, 23, 24] {
        let query = Query::partition(TABLE, &partition, limit);
        assert_eq!(follow(store, query.clone()).await, names, "limit {limit}");
        let query = Query {
            from: "03".into(),
            to: Some("19".into()),
            ..query
        };
        assert_eq!(
            follow(store, query.clone()).await,
            names[3..=19],
            "limit {limit}, a range"
        );
        let mut down = follow(
            store,
            Query {
                descending: true,
                ..query
            },
        )
        .await;
        down.reverse();
        assert_eq!(down, names[3..=19], "limit {limit}, a range, descending");
    }
}

/// A page starts behind its cursor, in the order asked for, even when the cursor's item is gone.
pub async fn a_page_starts_behind_its_cursor(store: &dyn Store) {
    let partition = fill(store, &["a", "b", "c", "d", "e"]).await;
    let query = Query::partition(TABLE, &partition, 100).after(Some("c".to_owned()));
    assert_eq!(sorts(&ask(store, &query).await), ["d", "e"]);
    let down = Query {
        descending: true,
        ..query.clone()
    };
    assert_eq!(sorts(&ask(store, &down).await), ["b", "a"]);
    let gone = key_in(TABLE, &partition, "c");
    store
        .write(&cx(), Write::delete(gone.clone()))
        .await
        .unwrap();
    assert_eq!(stored(store, &gone).await, None);
    assert_eq!(sorts(&ask(store, &query).await), ["d", "e"]);
    assert_eq!(sorts(&ask(store, &down).await), ["b", "a"]);
    let last = Query::partition(TABLE, &partition, 100).after(Some("e".to_owned()));
    assert_eq!(ask(store, &last).await, Page::default());
}

/// A page ends at about 1 MB, in either direction, and its cursor leads to the rest.
pub async fn a_page_ends_at_about_a_megabyte(store: &dyn Store) {
    let partition = partition();
    let names: Vec<String> = (0..9).map(|number| format!("{number}")).collect();
    for sort in &names {
        put(store, sized(&key_in(TABLE, &partition, sort), 300_000)).await;
    }
    for descending in [false, true] {
        let query = Query {
            descending,
            ..Query::partition(TABLE, &partition, 100)
        };
        let page = ask(store, &query).await;
        assert!(
            (2..=4).contains(&page.items.len()),
            "{} items of 300 KB",
            page.items.len()
        );
        assert!(page.next.is_some());
        let mut all = follow(store, query).await;
        all.sort();
        assert_eq!(all, names);
    }
}

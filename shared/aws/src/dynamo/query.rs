//! Reading a page of a partition.

use super::attributes::{PARTITION, SORT, from_key, take_key, text, to_item};
use super::error::failed;
use super::expression::Placeholders;
use super::{Context, DynamoStore};
use heliograph_domain::store::cost::{item_bytes, read_half_units};
use heliograph_domain::store::{Consistency, Key, Page, Query, StoreError};

impl DynamoStore {
    pub(super) async fn page(&self, cx: &Context, query: &Query) -> Result<Page, StoreError> {
        let Some(start) = start(query) else {
            cx.meter
                .store_call(read_half_units(0, query.consistency), 0);
            return Ok(Page::default());
        };
        let mut placeholders = Placeholders::default();
        let range = range(query, &mut placeholders);
        let (names, values) = placeholders.finish();
        let answer = self
            .client
            .query()
            .table_name(self.tables.name(query.table))
            .key_condition_expression(range)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_exclusive_start_key(start.as_ref().map(from_key))
            .limit(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .scan_index_forward(!query.descending)
            .consistent_read(query.consistency == Consistency::Strong)
            .send()
            .await
            .map_err(failed)?;

        let mut page = Page::default();
        let mut bytes = 0;
        for attributes in answer.items.unwrap_or_default() {
            let item = to_item(query.table, attributes)?;
            bytes += item_bytes(&item);
            if !item.is_expired(cx.now_s()) {
                page.items.push(item);
            }
        }
        if let Some(mut last) = answer.last_evaluated_key {
            page.next = Some(take_key(query.table, &mut last)?.sort);
        }
        cx.meter
            .store_call(read_half_units(bytes, query.consistency), 0);
        Ok(page)
    }
}

/// Finds the key behind which the page starts; `None` when nothing can be in it.
///
/// DynamoDB refuses a range that ends before it starts, and a start outside of the range.
#[expect(
    clippy::option_option,
    reason = "no page, a page from the start, a page behind a key"
)]
fn start(query: &Query) -> Option<Option<Key>> {
    let Query {
        from, to, after, ..
    } = query;
    if to.as_ref().is_some_and(|to| to.is_empty() || to < from) {
        return None;
    }
    let Some(after) = after else {
        return Some(None);
    };
    let (is_past, is_ahead) = {
        let below = after < from || after.is_empty();
        let above = to.as_ref().is_some_and(|to| after > to);
        if query.descending {
            (below, above)
        } else {
            (above, below)
        }
    };
    match (is_past, is_ahead) {
        (true, _) => None,
        (_, true) => Some(None),
        _ => Some(Some(Key {
            table: query.table,
            partition: query.partition.clone(),
            sort: after.clone(),
        })),
    }
}

fn range(query: &Query, placeholders: &mut Placeholders) -> String {
    let name = placeholders.name(PARTITION);
    let partition = placeholders.value(text(&query.partition));
    let mut range = format!("{name} = {partition}");
    let mut bound = |value: &str| placeholders.value(text(value));
    let sorts = match (query.from.as_str(), &query.to) {
        ("", None) => return range,
        ("", Some(to)) => format!("<= {}", bound(to)),
        (from, None) => format!(">= {}", bound(from)),
        (from, Some(to)) => format!("BETWEEN {} AND {}", bound(from), bound(to)),
    };
    range.push_str(&format!(" AND {} {sorts}", placeholders.name(SORT)));
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_domain::store::Table;

    fn query(from: &str, to: Option<&str>, after: Option<&str>, descending: bool) -> Query {
        Query {
            from: from.to_owned(),
            to: to.map(str::to_owned),
            after: after.map(str::to_owned),
            descending,
            ..Query::partition(Table::Inbox, "alice", 10)
        }
    }

    #[test]
    fn a_start_lies_in_the_range() {
        let none: Option<Option<&str>> = None;
        for (from, to, after, ascending, descending) in [
            ("", None, None, Some(None), Some(None)),
            ("c", Some("a"), None, none, none),
            ("", Some(""), None, none, none),
            ("b", Some("d"), Some("a"), Some(None), none),
            ("b", Some("d"), Some("b"), Some(Some("b")), Some(Some("b"))),
            ("b", Some("d"), Some("d"), Some(Some("d")), Some(Some("d"))),
            ("b", Some("d"), Some("e"), none, Some(None)),
            ("", None, Some(""), Some(None), none),
        ] {
            for (is_descending, expected) in [(false, ascending), (true, descending)] {
                let start = start(&query(from, to, after, is_descending));
                let sort = start.map(|key| key.map(|key| key.sort));
                let expected = expected.map(|sort| sort.map(str::to_owned));
                assert_eq!(
                    sort, expected,
                    "{from}..={to:?} after {after:?} {is_descending}"
                );
            }
        }
    }

    #[test]
    fn a_range_has_one_condition_on_the_sort_key() {
        for (from, to, expected) in [
            ("", None, "#0 = :0"),
            ("b", None, "#0 = :0 AND #1 >= :1"),
            ("", Some("d"), "#0 = :0 AND #1 <= :1"),
            ("b", Some("d"), "#0 = :0 AND #1 BETWEEN :1 AND :2"),
        ] {
            let written = range(&query(from, to, None, false), &mut Placeholders::default());
            assert_eq!(written, expected);
        }
    }
}

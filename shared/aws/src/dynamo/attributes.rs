//! Items as DynamoDB has them.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use heliograph_domain::store::{Field, Item, Key, StoreError, StoreErrorKind, Table};
use std::borrow::Cow;
use std::collections::HashMap;

/// The attribute that holds the partition key.
pub(super) const PARTITION: &str = "pk";
/// The attribute that holds the sort key, in tables that have one.
pub(super) const SORT: &str = "sk";
/// The attribute that DynamoDB's TTL looks at, seconds since the Unix epoch.
pub(super) const EXPIRES_AT: &str = "expires_at";

/// Names that adapters write themselves and no field has.
pub(super) const RESERVED: [&str; 3] = [PARTITION, SORT, EXPIRES_AT];

/// An item's attributes by name.
pub(super) type Attributes = HashMap<String, AttributeValue>;

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn from_key(key: &Key) -> Attributes {
    let mut attributes = HashMap::from([(PARTITION.to_owned(), text(&key.partition))]);
    if key.table.is_sorted() {
        attributes.insert(SORT.to_owned(), text(&key.sort));
    }
    attributes
}

pub(super) fn from_field(field: &Field) -> AttributeValue {
    match field {
        Field::Int(value) => number(value),
        Field::Text(value) => text(value),
        Field::Bytes(value) => AttributeValue::B(Blob::new(value.clone())),
    }
}

pub(super) fn from_item(item: &Item) -> Attributes {
    let mut attributes = from_key(&item.key);
    for (name, field) in &item.fields {
        attributes.insert(name.clone().into_owned(), from_field(field));
    }
    if let Some(at) = item.expires_at_s {
        attributes.insert(EXPIRES_AT.to_owned(), number(at));
    }
    attributes
}

/// Takes the key out of attributes, which need hold nothing else.
pub(super) fn take_key(table: Table, attributes: &mut Attributes) -> Result<Key, StoreError> {
    let partition = take_text(attributes, PARTITION)?;
    let sort = match table.is_sorted() {
        true => take_text(attributes, SORT)?,
        false => String::new(),
    };
    Ok(Key {
        table,
        partition,
        sort,
    })
}

/// # Errors
/// `Corrupt` for an item that this adapter cannot have written.
pub(super) fn to_item(table: Table, mut attributes: Attributes) -> Result<Item, StoreError> {
    let mut item = Item::new(take_key(table, &mut attributes)?);
    item.expires_at_s = match attributes.remove(EXPIRES_AT) {
        None => None,
        Some(AttributeValue::N(at)) => Some(at.parse().map_err(|_| corrupt(EXPIRES_AT))?),
        Some(_) => return Err(corrupt(EXPIRES_AT)),
    };
    for (name, value) in attributes {
        let field = match value {
            AttributeValue::N(value) => Field::Int(value.parse().map_err(|_| corrupt(&name))?),
            AttributeValue::S(value) => Field::Text(value),
            AttributeValue::B(value) => Field::Bytes(value.into_inner()),
            _ => return Err(corrupt(&name)),
        };
        item.fields.insert(Cow::Owned(name), field);
    }
    Ok(item)
}

/// Like [`to_item`], where there may be none.
pub(super) fn to_item_found(
    table: Table,
    attributes: Option<Attributes>,
) -> Result<Option<Item>, StoreError> {
    let found = attributes.filter(|attributes| !attributes.is_empty());
    found
        .map(|attributes| to_item(table, attributes))
        .transpose()
}

fn take_text(attributes: &mut Attributes, name: &str) -> Result<String, StoreError> {
    match attributes.remove(name) {
        Some(AttributeValue::S(value)) => Ok(value),
        _ => Err(corrupt(name)),
    }
}

fn corrupt(name: &str) -> StoreError {
    StoreError::because(
        StoreErrorKind::Corrupt,
        format!("attribute {name} is of no known kind"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field() -> impl Strategy<Value = Field> {
        prop_oneof![
            any::<i64>().prop_map(Field::Int),
            any::<String>().prop_map(Field::Text),
            any::<Vec<u8>>().prop_map(Field::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn items_come_back_as_they_went(
            sorted: bool,
            names in proptest::collection::btree_map("[a-z]{3,9}", field(), 0..6),
            expires_at_s: Option<u64>,
        ) {
            let key = match sorted {
                true => Key::sorted(Table::Inbox, "alice", "1"),
                false => Key::new(Table::Users, "alice"),
            };
            let mut item = Item { expires_at_s, ..Item::new(key) };
            item.fields = names.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
            prop_assert_eq!(to_item(item.key.table, from_item(&item)).unwrap(), item);
        }
    }

    #[test]
    fn what_others_wrote_is_corrupt() {
        let kind = |table, attributes| to_item(table, attributes).unwrap_err().kind();
        let good = from_item(&Item::new(Key::new(Table::Users, "alice")));
        assert_eq!(kind(Table::Inbox, good.clone()), StoreErrorKind::Corrupt);
        for (name, value) in [
            ("pk", number(1)),
            ("expires_at", text("soon")),
            ("expires_at", number("1.5")),
            ("count", number("1e40")),
            ("flag", AttributeValue::Bool(true)),
        ] {
            let mut attributes = good.clone();
            attributes.insert(name.to_owned(), value);
            assert_eq!(
                kind(Table::Users, attributes),
                StoreErrorKind::Corrupt,
                "{name}"
            );
        }
    }
}

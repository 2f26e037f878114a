//! Contacts and blocks, one partition an owner.

use crate::store::{Item, Key, Table, Write};
use heliograph_protocol::UserId;

/// The key of the item that says that `owner` blocks `other`.
pub fn block_key(owner: &UserId, other: &UserId) -> Key {
    Key::sorted(Table::Contacts, owner.as_str(), format!("block#{other}"))
}

/// The key of the item that says that `owner` has `other` in the contacts.
pub fn contact_key(owner: &UserId, other: &UserId) -> Key {
    Key::sorted(Table::Contacts, owner.as_str(), format!("contact#{other}"))
}

/// Makes `owner` block `other`.
pub fn block(owner: &UserId, other: &UserId) -> Write {
    Write::put(Item::new(block_key(owner, other)))
}

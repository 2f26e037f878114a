//! What of a user who is gone may be left in the tables, by name.

use crate::store::{Item, Table};

/// A row that names somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// In which table.
    pub table: Table,
    /// Its partition.
    pub partition: String,
    /// Its place there.
    pub sort: String,
    /// Whether it ends by itself.
    pub is_ending: bool,
}

impl From<&Item> for Trace {
    fn from(item: &Item) -> Self {
        Self {
            table: item.key.table,
            partition: item.key.partition.clone(),
            sort: item.key.sort.clone(),
            is_ending: item.expires_at_s.is_some(),
        }
    }
}

/// Some rows: what they are, and how they are told from others.
pub type Kind = (&'static str, fn(&Trace) -> bool);

/// Rows that may name a user who is gone: they are others', and mostly end by themselves
/// (`docs/adr/0009-what-goes-with-a-device-or-account.md`).
pub const OF_OTHERS: [Kind; 6] = [
    ("what others call them, and that they block them", |it| {
        it.table == Table::Contacts
    }),
    ("what they have sent and said, and waits for others", |it| {
        it.table == Table::Inbox && it.is_ending
    }),
    ("whom others watch, until their sockets end", |it| {
        it.sort.starts_with("watching#") && it.is_ending
    }),
    ("what they have sent to groups", |it| {
        it.table == Table::Deliveries && it.is_ending
    }),
    ("that they have made a group", |it| {
        it.table == Table::Groups && it.sort == "meta"
    }),
    ("who was in a group when something was sent to it", |it| {
        it.sort.starts_with("roster#") && it.is_ending
    }),
];

/// Tells which rows that may stay name a user, and which there are that may not.
pub fn sort_out(
    user_id: &str,
    traces: impl IntoIterator<Item = Trace>,
) -> (Vec<&'static str>, Vec<Trace>) {
    let (mut kinds, mut own) = (Vec::new(), Vec::new());
    for trace in traces {
        let is_own = trace.partition.starts_with(user_id);
        let of_others = OF_OTHERS.iter().find(|(_, is_it)| is_it(&trace));
        match of_others.filter(|_| !is_own) {
            Some((kind, _)) => kinds.push(*kind),
            None => own.push(trace),
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    (kinds, own)
}

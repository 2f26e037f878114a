//! What of a user who is gone may be left in the tables, by name.

use crate::store::{Field, Item, Table};

/// A row, and what it may say of somebody.
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
    /// All that it says, as far as it is text, keys and names of fields too.
    pub text: String,
}

impl From<&Item> for Trace {
    fn from(item: &Item) -> Self {
        let fields = item.fields.iter().map(|(name, value)| match value {
            Field::Text(text) => format!("{name} {text}"),
            Field::Bytes(bytes) => format!("{name} {}", String::from_utf8_lossy(bytes)),
            Field::Int(_) => name.clone().into_owned(),
        });
        let keys = [item.key.partition.clone(), item.key.sort.clone()];
        Self {
            table: item.key.table,
            partition: item.key.partition.clone(),
            sort: item.key.sort.clone(),
            is_ending: item.expires_at_s.is_some(),
            text: keys.into_iter().chain(fields).collect::<Vec<_>>().join(" "),
        }
    }
}

/// Whom a look through all rows is for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// The user.
    pub user_id: &'a str,
    /// Their phone number.
    pub number: &'a str,
}

impl Sought<'_> {
    /// Whether a row names them.
    pub fn is_in(&self, row: &Trace) -> bool {
        row.text.contains(self.user_id) || row.text.contains(self.number)
    }
}

/// Some rows: what they are, and how they are told from others.
pub type Kind = (&'static str, fn(&Trace) -> bool);

/// Rows that may name a user who is gone: they are others', and mostly end by themselves
/// (`docs/adr/0009-what-goes-with-a-device-or-account.md`).
pub const OF_OTHERS: [Kind; 6] = [
    ("what others call them, and that they block them", |it| {
        let is_in = |kind| it.table == Table::Contacts && it.sort.starts_with(kind);
        is_in("contacts#") || is_in("block#")
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

/// Tells which rows that may stay name somebody, and which there are that may not. The number may stay
/// where others have it in their contacts, and nowhere else.
pub fn sort_out(
    sought: Sought<'_>,
    rows: impl IntoIterator<Item = Trace>,
) -> (Vec<&'static str>, Vec<Trace>) {
    let (mut kinds, mut own) = (Vec::new(), Vec::new());
    for row in rows.into_iter().filter(|row| sought.is_in(row)) {
        let is_own = row.partition.starts_with(sought.user_id)
            || row.text.contains(sought.number) && row.table != Table::Contacts;
        let of_others = OF_OTHERS.iter().find(|(_, is_it)| is_it(&row));
        match of_others.filter(|_| !is_own) {
            Some((kind, _)) => kinds.push(*kind),
            None => own.push(row),
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    (kinds, own)
}

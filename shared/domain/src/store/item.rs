//! Tables, keys and items.

use litemap::LiteMap;
use std::borrow::Cow;

/// A table (`design.md` §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Users and their devices; phone numbers.
    Users,
    /// Live sockets, one item a user.
    Connections,
    /// Undelivered envelopes, one partition a device.
    Inbox,
    /// Registrations that wait for their code.
    Registrations,
    /// Leaky buckets.
    Limits,
    /// Pre-keys, one partition a device.
    Prekeys,
    /// Contacts and blocks, one partition a user.
    Contacts,
    /// Who watches whose presence, one partition a user; when users were last seen.
    Subscriptions,
    /// How devices are woken.
    Notifications,
    /// Groups, their members and invites, one partition a group; which groups a user is in.
    Groups,
    /// What was sent to groups, until everybody has it, and who has it.
    Deliveries,
    /// Uploaded files, one partition a file.
    Media,
    /// What is gone and whose data must follow.
    Cleanups,
    /// Queued work of a deployment without SQS.
    Jobs,
}

impl Table {
    /// Every table of any deployment; [`Table::Jobs`] is for those without SQS.
    pub const ALL: [Table; 13] = [
        Table::Users,
        Table::Connections,
        Table::Inbox,
        Table::Registrations,
        Table::Limits,
        Table::Prekeys,
        Table::Contacts,
        Table::Subscriptions,
        Table::Notifications,
        Table::Groups,
        Table::Deliveries,
        Table::Media,
        Table::Cleanups,
    ];

    /// The table's name in configuration, file and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Users => "users",
            Table::Connections => "connections",
            Table::Inbox => "inbox",
            Table::Registrations => "registrations",
            Table::Limits => "limits",
            Table::Prekeys => "prekeys",
            Table::Contacts => "contacts",
            Table::Subscriptions => "subscriptions",
            Table::Notifications => "notifications",
            Table::Groups => "groups",
            Table::Deliveries => "deliveries",
            Table::Media => "media",
            Table::Cleanups => "cleanups",
            Table::Jobs => "jobs",
        }
    }

    /// Whether keys of this table have a sort key.
    pub const fn is_sorted(self) -> bool {
        matches!(
            self,
            Table::Inbox
                | Table::Prekeys
                | Table::Contacts
                | Table::Subscriptions
                | Table::Groups
                | Table::Deliveries
                | Table::Media
                | Table::Cleanups
                | Table::Jobs
        )
    }

    /// Whether the rows describe live sockets, and so need not outlive the process that holds these.
    pub const fn is_volatile(self) -> bool {
        matches!(self, Table::Connections)
    }
}

/// Where an item is: a table, a partition and, in sorted tables, a place in its order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The partition key, 1 to 2,048 bytes.
    pub partition: String,
    /// The sort key, 1 to 1,024 bytes; empty in tables without one.
    pub sort: String,
}

impl Key {
    /// Names an item of a table without sort keys.
    pub fn new(table: Table, partition: impl Into<String>) -> Self {
        debug_assert!(!table.is_sorted());
        Self {
            table,
            partition: partition.into(),
            sort: String::new(),
        }
    }

    /// Names an item of a sorted table.
    pub fn sorted(table: Table, partition: impl Into<String>, sort: impl Into<String>) -> Self {
        debug_assert!(table.is_sorted());
        Self {
            table,
            partition: partition.into(),
            sort: sort.into(),
        }
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A whole number; counters are of this kind.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes; table modules keep what conditions need not see in one such field.
    Bytes(Vec<u8>),
}

/// An item's fields by name, in a sorted list, as they are few; the names `pk`, `sk` and `expires_at`
/// are the adapters'.
pub type Fields = LiteMap<Cow<'static, str>, Field>;

/// An item: its key, its fields and, where it ends by itself, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub key: Key,
    /// What it holds.
    pub fields: Fields,
    /// When it ends, in seconds since the Unix epoch.
    pub expires_at_s: Option<u64>,
}

impl Item {
    /// Makes an item without fields or end.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            fields: Fields::new(),
            expires_at_s: None,
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Field) -> Self {
        self.fields.insert(Cow::Borrowed(name), value);
        self
    }

    /// Sets when the item ends, in seconds since the Unix epoch.
    #[must_use]
    pub fn expiring(mut self, expires_at_s: u64) -> Self {
        self.expires_at_s = Some(expires_at_s);
        self
    }

    /// Tells whether the item has ended by `now_s`.
    pub fn is_expired(&self, now_s: u64) -> bool {
        self.expires_at_s.is_some_and(|at| at <= now_s)
    }

    /// Reads a number.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.fields.get(name) {
            Some(Field::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// Reads text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name) {
            Some(Field::Text(value)) => Some(value),
            _ => None,
        }
    }

    /// Reads bytes.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.fields.get(name) {
            Some(Field::Bytes(value)) => Some(value),
            _ => None,
        }
    }
}

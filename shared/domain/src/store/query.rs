//! Reading a partition in order.

use super::{Item, Table};

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Sees every write answered before it; 1 unit per 4 KB.
    Strong,
    /// May miss the last moments; half a unit per 4 KB.
    Eventual,
}

/// A question for a page of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The table; it has sort keys.
    pub table: Table,
    /// The partition.
    pub partition: String,
    /// The least sort key of the range, itself included; empty for no bound.
    pub from: String,
    /// The greatest sort key of the range, itself included; `None` for no bound. A range that ends
    /// before it starts is empty.
    pub to: Option<String>,
    /// Where the last page ended: the page starts behind this sort key, in the order asked for.
    pub after: Option<String>,
    /// The most items wanted, at least 1; expired ones count.
    pub limit: usize,
    /// Whether to read from the greatest sort key down.
    pub descending: bool,
    /// How fresh the page must be.
    pub consistency: Consistency,
}

impl Query {
    /// Asks for the first page of a whole partition, ascending, strongly consistent.
    pub fn partition(table: Table, partition: impl Into<String>, limit: usize) -> Self {
        Self {
            table,
            partition: partition.into(),
            from: String::new(),
            to: None,
            after: None,
            limit,
            descending: false,
            consistency: Consistency::Strong,
        }
    }

    /// Continues behind the sort key where a page ended.
    #[must_use]
    pub fn after(mut self, cursor: Option<String>) -> Self {
        self.after = cursor;
        self
    }
}

/// A part of a query's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The items, in the order asked for.
    pub items: Vec<Item>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

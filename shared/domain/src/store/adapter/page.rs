//! Where a page ends.

use crate::store::cost::{item_bytes, read_half_units};
use crate::store::{Consistency, Item, PAGE_BYTES_MAX, Page, Query};
use std::ops::ControlFlow;

/// Fills a page item by item and counts what it costs.
///
/// As in DynamoDB, the limit and the bill count every item that was read, the expired ones too, and a
/// page that ends at its limit has a cursor even when nothing follows.
#[derive(Debug)]
pub struct PageBuilder {
    limit: usize,
    consistency: Consistency,
    now_s: u64,
    read: usize,
    bytes: u64,
    last: String,
    full: bool,
    items: Vec<Item>,
}

impl PageBuilder {
    /// Starts the page that answers a query at `now_s`.
    pub fn new(query: &Query, now_s: u64) -> Self {
        Self {
            limit: query.limit,
            consistency: query.consistency,
            now_s,
            read: 0,
            bytes: 0,
            last: String::new(),
            full: false,
            items: Vec::new(),
        }
    }

    /// Offers the next item in the order of the query; breaks when the page is full.
    pub fn offer(&mut self, item: Item) -> ControlFlow<()> {
        let bytes = item_bytes(&item);
        if self.read > 0 && self.bytes + bytes > PAGE_BYTES_MAX as u64 {
            self.full = true;
            return ControlFlow::Break(());
        }
        self.read += 1;
        self.bytes += bytes;
        self.last.clone_from(&item.key.sort);
        if !item.is_expired(self.now_s) {
            self.items.push(item);
        }
        if self.read == self.limit {
            self.full = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Ends the page; the number is what it costs in halves of read units.
    pub fn finish(self) -> (Page, u64) {
        let next = self.full.then_some(self.last);
        (
            Page {
                items: self.items,
                next,
            },
            read_half_units(self.bytes, self.consistency),
        )
    }
}

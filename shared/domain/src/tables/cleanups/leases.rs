//! Leases of connections, in the order of their ends: who is to be looked at then.

use crate::Context;
use crate::store::{Item, Key, Query, Store, StoreError, Table, Write};
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;

const LEASES: &str = "leases";
/// Half a megabyte of notes, about.
const LEASES_AT_ONCE: usize = 5_000;

/// A connection's lease that has ended.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Whose connection.
    pub user_id: UserId,
    /// When the lease ended, in milliseconds since the Unix epoch.
    pub ends_at: u64,
}

impl Lease {
    fn key(&self) -> Key {
        // Padded, so that the order of keys is that of ends.
        let sort = format!("{:015}#{}", self.ends_at, self.user_id);
        Key::sorted(Table::Cleanups, LEASES, sort)
    }

    /// Notes that a user is to be looked at when the lease ends, as the word of a socket's end may
    /// be lost.
    pub fn note(&self) -> Write {
        Write::put(Item::new(self.key()))
    }

    /// Takes the note away.
    pub fn done(&self) -> Write {
        Write::delete(self.key())
    }
}

/// Reads leases that have ended, the oldest first, at most 100.
///
/// # Errors
/// The store's.
pub async fn ended_leases(store: &dyn Store, cx: &Context) -> Result<Vec<Lease>, StoreError> {
    let query = Query {
        to: Some(format!("{:015}~", cx.now_ms())),
        ..Query::partition(Table::Cleanups, LEASES, 100)
    };
    let page = store.query(cx, &query).await?;
    Ok(page.items.iter().filter_map(lease_from).collect())
}

/// Takes the notes away of a user who is gone, none of whose leases ends after `last_end`; tells
/// whether none are left, or `pages` pages were not enough.
///
/// Reads the notes of everybody: they are in the order of their ends, as nothing else asks for a
/// user's. Accounts are seldom deleted; and as what has ended is taken away, less and less lies before
/// `last_end`.
///
/// # Errors
/// The store's; some may be gone then.
pub async fn clear_leases(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    last_end: u64,
    pages: usize,
) -> Result<bool, StoreError> {
    let mut after = None;
    for _ in 0..pages {
        let query = Query {
            to: Some(format!("{last_end:015}~")),
            ..Query::partition(Table::Cleanups, LEASES, LEASES_AT_ONCE).after(after)
        };
        let page = store.query(cx, &query).await?;
        let leases = page.items.iter().filter_map(lease_from);
        let theirs = leases.filter(|lease| lease.user_id == *user_id);
        try_join_all(theirs.map(|lease| store.write(cx, lease.done()))).await?;
        after = page.next;
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lease_from(item: &Item) -> Option<Lease> {
    let (ends_at, user_id) = item.key.sort.split_once('#')?;
    Some(Lease {
        user_id: user_id.parse().ok()?,
        ends_at: ends_at.parse().ok()?,
    })
}

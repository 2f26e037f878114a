//! Notes of what must be cleaned up after a device, written before or with the change that makes it
//! necessary, so that a crash leaves a note and not litter.

use crate::Context;
use crate::address::Address;
use crate::store::{Condition, Field, Item, Key, Query, Store, StoreError, Table, Write};

/// Revocations are rare: one partition takes a thousand a second.
const PARTITION: &str = "all";
const DUE_AT: &str = "due_at";

fn key(device: &Address) -> Key {
    Key::sorted(Table::Cleanups, PARTITION, device.to_string())
}

/// Notes that what belongs to `device` must go, if the device is gone at `due_at`, milliseconds
/// since the Unix epoch.
pub fn note(device: &Address, due_at: u64) -> Write {
    let due_at = i64::try_from(due_at).unwrap_or(i64::MAX);
    Write::put(Item::new(key(device)).with(DUE_AT, Field::Int(due_at)))
}

/// Takes a note away.
pub fn done(device: &Address) -> Write {
    Write::delete(key(device))
}

/// Takes a note away, unless it has been written anew.
pub fn withdrawn(note: &Note) -> Write {
    done(&note.device).when(Condition::equals(DUE_AT, Field::Int(note.due_at)))
}

/// A note that is due.
#[derive(Clone, Debug)]
pub struct Note {
    /// Whose things must go, if it is gone.
    pub device: Address,
    due_at: i64,
}

/// A part of the notes.
pub struct Page {
    /// Notes whose time has come.
    pub due: Vec<Note>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads a page of the notes that are due.
///
/// # Errors
/// The store's.
pub async fn due(
    store: &dyn Store,
    cx: &Context,
    after: Option<String>,
) -> Result<Page, StoreError> {
    let page = store
        .query(
            cx,
            &Query::partition(Table::Cleanups, PARTITION, 100).after(after),
        )
        .await?;
    let now_ms = i64::try_from(cx.now_ms()).unwrap_or(i64::MAX);
    let read = |item: &Item| {
        let device = Address::parse(&item.key.sort)?;
        let due_at = item.int(DUE_AT)?;
        (due_at <= now_ms).then_some(Note { device, due_at })
    };
    Ok(Page {
        due: page.items.iter().filter_map(read).collect(),
        next: page.next,
    })
}

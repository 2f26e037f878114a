//! What was sent to groups and may be in nobody's inbox, in the order in which the sweep sees to it.

use crate::Context;
use crate::store::{Field, Item, Key, Query, Store, StoreError, Table, Write};
use crate::tables::deliveries::Sent;
use futures_util::future::try_join_all;
use heliograph_protocol::GroupId;

/// Something sent to a group that may not be in its members' inboxes yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// To which group.
    pub group_id: GroupId,
    /// What was sent.
    pub sent: Sent,
    /// When the sweep is to see to it, in milliseconds since the Unix epoch.
    pub due_at: u64,
    accepted_at: u64,
}

/// How long `fanout` has before the sweep sees to it, in milliseconds (`design.md` §4).
const PENDING_MS: u64 = 30_000;
/// One partition takes a thousand writes a second.
pub const PENDING_SHARDS: u8 = 16;
const ACCEPTED_AT: &str = "accepted_at";
const GROUP_ID: &str = "group_id";

impl Pending {
    /// Something that was accepted now.
    pub fn new(group_id: GroupId, sent: Sent, now_ms: u64) -> Self {
        Self {
            group_id,
            sent,
            due_at: now_ms + PENDING_MS,
            accepted_at: now_ms,
        }
    }

    /// The same, seen to now: the sweep waits twice as long each time.
    pub fn postponed(&self, now_ms: u64) -> Self {
        let age = now_ms.saturating_sub(self.accepted_at);
        Self {
            due_at: now_ms + age.max(PENDING_MS),
            ..self.clone()
        }
    }

    /// Notes it.
    pub fn note(&self) -> Write {
        let accepted_at = i64::try_from(self.accepted_at).unwrap_or(i64::MAX);
        let item = Item::new(pending_key(&self.sent, self.due_at));
        let item = item
            .with(ACCEPTED_AT, Field::Int(accepted_at))
            .with(GROUP_ID, Field::Text(self.group_id.to_string()));
        Write::put(item)
    }

    /// Takes the note away.
    pub fn done(&self) -> Write {
        carried(&self.sent, self.due_at)
    }
}

/// Takes the note away of what is in the members' inboxes.
pub fn carried(sent: &Sent, due_at: u64) -> Write {
    Write::delete(pending_key(sent, due_at))
}

fn pending_key(sent: &Sent, due_at: u64) -> Key {
    let sent = sent.to_string();
    let sum = sent.bytes().fold(0_u8, u8::wrapping_add);
    let sort = format!("{due_at:015}#{sent}");
    Key::sorted(
        Table::Cleanups,
        pending_partition(sum % PENDING_SHARDS),
        sort,
    )
}

fn pending_partition(shard: u8) -> String {
    format!("pending#{shard}")
}

fn pending_from(item: &Item) -> Option<Pending> {
    let (due_at, sent) = item.key.sort.split_once('#')?;
    Some(Pending {
        group_id: item.text(GROUP_ID)?.parse().ok()?,
        sent: Sent::parse(sent)?,
        due_at: due_at.parse().ok()?,
        accepted_at: u64::try_from(item.int(ACCEPTED_AT)?).ok()?,
    })
}

/// Reads what is due of what may not be in inboxes yet: at most 100 of each of 16 partitions.
///
/// # Errors
/// The store's.
pub async fn overdue(store: &dyn Store, cx: &Context) -> Result<Vec<Pending>, StoreError> {
    let queries = (0..PENDING_SHARDS).map(|shard| async move {
        let query = Query {
            to: Some(format!("{:015}~", cx.now_ms())),
            ..Query::partition(Table::Cleanups, pending_partition(shard), 100)
        };
        store.query(cx, &query).await
    });
    let pages = try_join_all(queries).await?;
    let items = pages.iter().flat_map(|page| &page.items);
    Ok(items.filter_map(pending_from).collect())
}

/// A part of what may not be in inboxes yet.
pub struct PendingPage {
    /// What that is, due or not.
    pub pending: Vec<Pending>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<String>,
}

/// Reads a page of one of 16 partitions of what may not be in inboxes yet.
///
/// # Errors
/// The store's.
pub async fn pending(
    store: &dyn Store,
    cx: &Context,
    shard: u8,
    after: Option<String>,
) -> Result<PendingPage, StoreError> {
    let query = Query::partition(Table::Cleanups, pending_partition(shard), 1000).after(after);
    let page = store.query(cx, &query).await?;
    Ok(PendingPage {
        pending: page.items.iter().filter_map(pending_from).collect(),
        next: page.next,
    })
}

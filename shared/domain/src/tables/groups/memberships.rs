//! Which groups a user may be in. Each row is to be checked against the group's roster: it is put
//! before a roster names the user, and deleted after none does.

use super::super::{pack, unpack};
use super::BODY;
use crate::Context;
use crate::store::{Condition, Field, Item, Key, Query, Store, StoreError, Table, Write};
use heliograph_protocol::{GroupId, UserId};
use serde::{Deserialize, Serialize};

const MEMBERSHIP: &str = "membership";

/// A row of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The group.
    pub group_id: GroupId,
    /// Which membership the row was put for.
    pub membership: u32,
    /// When it was put, in milliseconds since the Unix epoch.
    pub put_at: u64,
}

#[derive(Serialize, Deserialize)]
struct Body {
    put_at: u64,
}

/// A part of the list.
pub struct Page {
    /// The rows, by group id.
    pub listed: Vec<Listed>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<GroupId>,
}

/// A `#` keeps users apart from groups, whose ids hold none.
fn partition(user_id: &UserId) -> String {
    format!("user#{user_id}")
}

fn key(user_id: &UserId, group_id: &GroupId) -> Key {
    Key::sorted(Table::Groups, partition(user_id), group_id.as_str())
}

/// Lists a group for members to be, before its roster names them.
///
/// # Errors
/// The store's; some may be listed then.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    group_id: &GroupId,
    members: impl IntoIterator<Item = (&UserId, u32)>,
) -> Result<(), StoreError> {
    let body = pack(&Body {
        put_at: cx.now_ms(),
    })?;
    let row = |(user_id, membership): (&UserId, u32)| {
        let item = Item::new(key(user_id, group_id))
            .with(MEMBERSHIP, Field::Int(membership.into()))
            .with(BODY, body.clone());
        Write::put(item)
    };
    store
        .batch_write(cx, members.into_iter().map(row).collect())
        .await
}

/// Takes a group off a user's list when that membership has ended, unless the user is a member anew.
///
/// # Errors
/// The store's.
pub async fn end(
    store: &dyn Store,
    cx: &Context,
    group_id: &GroupId,
    user_id: &UserId,
    membership: u32,
) -> Result<(), StoreError> {
    let is_that = Condition::equals(MEMBERSHIP, Field::Int(membership.into()));
    let delete = Write::delete(key(user_id, group_id)).when(is_that);
    store.write(cx, delete).await.map(drop)
}

/// Reads a page of a user's list.
///
/// # Errors
/// The store's.
pub async fn page(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    after: Option<&GroupId>,
    limit: usize,
) -> Result<Page, StoreError> {
    let after = after.map(|id| id.as_str().to_owned());
    let query = Query::partition(Table::Groups, partition(user_id), limit).after(after);
    let page = store.query(cx, &query).await?;
    let read = |item: &Item| {
        let body: Body = unpack(item, BODY)?;
        let membership = item.int(MEMBERSHIP).and_then(|it| it.try_into().ok());
        Ok(Listed {
            group_id: item.key.sort.parse().map_err(|_| super::corrupt())?,
            membership: membership.ok_or_else(super::corrupt)?,
            put_at: body.put_at,
        })
    };
    Ok(Page {
        listed: page
            .items
            .iter()
            .map(read)
            .collect::<Result<_, StoreError>>()?,
        next: page.next.and_then(|next| next.parse().ok()),
    })
}

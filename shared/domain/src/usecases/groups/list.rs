//! Reading groups.

use super::create::{role, shape};
use super::{GroupError, caller_user, own_group};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::groups::{self, Meta, Roster, memberships};
use heliograph_protocol::GroupId;
use heliograph_protocol::groups::{Group, GroupSummary};
use heliograph_protocol::reply::GroupsListOk;
use heliograph_protocol::request::{GroupsGet, GroupsList};
use std::sync::Arc;

/// How long somebody may be listed before a roster names them, in milliseconds: longer than any
/// function runs.
pub(super) const ON_THE_WAY_MS: u64 = 60_000;

/// Answers a group.
///
/// # Errors
/// [`GroupError`].
pub async fn get(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsGet,
) -> Result<Group, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let group = own_group(app, cx, &request.group_id, caller, &by).await?;
    Ok(shape(&request.group_id, &group))
}

/// Answers a page of the caller's groups: three calls to the store, and one more for the caller.
///
/// # Errors
/// [`GroupError`].
pub async fn list(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsList,
) -> Result<GroupsListOk, GroupError> {
    let store = &*app.store;
    let by = caller_user(app, cx, caller).await?;
    let after = request.after.as_ref();
    let limit = usize::from(request.limit);
    let page = memberships::page(store, cx, &caller.user_id, after, limit).await?;
    let ids: Vec<&GroupId> = page.listed.iter().map(|listed| &listed.group_id).collect();
    let found = load_all(app, cx, &ids).await?;
    let mut summaries = Vec::new();
    for (listed, found) in std::iter::zip(&page.listed, found) {
        let member = found
            .as_ref()
            .and_then(|(_, roster)| roster.get(&caller.user_id));
        match (
            found.as_ref(),
            member.filter(|member| member.is_of(by.created_at)),
        ) {
            (Some((meta, roster)), Some(member)) => summaries.push(GroupSummary {
                group_id: listed.group_id.clone(),
                name: meta.name.clone(),
                photo_media_id: meta.photo_media_id.clone(),
                announce_only: meta.announce_only,
                epoch: meta.epoch,
                member_count: u32::try_from(roster.members.len()).unwrap_or(u32::MAX),
                role: role(member.is_admin),
                joined_at: member.joined_at,
            }),
            // Left over by somebody who died between two writes.
            _ if member.is_none() && listed.put_at + ON_THE_WAY_MS < cx.now_ms() => {
                let (group_id, membership) = (&listed.group_id, listed.membership);
                memberships::end(store, cx, group_id, &caller.user_id, membership).await?;
            }
            _ => {}
        }
    }
    Ok(GroupsListOk {
        groups: summaries,
        next: page.next,
    })
}

/// Reads groups and their rosters, by two batch reads.
async fn load_all(
    app: &App,
    cx: &Context,
    ids: &[&GroupId],
) -> Result<Vec<Option<(Meta, Arc<Roster>)>>, StoreError> {
    let store = &*app.store;
    let keys: Vec<Key> = ids.iter().map(|id| groups::key(id)).collect();
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let metas = items
        .iter()
        .map(|item| item.as_ref().map(groups::from_item).transpose());
    let metas: Vec<Option<Meta>> = metas.collect::<Result<_, _>>()?;
    let there =
        std::iter::zip(ids, &metas).filter_map(|(id, meta)| Some((*id, meta.as_ref()?.roster)));
    let there: Vec<(&GroupId, u64)> = there.collect();
    let keys: Vec<Key> = there
        .iter()
        .map(|(id, roster)| groups::roster_key(id, *roster))
        .collect();
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let rosters = items
        .iter()
        .map(|item| item.as_ref().map(groups::roster_from_item).transpose());
    let mut rosters = rosters.collect::<Result<Vec<_>, _>>()?.into_iter();
    let found = metas.into_iter().map(|meta| {
        let meta = meta?;
        // One that has just been replaced and has ended: as good as an empty one.
        let roster = rosters.next().flatten().unwrap_or_default();
        Some((meta, Arc::new(roster)))
    });
    Ok(found.collect())
}

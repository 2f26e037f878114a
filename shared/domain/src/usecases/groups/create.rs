//! Making groups and adding people, who must want to be added.

use super::change::{Change, Committed, busy, commit};
use super::rules::{self, Command};
use super::{GroupError, administered_group, caller_user, membership, seen_by};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::privacy::Setting;
use crate::tables::groups::{Group, Membership};
use crate::tables::{limits, users::User};
use crate::usecases::relation::Circle;
use heliograph_protocol::groups::{Group as GroupShape, GroupMember, Role};
use heliograph_protocol::limits::GROUP_MEMBERS_MAX;
use heliograph_protocol::reply::{GroupsAddOk, GroupsCreateOk};
use heliograph_protocol::request::{GroupsAdd, GroupsCreate};
use heliograph_protocol::{GroupId, UserId};
use std::collections::BTreeSet;

/// Makes a group; asked again by who made it, answers what there is.
///
/// # Errors
/// [`GroupError`].
pub async fn create(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsCreate,
) -> Result<GroupsCreateOk, GroupError> {
    let group_id = &request.group_id;
    let by = caller_user(app, cx, caller).await?;
    if let Some(group) = app.groups.load(&*app.store, cx, group_id).await? {
        return made_before(group, caller, &by, request);
    }
    check_rate(app, cx, caller).await?;
    let (people, not_added) = wanting(app, cx, caller, request.member_ids.clone()).await?;
    let me = (&caller.user_id, membership(app, &by));
    let (name, photo) = (request.name.clone(), request.photo_media_id.clone());
    let next = rules::created(me, &people, name, photo, request.announce_only, cx.now_ms());
    let ours = app.ids.uuid();
    let ours = (&caller.user_id, ours);
    match commit(app, cx, group_id, None, next, ours, None).await? {
        Committed::Made(group) => Ok(GroupsCreateOk {
            group: shape(group_id, &group),
            not_added,
        }),
        // Somebody was faster, perhaps this very request whose first answer was lost.
        Committed::Beaten(_) => match app.groups.load(&*app.store, cx, group_id).await? {
            Some(group) => made_before(group, caller, &by, request),
            None => Err(busy()),
        },
    }
}

/// Answers a group that is there, if it is the caller's.
fn made_before(
    group: Group,
    caller: &Address,
    by: &User,
    request: GroupsCreate,
) -> Result<GroupsCreateOk, GroupError> {
    let group = seen_by(group, &caller.user_id, by.created_at);
    let is_theirs = group.meta.created_by == caller.user_id;
    if !is_theirs || group.roster.get(&caller.user_id).is_none() {
        return Err(GroupError::Taken);
    }
    let not_added = request.member_ids.into_iter();
    Ok(GroupsCreateOk {
        not_added: not_added
            .filter(|id| group.roster.get(id).is_none())
            .collect(),
        group: shape(&request.group_id, &group),
    })
}

/// Adds people.
///
/// # Errors
/// [`GroupError`].
pub async fn add(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsAdd,
) -> Result<GroupsAddOk, GroupError> {
    let group_id = &request.group_id;
    let by = caller_user(app, cx, caller).await?;
    // Before anything is said of the people, and anything read.
    let group = administered_group(app, cx, group_id, caller, &by).await?;
    let mut new = request.user_ids;
    new.retain(|user_id| group.roster.get(user_id).is_none());
    check_rate(app, cx, caller).await?;
    let (people, not_added) = wanting(app, cx, caller, new).await?;
    let change = Change::new(group_id, caller, &by, Command::Add(people));
    let ok = change
        .expecting(request.expected_epoch)
        .make(app, cx)
        .await?;
    Ok(GroupsAddOk {
        epoch: ok.epoch,
        not_added,
    })
}

/// Parts people into those who may be added, each with what will be their membership, and the others.
async fn wanting(
    app: &App,
    cx: &Context,
    caller: &Address,
    mut people: Vec<UserId>,
) -> Result<(Vec<(UserId, Membership)>, Vec<UserId>), GroupError> {
    let mut seen = BTreeSet::new();
    people.retain(|user_id| *user_id != caller.user_id && seen.insert(user_id.clone()));
    let circle = Circle::load(app, cx, &caller.user_id, &people).await?;
    let circle = circle.ok_or(GroupError::Revoked)?;
    let (mut wanting, mut not_added) = (Vec::new(), Vec::new());
    for user_id in people {
        match circle.get(&user_id) {
            Some((user, relation))
                if !user.devices.is_empty()
                    && relation.i_see(Setting::GroupAdd, &circle.me, user) =>
            {
                wanting.push((user_id, membership(app, user)));
            }
            _ => not_added.push(user_id),
        }
    }
    Ok((wanting, not_added))
}

async fn check_rate(app: &App, cx: &Context, caller: &Address) -> Result<(), GroupError> {
    let Some(rate) = app.limits.group_additions else {
        return Ok(());
    };
    let subject = app.keys.blind(&[caller.user_id.as_str()]);
    let taken = limits::take(&*app.store, cx, "group-add", &subject, rate).await?;
    taken.map_err(GroupError::RateLimited)
}

/// A group as its members know it.
pub(super) fn shape(group_id: &GroupId, group: &Group) -> GroupShape {
    let members = group.roster.members.iter().map(|member| GroupMember {
        user_id: member.user_id.clone(),
        role: role(member.is_admin),
        joined_at: member.joined_at,
    });
    GroupShape {
        group_id: group_id.clone(),
        name: group.meta.name.clone(),
        photo_media_id: group.meta.photo_media_id.clone(),
        announce_only: group.meta.announce_only,
        epoch: group.meta.epoch,
        created_at: group.meta.created_at,
        created_by: group.meta.created_by.clone(),
        max_members: u32::try_from(GROUP_MEMBERS_MAX).unwrap_or(u32::MAX),
        members: members.collect(),
    }
}

/// What a member may do.
pub(super) fn role(is_admin: bool) -> Role {
    match is_admin {
        true => Role::Admin,
        false => Role::Member,
    }
}

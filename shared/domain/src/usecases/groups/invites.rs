//! Invites, by which people join by themselves.

use super::change::{Change, busy};
use super::create::shape;
use super::rules::Command;
use super::{GroupError, administered_group, caller_user, membership, seen_by};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::groups::tries;
use crate::tables::groups::invites::{self, Invite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::groups::Group;
use heliograph_protocol::reply::{Empty, GroupsInviteOk};
use heliograph_protocol::request::{GroupsInvite, GroupsJoin, GroupsRevokeInvite};

/// How many random bytes an invite is.
const INVITE_BYTES: usize = 24;

/// Makes an invite.
///
/// # Errors
/// [`GroupError`].
pub async fn invite(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsInvite,
) -> Result<GroupsInviteOk, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    administered_group(app, cx, &request.group_id, caller, &by).await?;
    let mut random = [0; INVITE_BYTES];
    app.ids.fill(&mut random);
    let token = BASE64.encode(random);
    let expires_at_s = cx.now_s() + u64::from(request.expires_in_s);
    let invite = Invite {
        group_id: request.group_id,
        expires_at_s,
        uses_left: request.max_uses,
        version: 0,
    };
    app.store.write(cx, invites::save(&token, &invite)?).await?;
    Ok(GroupsInviteOk {
        invite: token,
        expires_at: expires_at_s * 1000,
    })
}

/// Makes an invite useless; one that is already is fine.
///
/// # Errors
/// [`GroupError`].
pub async fn revoke_invite(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsRevokeInvite,
) -> Result<Empty, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    administered_group(app, cx, &request.group_id, caller, &by).await?;
    let invite = invites::get(&*app.store, cx, &request.invite).await?;
    // An admin of one group has no say in another's.
    if invite.is_some_and(|invite| invite.group_id == request.group_id) {
        let remove = invites::remove(&request.invite);
        app.store.write(cx, remove).await?;
    }
    Ok(Empty {})
}

/// Joins by an invite.
///
/// # Errors
/// [`GroupError`].
pub async fn join(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsJoin,
) -> Result<Group, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let ours = app.ids.uuid();
    for () in tries(&*app.clock) {
        let invite = invites::get(&*app.store, cx, &request.invite).await?;
        let invite = invite.ok_or(GroupError::InvalidInvite)?;
        let group_id = invite.group_id.clone();
        let group = app.groups.load(&*app.store, cx, &group_id).await?;
        let group = group.filter(|group| !group.roster.members.is_empty());
        let group = seen_by(
            group.ok_or(GroupError::InvalidInvite)?,
            &caller.user_id,
            by.created_at,
        );
        if group.roster.get(&caller.user_id).is_some() {
            return Ok(shape(&group_id, &group));
        }
        let uses_left = invite.uses_left.checked_sub(1);
        let used = Invite {
            uses_left: uses_left.ok_or(GroupError::InvalidInvite)?,
            ..invite
        };
        let mut change = Change::new(&group_id, caller, &by, Command::Join(membership(app, &by)));
        change.with = Some(invites::save(&request.invite, &used)?);
        if let Some(group) = change.make_once(app, cx, ours).await? {
            return Ok(shape(&group_id, &group));
        }
        // Somebody else has used the invite, or changed the group.
    }
    Err(busy())
}

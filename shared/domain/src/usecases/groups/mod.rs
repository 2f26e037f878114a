//! Groups and their members (protocol §8).
//!
//! A change reads the group, decides by the rules, and writes everything it makes in one
//! transaction: what the group is, who is in it, and what its members are told, which `fanout` carries
//! to them as it carries messages.

mod change;
mod create;
mod invites;
mod leave_all;
mod list;
mod rules;

pub use create::{add, create};
pub use invites::{invite, join, revoke_invite};
pub(super) use leave_all::leave_all;
pub use list::{get, list};
pub use rules::Refusal;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::StoreError;
use crate::tables::groups::{Group, Member, Membership, Roster};
use crate::tables::users::{self, User};
use change::Change;
use heliograph_protocol::limits::GROUP_MEMBERS_MAX;
use heliograph_protocol::reply::{Empty, GroupsOk};
use heliograph_protocol::request::{
    GroupsDemote, GroupsLeave, GroupsPromote, GroupsRemove, GroupsUpdate,
};
use heliograph_protocol::{ErrorBody, ErrorCode, GroupId, UserId};
use rules::Command;
use std::sync::Arc;

/// Why a group was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The rules refuse.
    #[error("refused")]
    Refused(#[from] Refusal),
    /// There is no such group.
    #[error("no such group")]
    NotFound,
    /// The id names another group already.
    #[error("group id is taken")]
    Taken,
    /// The invite cannot be used.
    #[error("invite is not valid")]
    InvalidInvite,
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// Too many people were added; how long to wait, in milliseconds.
    #[error("too many additions")]
    RateLimited(u64),
    /// The store failed.
    #[error("group not read or changed")]
    Store(#[from] StoreError),
}

impl From<&GroupError> for ErrorBody {
    fn from(error: &GroupError) -> Self {
        let (code, message) = match error {
            // Who is no member is told no more than of a group that there is not.
            GroupError::NotFound | GroupError::Refused(Refusal::NotMember) => {
                (ErrorCode::NotFound, "no such group, or not a member")
            }
            GroupError::Refused(Refusal::NotAdmin) => {
                (ErrorCode::Forbidden, "only admins of the group may do this")
            }
            GroupError::Refused(Refusal::NoSuchMember) => {
                (ErrorCode::NotFound, "user_id is not in the group")
            }
            GroupError::Refused(Refusal::Full) => {
                let message = format!("a group has at most {GROUP_MEMBERS_MAX} members");
                return ErrorBody::new(ErrorCode::Conflict, message);
            }
            GroupError::Refused(Refusal::LastAdmin) => {
                (ErrorCode::Conflict, "the last admin of a group stays one")
            }
            GroupError::Refused(Refusal::Oneself) => {
                return ErrorBody::bad_request("user_ids: expected others, see groups.leave");
            }
            GroupError::Refused(Refusal::Epoch) => (
                ErrorCode::Conflict,
                "expected_epoch is not the group's epoch",
            ),
            GroupError::Taken => (ErrorCode::Conflict, "group_id names another group already"),
            GroupError::InvalidInvite => (
                ErrorCode::Gone,
                "the invite has expired, is used up, or was revoked",
            ),
            GroupError::Revoked => (ErrorCode::Forbidden, "this device has been removed"),
            GroupError::RateLimited(retry_after_ms) => {
                return ErrorBody::rate_limited(*retry_after_ms);
            }
            GroupError::Store(error) => return error.into(),
        };
        ErrorBody::new(code, message)
    }
}

/// Changes name, photo or who may write.
///
/// # Errors
/// [`GroupError`].
pub async fn update(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsUpdate,
) -> Result<GroupsOk, GroupError> {
    let command = Command::Update {
        name: request.name,
        photo_media_id: request.photo_media_id,
        announce_only: request.announce_only,
    };
    let group = (&request.group_id, request.expected_epoch);
    change(app, cx, caller, group, command).await
}

/// Removes people.
///
/// # Errors
/// [`GroupError`].
pub async fn remove(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsRemove,
) -> Result<GroupsOk, GroupError> {
    let group = (&request.group_id, request.expected_epoch);
    change(app, cx, caller, group, Command::Remove(request.user_ids)).await
}

/// Makes a member an admin.
///
/// # Errors
/// [`GroupError`].
pub async fn promote(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsPromote,
) -> Result<GroupsOk, GroupError> {
    let group = (&request.group_id, request.expected_epoch);
    change(app, cx, caller, group, Command::Promote(request.user_id)).await
}

/// Makes an admin a member like others.
///
/// # Errors
/// [`GroupError`].
pub async fn demote(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsDemote,
) -> Result<GroupsOk, GroupError> {
    let group = (&request.group_id, request.expected_epoch);
    change(app, cx, caller, group, Command::Demote(request.user_id)).await
}

async fn change(
    app: &App,
    cx: &Context,
    caller: &Address,
    (group_id, expected_epoch): (&GroupId, Option<u64>),
    command: Command,
) -> Result<GroupsOk, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let change = Change::new(group_id, caller, &by, command);
    change.expecting(expected_epoch).make(app, cx).await
}

/// Leaves a group.
///
/// # Errors
/// [`GroupError`].
pub async fn leave(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsLeave,
) -> Result<Empty, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let change = Change::new(&request.group_id, caller, &by, Command::Leave);
    change.make(app, cx).await.map(|_| Empty {})
}

/// The caller's user, as long as the calling device is one of theirs.
async fn caller_user(app: &App, cx: &Context, caller: &Address) -> Result<User, GroupError> {
    let user = users::get(&*app.store, cx, &caller.user_id).await?;
    let user = user.filter(|user| user.device(caller).is_some());
    user.ok_or(GroupError::Revoked)
}

/// A group as somebody who has an account since `created_at` sees it: a former holder of the account
/// who was in it is not.
fn seen_by(mut group: Group, user_id: &UserId, created_at: u64) -> Group {
    let is_former = |it: &Member| it.user_id == *user_id && !it.is_of(created_at);
    if group.roster.members.iter().any(is_former) {
        let members = group.roster.members.iter().filter(|it| !is_former(it));
        group.roster = Arc::new(Roster {
            members: members.cloned().collect(),
        });
    }
    group
}

/// Reads a group that the caller is in.
async fn own_group(
    app: &App,
    cx: &Context,
    group_id: &GroupId,
    caller: &Address,
    by: &User,
) -> Result<Group, GroupError> {
    let group = app.groups.load(&*app.store, cx, group_id).await?;
    let group = seen_by(
        group.ok_or(GroupError::NotFound)?,
        &caller.user_id,
        by.created_at,
    );
    match group.roster.get(&caller.user_id) {
        Some(_) => Ok(group),
        None => Err(Refusal::NotMember.into()),
    }
}

/// Reads a group that the caller is an admin of.
async fn administered_group(
    app: &App,
    cx: &Context,
    group_id: &GroupId,
    caller: &Address,
    by: &User,
) -> Result<Group, GroupError> {
    let group = own_group(app, cx, group_id, caller, by).await?;
    match group.roster.get(&caller.user_id) {
        Some(member) if member.is_admin => Ok(group),
        _ => Err(Refusal::NotAdmin.into()),
    }
}

/// A name for a membership.
fn membership(app: &App, user: &User) -> Membership {
    let mut bytes = [0; 4];
    app.ids.fill(&mut bytes);
    Membership {
        id: u32::from_le_bytes(bytes),
        account_created_at: user.created_at,
    }
}

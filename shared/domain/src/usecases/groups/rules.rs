//! The rules of groups: who may change what, and what a group is then. Pure.

use crate::tables::groups::{Group, Member, Membership, Meta, Roster};
use heliograph_protocol::UserId;
use heliograph_protocol::groups::GroupChange;
use heliograph_protocol::limits::GROUP_MEMBERS_MAX;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Something to do to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Change name, photo or who may write; `None` leaves it, an empty photo takes it away.
    Update {
        name: Option<String>,
        photo_media_id: Option<String>,
        announce_only: Option<bool>,
    },
    /// Add people.
    Add(Vec<(UserId, Membership)>),
    /// Join by an invite.
    Join(Membership),
    /// Remove people.
    Remove(Vec<UserId>),
    /// Go.
    Leave,
    /// Make a member an admin.
    Promote(UserId),
    /// Make an admin a member like others.
    Demote(UserId),
}

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Whoever asks is not in the group.
    #[error("not a member")]
    NotMember,
    /// Only admins may.
    #[error("not an admin")]
    NotAdmin,
    /// Who is to be promoted or demoted is not in the group.
    #[error("no such member")]
    NoSuchMember,
    /// There would be more than 256 members.
    #[error("group is full")]
    Full,
    /// There would be no admin.
    #[error("last admin")]
    LastAdmin,
    /// Who wants to go leaves.
    #[error("removes oneself")]
    Oneself,
    /// The group has changed since.
    #[error("epoch is not current")]
    Epoch,
}

/// What a group becomes.
#[derive(Clone, Debug)]
pub(super) struct Next {
    /// What it is then.
    pub(super) meta: Meta,
    /// Who is in it then; `None` when that has not changed.
    pub(super) roster: Option<Arc<Roster>>,
    /// What its members are told.
    pub(super) change: GroupChange,
}

/// Decides what a command of `by` makes of a group; `None` when nothing changes.
///
/// # Errors
/// [`Refusal`].
pub(super) fn decide(
    group: &Group,
    by: &UserId,
    command: &Command,
    expected_epoch: Option<u64>,
    now_ms: u64,
) -> Result<Option<Next>, Refusal> {
    let member = group.roster.get(by);
    let is_admin = member.is_some_and(|member| member.is_admin);
    match command {
        // A group that everybody has left is over: nobody could be its admin.
        Command::Join(_) if group.roster.members.is_empty() => return Err(Refusal::NotMember),
        Command::Join(_) => {}
        _ if member.is_none() => return Err(Refusal::NotMember),
        Command::Leave => {}
        _ if !is_admin => return Err(Refusal::NotAdmin),
        _ => {}
    }
    if expected_epoch.is_some_and(|epoch| epoch != group.meta.epoch) {
        return Err(Refusal::Epoch);
    }
    let members = &group.roster.members;
    let by_user_id = by.clone();
    match command {
        Command::Update {
            name,
            photo_media_id,
            announce_only,
        } => Ok(update(
            group,
            by,
            name,
            photo_media_id,
            *announce_only,
            now_ms,
        )),
        Command::Add(people) => {
            let there: BTreeSet<&UserId> = members.iter().map(|it| &it.user_id).collect();
            let mut new = people.clone();
            new.retain(|(user_id, _)| !there.contains(user_id));
            let user_ids: Vec<UserId> = new.iter().map(|(user_id, _)| user_id.clone()).collect();
            let change = GroupChange::Added {
                by_user_id,
                user_ids,
            };
            enlarged(group, new, now_ms, change)
        }
        Command::Join(membership) => {
            let new = match member {
                Some(_) => Vec::new(),
                None => vec![(by.clone(), *membership)],
            };
            enlarged(group, new, now_ms, GroupChange::Joined { by_user_id })
        }
        Command::Remove(people) => {
            if people.contains(by) {
                return Err(Refusal::Oneself);
            }
            let is_removed = |it: &Member| people.contains(&it.user_id);
            let removed = members.iter().filter(|it| is_removed(it));
            let user_ids: Vec<UserId> = removed.map(|it| it.user_id.clone()).collect();
            if user_ids.is_empty() {
                return Ok(None);
            }
            let kept = members.iter().filter(|it| !is_removed(it)).cloned();
            let change = GroupChange::Removed {
                by_user_id,
                user_ids,
            };
            Ok(Some(next(group, kept.collect(), now_ms, change)))
        }
        Command::Leave => Ok(Some(left(group, by, now_ms))),
        Command::Promote(user_id) => {
            let user_ids = vec![user_id.clone()];
            let change = GroupChange::Promoted {
                by_user_id,
                user_ids,
            };
            with_role(group, user_id, true, now_ms, change)
        }
        Command::Demote(user_id) => {
            let user_ids = vec![user_id.clone()];
            let change = GroupChange::Demoted {
                by_user_id,
                user_ids,
            };
            with_role(group, user_id, false, now_ms, change)
        }
    }
}

fn next(group: &Group, members: Vec<Member>, now_ms: u64, change: GroupChange) -> Next {
    let mut meta = changed(&group.meta, now_ms);
    meta.roster = meta.changed_at;
    Next {
        meta,
        roster: Some(Arc::new(Roster { members })),
        change,
    }
}

/// What any change makes of a group.
fn changed(meta: &Meta, now_ms: u64) -> Meta {
    Meta {
        epoch: meta.epoch + 1,
        changed_at: now_ms.max(meta.changed_at + 1),
        ..meta.clone()
    }
}

fn update(
    group: &Group,
    by: &UserId,
    name: &Option<String>,
    photo_media_id: &Option<String>,
    announce_only: Option<bool>,
    now_ms: u64,
) -> Option<Next> {
    let mut meta = group.meta.clone();
    if let Some(name) = name {
        meta.name.clone_from(name);
    }
    if let Some(photo) = photo_media_id {
        meta.photo_media_id = Some(photo.clone()).filter(|photo| !photo.is_empty());
    }
    meta.announce_only = announce_only.unwrap_or(meta.announce_only);
    if meta == group.meta {
        return None;
    }
    Some(Next {
        meta: changed(&meta, now_ms),
        roster: None,
        change: GroupChange::Updated {
            by_user_id: by.clone(),
            name: name.clone(),
            photo_media_id: photo_media_id.clone(),
            announce_only,
        },
    })
}

fn enlarged(
    group: &Group,
    new: Vec<(UserId, Membership)>,
    now_ms: u64,
    change: GroupChange,
) -> Result<Option<Next>, Refusal> {
    if new.is_empty() {
        return Ok(None);
    }
    let mut members = group.roster.members.clone();
    if members.len() + new.len() > GROUP_MEMBERS_MAX {
        return Err(Refusal::Full);
    }
    members.extend(new.into_iter().map(|(user_id, membership)| Member {
        user_id,
        is_admin: false,
        joined_at: now_ms,
        membership,
    }));
    Ok(Some(next(group, members, now_ms, change)))
}

/// Without an admin, whoever has been a member for the longest is one.
fn left(group: &Group, by: &UserId, now_ms: u64) -> Next {
    let members = group.roster.members.iter();
    let mut members: Vec<Member> = members.filter(|it| it.user_id != *by).cloned().collect();
    let mut new_admin_id = None;
    if !members.iter().any(|it| it.is_admin)
        && let Some(oldest) = members.first_mut()
    {
        oldest.is_admin = true;
        new_admin_id = Some(oldest.user_id.clone());
    }
    let change = GroupChange::Left {
        by_user_id: by.clone(),
        new_admin_id,
    };
    next(group, members, now_ms, change)
}

fn with_role(
    group: &Group,
    user_id: &UserId,
    is_admin: bool,
    now_ms: u64,
    change: GroupChange,
) -> Result<Option<Next>, Refusal> {
    let mut members = group.roster.members.clone();
    let member = members.iter_mut().find(|it| it.user_id == *user_id);
    let member = member.ok_or(Refusal::NoSuchMember)?;
    if member.is_admin == is_admin {
        return Ok(None);
    }
    member.is_admin = is_admin;
    if !members.iter().any(|it| it.is_admin) {
        return Err(Refusal::LastAdmin);
    }
    Ok(Some(next(group, members, now_ms, change)))
}

/// Makes a group.
pub(super) fn created(
    by: (&UserId, Membership),
    people: &[(UserId, Membership)],
    name: String,
    photo_media_id: Option<String>,
    announce_only: bool,
    now_ms: u64,
) -> Next {
    let member = |user_id: &UserId, membership: Membership, is_admin| Member {
        user_id: user_id.clone(),
        is_admin,
        joined_at: now_ms,
        membership,
    };
    let others = people
        .iter()
        .map(|(id, membership)| member(id, *membership, false));
    let members = std::iter::once(member(by.0, by.1, true)).chain(others);
    let change = GroupChange::Created {
        by_user_id: by.0.clone(),
        name: name.clone(),
        user_ids: people.iter().map(|(user_id, _)| user_id.clone()).collect(),
    };
    Next {
        meta: Meta {
            name,
            photo_media_id: photo_media_id.filter(|photo| !photo.is_empty()),
            announce_only,
            epoch: 1,
            seq: 0,
            changed_at: now_ms,
            roster: now_ms,
            created_at: now_ms,
            created_by: by.0.clone(),
            last_change: uuid::Uuid::nil(),
        },
        roster: Some(Arc::new(Roster {
            members: members.collect(),
        })),
        change,
    }
}

#[cfg(test)]
mod tests;

//! Groups, their changes and invites.

use anyhow::Result;
use heliograph_protocol::{
    groups::{Group, GroupChange, GroupEvent, GroupMember, GroupSummary, Role},
    reply::{GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsListOk, GroupsOk},
    request::{
        GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet, GroupsInvite, GroupsJoin, GroupsLeave,
        GroupsList, GroupsPromote, GroupsRemove, GroupsRevokeInvite, GroupsUpdate,
    },
};

use super::{NOW, alice, bob, group, request_id};

const NAME: &str = "Sailing";
const INVITE: &str = "5Jm0o4bVx1sT8wQnZr2kYcLdGhEaPfUi";

pub(crate) fn groups_create() -> Result<GroupsCreate> {
    Ok(GroupsCreate {
        id: request_id(),
        group_id: group()?,
        name: NAME.to_owned(),
        photo_media_id: None,
        announce_only: false,
        member_ids: vec![bob()?],
    })
}

pub(crate) fn groups_create_ok() -> Result<GroupsCreateOk> {
    Ok(GroupsCreateOk {
        group: whole_group()?,
        not_added: vec![],
    })
}

pub(crate) fn groups_get() -> Result<GroupsGet> {
    Ok(GroupsGet {
        id: request_id(),
        group_id: group()?,
    })
}

pub(crate) fn whole_group() -> Result<Group> {
    let member = |user_id, role| GroupMember {
        user_id,
        role,
        joined_at: NOW,
    };
    Ok(Group {
        group_id: group()?,
        name: NAME.to_owned(),
        photo_media_id: None,
        announce_only: false,
        epoch: 1,
        created_at: NOW,
        created_by: alice()?,
        max_members: 256,
        members: vec![member(alice()?, Role::Admin), member(bob()?, Role::Member)],
    })
}

pub(crate) fn groups_list() -> GroupsList {
    GroupsList {
        id: request_id(),
        after: None,
        limit: 50,
    }
}

pub(crate) fn groups_list_ok() -> Result<GroupsListOk> {
    let summary = GroupSummary {
        group_id: group()?,
        name: NAME.to_owned(),
        photo_media_id: None,
        announce_only: false,
        epoch: 1,
        member_count: 2,
        role: Role::Admin,
        joined_at: NOW,
    };
    Ok(GroupsListOk {
        groups: vec![summary],
        next: None,
    })
}

pub(crate) fn groups_update() -> Result<GroupsUpdate> {
    Ok(GroupsUpdate {
        id: request_id(),
        group_id: group()?,
        name: Some("Sailing 2026".to_owned()),
        photo_media_id: None,
        announce_only: Some(true),
        expected_epoch: Some(1),
    })
}

pub(crate) fn groups_ok() -> GroupsOk {
    GroupsOk { epoch: 2 }
}

pub(crate) fn groups_add() -> Result<GroupsAdd> {
    Ok(GroupsAdd {
        id: request_id(),
        group_id: group()?,
        user_ids: vec![bob()?],
        expected_epoch: None,
    })
}

/// Somebody who does not want to be added by everybody.
pub(crate) fn groups_add_ok() -> Result<GroupsAddOk> {
    Ok(GroupsAddOk {
        epoch: 1,
        not_added: vec![bob()?],
    })
}

pub(crate) fn groups_remove() -> Result<GroupsRemove> {
    Ok(GroupsRemove {
        id: request_id(),
        group_id: group()?,
        user_ids: vec![bob()?],
        expected_epoch: None,
    })
}

pub(crate) fn groups_leave() -> Result<GroupsLeave> {
    Ok(GroupsLeave {
        id: request_id(),
        group_id: group()?,
    })
}

pub(crate) fn groups_promote() -> Result<GroupsPromote> {
    Ok(GroupsPromote {
        id: request_id(),
        group_id: group()?,
        user_id: bob()?,
        expected_epoch: None,
    })
}

pub(crate) fn groups_demote() -> Result<GroupsDemote> {
    Ok(GroupsDemote {
        id: request_id(),
        group_id: group()?,
        user_id: bob()?,
        expected_epoch: None,
    })
}

pub(crate) fn groups_invite() -> Result<GroupsInvite> {
    Ok(GroupsInvite {
        id: request_id(),
        group_id: group()?,
        expires_in_s: 3600,
        max_uses: 10,
    })
}

pub(crate) fn groups_invite_ok() -> GroupsInviteOk {
    GroupsInviteOk {
        invite: INVITE.to_owned(),
        expires_at: NOW + 3_600_000,
    }
}

pub(crate) fn groups_join() -> GroupsJoin {
    GroupsJoin {
        id: request_id(),
        invite: INVITE.to_owned(),
    }
}

pub(crate) fn groups_revoke_invite() -> Result<GroupsRevokeInvite> {
    Ok(GroupsRevokeInvite {
        id: request_id(),
        group_id: group()?,
        invite: INVITE.to_owned(),
    })
}

/// A change of each type, as a member is told it.
pub(crate) fn group_events() -> Result<Vec<GroupEvent>> {
    let changes = [
        GroupChange::Created {
            by_user_id: alice()?,
            name: NAME.to_owned(),
            user_ids: vec![bob()?],
        },
        GroupChange::Updated {
            by_user_id: alice()?,
            name: Some("Sailing 2026".to_owned()),
            photo_media_id: None,
            announce_only: Some(true),
        },
        GroupChange::Removed {
            by_user_id: alice()?,
            user_ids: vec![bob()?],
        },
        GroupChange::Added {
            by_user_id: alice()?,
            user_ids: vec![bob()?],
        },
        GroupChange::Promoted {
            by_user_id: alice()?,
            user_ids: vec![bob()?],
        },
        GroupChange::Demoted {
            by_user_id: bob()?,
            user_ids: vec![alice()?],
        },
        GroupChange::Left {
            by_user_id: bob()?,
            new_admin_id: Some(alice()?),
        },
        GroupChange::Joined { by_user_id: bob()? },
    ];
    let event = |(epoch, change)| {
        Ok(GroupEvent {
            group_id: group()?,
            epoch,
            change,
            timestamp: NOW + epoch,
            ack_token: "mbxlWnbR0n0".to_owned(),
        })
    };
    (1..).zip(changes).map(event).collect()
}

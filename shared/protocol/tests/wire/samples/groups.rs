//! Groups, their changes and invites.

use heliograph_protocol::{
    event::Event,
    groups::{Group, GroupChange, GroupEvent, GroupMember, GroupSummary, Role},
    reply::{GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsListOk, GroupsOk},
    request::{
        GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet, GroupsInvite, GroupsJoin, GroupsLeave,
        GroupsList, GroupsPromote, GroupsRemove, GroupsRevokeInvite, GroupsUpdate, Request,
    },
};

use super::{NOW, alice, bob, group, request_id};

pub(crate) fn groups_create() -> GroupsCreate {
    GroupsCreate {
        id: request_id(),
        group_id: "2d9b7c44-1e6f-4a0b-8c35-97e2f4a1d6b3".parse().unwrap(),
        name: "Family Ängström".to_owned(),
        photo_media_id: Some("m-photo".to_owned()),
        announce_only: true,
        member_ids: vec![bob()],
    }
}

/// A group of which as little is said as may be.
pub(crate) fn groups_create_bare() -> GroupsCreate {
    GroupsCreate {
        photo_media_id: None,
        announce_only: false,
        member_ids: vec![],
        ..groups_create()
    }
}

pub(crate) fn groups_create_ok() -> GroupsCreateOk {
    GroupsCreateOk {
        group: whole_group(),
        not_added: vec!["u-carol".parse().unwrap()],
    }
}

/// A group as its members know it.
pub(crate) fn whole_group() -> Group {
    let member = |user_id, role| GroupMember {
        user_id,
        role,
        joined_at: NOW,
    };
    Group {
        group_id: group(),
        name: "Family Ängström".to_owned(),
        photo_media_id: None,
        announce_only: false,
        epoch: 3,
        created_at: NOW,
        created_by: alice(),
        max_members: 256,
        members: vec![member(alice(), Role::Admin), member(bob(), Role::Member)],
    }
}

pub(crate) fn groups_get() -> GroupsGet {
    GroupsGet {
        id: request_id(),
        group_id: group(),
    }
}

pub(crate) fn groups_list() -> GroupsList {
    GroupsList {
        id: request_id(),
        after: Some(group()),
        limit: 2,
    }
}

pub(crate) fn groups_list_ok() -> GroupsListOk {
    let summary = GroupSummary {
        group_id: group(),
        name: "Family Ängström".to_owned(),
        photo_media_id: Some("m-photo".to_owned()),
        announce_only: true,
        epoch: 3,
        member_count: 2,
        role: Role::Admin,
        joined_at: NOW,
    };
    GroupsListOk {
        groups: vec![summary],
        next: Some(group()),
    }
}

pub(crate) fn groups_update() -> GroupsUpdate {
    GroupsUpdate {
        id: request_id(),
        group_id: group(),
        name: Some("Family".to_owned()),
        photo_media_id: Some(String::new()),
        announce_only: Some(false),
        expected_epoch: Some(3),
    }
}

pub(crate) fn groups_add() -> GroupsAdd {
    GroupsAdd {
        id: request_id(),
        group_id: group(),
        user_ids: vec![alice(), bob()],
        expected_epoch: None,
    }
}

pub(crate) fn groups_add_ok() -> GroupsAddOk {
    GroupsAddOk {
        epoch: 4,
        not_added: vec![bob()],
    }
}

pub(crate) fn groups_remove() -> GroupsRemove {
    GroupsRemove {
        id: request_id(),
        group_id: group(),
        user_ids: vec![bob()],
        expected_epoch: Some(4),
    }
}

pub(crate) fn groups_ok() -> GroupsOk {
    GroupsOk { epoch: 5 }
}

pub(crate) fn groups_leave() -> GroupsLeave {
    GroupsLeave {
        id: request_id(),
        group_id: group(),
    }
}

pub(crate) fn groups_promote() -> GroupsPromote {
    GroupsPromote {
        id: request_id(),
        group_id: group(),
        user_id: bob(),
        expected_epoch: Some(5),
    }
}

pub(crate) fn groups_demote() -> GroupsDemote {
    GroupsDemote {
        id: request_id(),
        group_id: group(),
        user_id: bob(),
        expected_epoch: None,
    }
}

pub(crate) fn groups_invite() -> GroupsInvite {
    GroupsInvite {
        id: request_id(),
        group_id: group(),
        expires_in_s: 3600,
        max_uses: 1,
    }
}

pub(crate) fn groups_invite_ok() -> GroupsInviteOk {
    GroupsInviteOk {
        invite: "join-me".to_owned(),
        expires_at: NOW + 3_600_000,
    }
}

pub(crate) fn groups_join() -> GroupsJoin {
    GroupsJoin {
        id: request_id(),
        invite: "join-me".to_owned(),
    }
}

pub(crate) fn groups_revoke_invite() -> GroupsRevokeInvite {
    GroupsRevokeInvite {
        id: request_id(),
        group_id: group(),
        invite: "join-me".to_owned(),
    }
}

/// Every request about groups as a client sends it.
pub(crate) fn group_requests() -> Vec<String> {
    vec![
        groups_create().to_json(),
        groups_create_bare().to_json(),
        groups_get().to_json(),
        groups_list().to_json(),
        groups_update().to_json(),
        groups_add().to_json(),
        groups_remove().to_json(),
        groups_leave().to_json(),
        groups_promote().to_json(),
        groups_demote().to_json(),
        groups_invite().to_json(),
        groups_join().to_json(),
        groups_revoke_invite().to_json(),
    ]
}

/// One change of each type by the name of the type, and of those that may say less, one that does.
pub(crate) fn group_changes() -> Vec<(&'static str, GroupChange)> {
    let (by_user_id, user_ids) = (alice(), vec![bob()]);
    let created = GroupChange::Created {
        by_user_id: alice(),
        name: "Family".to_owned(),
        user_ids: user_ids.clone(),
    };
    let updated = GroupChange::Updated {
        by_user_id: alice(),
        name: Some("Family".to_owned()),
        photo_media_id: Some(String::new()),
        announce_only: Some(true),
    };
    let updated_name = GroupChange::Updated {
        by_user_id: alice(),
        name: Some("Family".to_owned()),
        photo_media_id: None,
        announce_only: None,
    };
    let added = GroupChange::Added {
        by_user_id: alice(),
        user_ids: user_ids.clone(),
    };
    let removed = GroupChange::Removed {
        by_user_id: alice(),
        user_ids: user_ids.clone(),
    };
    let left = GroupChange::Left {
        by_user_id: bob(),
        new_admin_id: None,
    };
    let left_by_the_last_admin = GroupChange::Left {
        by_user_id: alice(),
        new_admin_id: Some(bob()),
    };
    let promoted = GroupChange::Promoted {
        by_user_id: alice(),
        user_ids: user_ids.clone(),
    };
    let demoted = GroupChange::Demoted {
        by_user_id,
        user_ids,
    };
    vec![
        ("created", created),
        ("updated", updated),
        ("updated_name", updated_name),
        ("added", added),
        ("joined", GroupChange::Joined { by_user_id: bob() }),
        ("removed", removed),
        ("left", left),
        ("left_by_the_last_admin", left_by_the_last_admin),
        ("promoted", promoted),
        ("demoted", demoted),
    ]
}

pub(crate) fn group_event(change: GroupChange) -> GroupEvent {
    GroupEvent {
        group_id: group(),
        epoch: 3,
        change,
        timestamp: NOW,
        ack_token: "token-3".to_owned(),
    }
}

/// The events of all those changes.
pub(crate) fn group_events() -> Vec<GroupEvent> {
    let changes = group_changes().into_iter();
    changes.map(|(_, change)| group_event(change)).collect()
}

/// The same as a client is told them.
pub(crate) fn told_group_events() -> impl Iterator<Item = Event> {
    group_events().into_iter().map(Event::Group)
}

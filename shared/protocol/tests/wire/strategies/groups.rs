//! Groups, their changes and invites.

use heliograph_protocol::{
    GroupId,
    groups::{Group, GroupChange, GroupEvent, GroupMember, GroupSummary, Role},
    reply::{GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsListOk, GroupsOk},
    request::{
        GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet, GroupsInvite, GroupsJoin, GroupsLeave,
        GroupsList, GroupsPromote, GroupsRemove, GroupsRevokeInvite, GroupsUpdate,
    },
};
use proptest::{collection::vec, option, prelude::*};

use super::{group_id, message_id, plain_text, request_id, text, user_id};

/// What a client makes: any UUID does, and a message's is one.
fn new_group_id() -> impl Strategy<Value = GroupId> {
    message_id().prop_map(|id| id.to_string().parse().unwrap())
}

fn name() -> impl Strategy<Value = String> {
    plain_text(100).prop_filter("a group is called something", |name| !name.is_empty())
}

fn photo() -> impl Strategy<Value = Option<String>> {
    option::of("[A-Za-z0-9_-]{0,64}")
}

fn epoch() -> impl Strategy<Value = Option<u64>> {
    option::of(any::<u64>())
}

pub(crate) fn groups_create() -> impl Strategy<Value = GroupsCreate> {
    let people = vec(user_id(), 0..=255);
    let ids = (request_id(), new_group_id());
    (ids, name(), photo(), any::<bool>(), people).prop_map(
        |((id, group_id), name, photo_media_id, announce_only, member_ids)| GroupsCreate {
            id,
            group_id,
            name,
            photo_media_id,
            announce_only,
            member_ids,
        },
    )
}

pub(crate) fn groups_get() -> impl Strategy<Value = GroupsGet> {
    (request_id(), group_id()).prop_map(|(id, group_id)| GroupsGet { id, group_id })
}

pub(crate) fn groups_list() -> impl Strategy<Value = GroupsList> {
    (request_id(), option::of(group_id()), 1_u16..=50).prop_map(|(id, after, limit)| GroupsList {
        id,
        after,
        limit,
    })
}

pub(crate) fn groups_update() -> impl Strategy<Value = GroupsUpdate> {
    let says = (option::of(name()), photo(), option::of(any::<bool>()))
        .prop_filter("one is said", |(name, photo, announce_only)| {
            name.is_some() || photo.is_some() || announce_only.is_some()
        });
    (request_id(), group_id(), says, epoch()).prop_map(
        |(id, group_id, (name, photo_media_id, announce_only), expected_epoch)| GroupsUpdate {
            id,
            group_id,
            name,
            photo_media_id,
            announce_only,
            expected_epoch,
        },
    )
}

pub(crate) fn groups_add() -> impl Strategy<Value = GroupsAdd> {
    (request_id(), group_id(), vec(user_id(), 1..=255), epoch()).prop_map(
        |(id, group_id, user_ids, expected_epoch)| GroupsAdd {
            id,
            group_id,
            user_ids,
            expected_epoch,
        },
    )
}

pub(crate) fn groups_remove() -> impl Strategy<Value = GroupsRemove> {
    (request_id(), group_id(), vec(user_id(), 1..=255), epoch()).prop_map(
        |(id, group_id, user_ids, expected_epoch)| GroupsRemove {
            id,
            group_id,
            user_ids,
            expected_epoch,
        },
    )
}

pub(crate) fn groups_leave() -> impl Strategy<Value = GroupsLeave> {
    (request_id(), group_id()).prop_map(|(id, group_id)| GroupsLeave { id, group_id })
}

pub(crate) fn groups_promote() -> impl Strategy<Value = GroupsPromote> {
    (request_id(), group_id(), user_id(), epoch()).prop_map(
        |(id, group_id, user_id, expected_epoch)| GroupsPromote {
            id,
            group_id,
            user_id,
            expected_epoch,
        },
    )
}

pub(crate) fn groups_demote() -> impl Strategy<Value = GroupsDemote> {
    (request_id(), group_id(), user_id(), epoch()).prop_map(
        |(id, group_id, user_id, expected_epoch)| GroupsDemote {
            id,
            group_id,
            user_id,
            expected_epoch,
        },
    )
}

pub(crate) fn groups_invite() -> impl Strategy<Value = GroupsInvite> {
    (request_id(), group_id(), 1_u32..=2_592_000, 1_u16..=256).prop_map(
        |(id, group_id, expires_in_s, max_uses)| GroupsInvite {
            id,
            group_id,
            expires_in_s,
            max_uses,
        },
    )
}

/// At most 1,024 bytes, as characters take up to four.
fn invite() -> impl Strategy<Value = String> {
    text(256)
}

pub(crate) fn groups_join() -> impl Strategy<Value = GroupsJoin> {
    (request_id(), invite()).prop_map(|(id, invite)| GroupsJoin { id, invite })
}

pub(crate) fn groups_revoke_invite() -> impl Strategy<Value = GroupsRevokeInvite> {
    (request_id(), group_id(), invite()).prop_map(|(id, group_id, invite)| GroupsRevokeInvite {
        id,
        group_id,
        invite,
    })
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Admin), Just(Role::Member)]
}

fn member() -> impl Strategy<Value = GroupMember> {
    (user_id(), role(), any::<u64>()).prop_map(|(user_id, role, joined_at)| GroupMember {
        user_id,
        role,
        joined_at,
    })
}

pub(crate) fn group() -> impl Strategy<Value = Group> {
    let says = (name(), photo(), any::<bool>());
    let made = (any::<u64>(), any::<u64>(), user_id(), any::<u32>());
    (group_id(), says, made, vec(member(), 0..4)).prop_map(
        |(group_id, (name, photo_media_id, announce_only), made, members)| {
            let (epoch, created_at, created_by, max_members) = made;
            Group {
                group_id,
                name,
                photo_media_id,
                announce_only,
                epoch,
                created_at,
                created_by,
                max_members,
                members,
            }
        },
    )
}

pub(crate) fn groups_create_ok() -> impl Strategy<Value = GroupsCreateOk> {
    (group(), vec(user_id(), 0..4))
        .prop_map(|(group, not_added)| GroupsCreateOk { group, not_added })
}

fn summary() -> impl Strategy<Value = GroupSummary> {
    let says = (name(), photo(), any::<bool>());
    let member = (role(), any::<u64>());
    (group_id(), says, any::<u64>(), any::<u32>(), member).prop_map(
        |(group_id, (name, photo_media_id, announce_only), epoch, member_count, member)| {
            let (role, joined_at) = member;
            GroupSummary {
                group_id,
                name,
                photo_media_id,
                announce_only,
                epoch,
                member_count,
                role,
                joined_at,
            }
        },
    )
}

pub(crate) fn groups_list_ok() -> impl Strategy<Value = GroupsListOk> {
    (vec(summary(), 0..4), option::of(group_id()))
        .prop_map(|(groups, next)| GroupsListOk { groups, next })
}

pub(crate) fn groups_add_ok() -> impl Strategy<Value = GroupsAddOk> {
    (any::<u64>(), vec(user_id(), 0..4))
        .prop_map(|(epoch, not_added)| GroupsAddOk { epoch, not_added })
}

pub(crate) fn groups_ok() -> impl Strategy<Value = GroupsOk> {
    any::<u64>().prop_map(|epoch| GroupsOk { epoch })
}

pub(crate) fn groups_invite_ok() -> impl Strategy<Value = GroupsInviteOk> {
    (any::<String>(), any::<u64>())
        .prop_map(|(invite, expires_at)| GroupsInviteOk { invite, expires_at })
}

fn change() -> impl Strategy<Value = GroupChange> {
    let by_and_whom = || (user_id(), vec(user_id(), 0..4));
    let updated = (
        user_id(),
        option::of(name()),
        photo(),
        option::of(any::<bool>()),
    );
    prop_oneof![
        (by_and_whom(), name()).prop_map(|((by_user_id, user_ids), name)| GroupChange::Created {
            by_user_id,
            name,
            user_ids,
        }),
        updated.prop_map(|(by_user_id, name, photo_media_id, announce_only)| {
            GroupChange::Updated {
                by_user_id,
                name,
                photo_media_id,
                announce_only,
            }
        }),
        by_and_whom().prop_map(|(by_user_id, user_ids)| GroupChange::Added {
            by_user_id,
            user_ids,
        }),
        user_id().prop_map(|by_user_id| GroupChange::Joined { by_user_id }),
        by_and_whom().prop_map(|(by_user_id, user_ids)| GroupChange::Removed {
            by_user_id,
            user_ids,
        }),
        (user_id(), option::of(user_id())).prop_map(|(by_user_id, new_admin_id)| {
            GroupChange::Left {
                by_user_id,
                new_admin_id,
            }
        }),
        by_and_whom().prop_map(|(by_user_id, user_ids)| GroupChange::Promoted {
            by_user_id,
            user_ids,
        }),
        by_and_whom().prop_map(|(by_user_id, user_ids)| GroupChange::Demoted {
            by_user_id,
            user_ids,
        }),
    ]
}

pub(crate) fn group_event() -> impl Strategy<Value = GroupEvent> {
    (group_id(), any::<u64>(), change(), any::<u64>()).prop_map(
        |(group_id, epoch, change, timestamp)| GroupEvent {
            group_id,
            epoch,
            change,
            timestamp,
            ack_token: "token".to_owned(),
        },
    )
}

//! Groups and their members (protocol §8).
//!
//! A request that changes a group may carry `expected_epoch`; it is refused with `conflict` when that
//! is not the group's epoch any more.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

#[cfg(feature = "schema")]
use super::people::WITHOUT_CONTROL;
use super::{
    Request,
    people::{is_plain, media_id},
};
#[cfg(feature = "schema")]
use crate::limits::ID_CHARS_MAX;
use crate::{
    bounded::{
        Within, list, object, optional_text, or_false, read_as_object, text, unexpected,
        written_as_derived,
    },
    ids::{GroupId, RequestId, UserId},
    limits::{
        EXPIRES_IN_S_MAX, GROUP_MEMBERS_MAX, GROUP_NAME_CHARS_MAX, GROUPS_PAGE_MAX,
        INVITE_USES_MAX, TOKEN_CHARS_MAX,
    },
};

/// Makes a group, whose admin is who asks. Answered with
/// [`GroupsCreateOk`](crate::reply::GroupsCreateOk); asking again for the same group changes nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsCreate {
    /// The request's id.
    pub id: RequestId,
    /// A new UUID, lowercase with hyphens, which names the group from now on.
    #[serde(deserialize_with = "new_group_id")]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub group_id: GroupId,
    /// What it is called: 1 to 100 characters, no control characters.
    #[serde(deserialize_with = "group_name")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = GROUP_NAME_CHARS_MAX), regex(pattern = WITHOUT_CONTROL))
    )]
    pub name: String,
    /// Its photo.
    #[serde(
        default,
        deserialize_with = "media_id",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schemars(length(max = ID_CHARS_MAX)))]
    pub photo_media_id: Option<String>,
    /// Whether only admins may write; false where absent.
    #[serde(
        default,
        deserialize_with = "or_false",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub announce_only: bool,
    /// The other members, at most 255.
    #[serde(deserialize_with = "list::<_, _, 0, OTHERS_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(max = OTHERS_MAX)))]
    pub member_ids: Vec<UserId>,
}
request!(GroupsCreate, "groups.create");

/// How many members there can be besides who made the group.
const OTHERS_MAX: usize = GROUP_MEMBERS_MAX - 1;

impl fmt::Debug for GroupsCreate {
    /// Leaves out what the group is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupsCreate")
            .field("id", &self.id)
            .field("group_id", &self.group_id)
            .field("member_ids", &self.member_ids)
            .finish_non_exhaustive()
    }
}

/// Reads a group. Answered with [`Group`](crate::groups::Group).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsGet {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
}
request!(GroupsGet, "groups.get");

/// Reads which groups the own user is in, page by page. Answered with
/// [`GroupsListOk`](crate::reply::GroupsListOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsList {
    /// The request's id.
    pub id: RequestId,
    /// Where to go on: the `next` of an answer, or nothing for the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<GroupId>,
    /// How many at most: 1 to 50, the default.
    #[serde(default = "page_default", deserialize_with = "page")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = GROUPS_PAGE_MAX)))]
    pub limit: u16,
}
request!(GroupsList, "groups.list");

/// Changes what a group is; what is absent stays, and at least one must be there. Admins only.
/// Answered with [`GroupsOk`](crate::reply::GroupsOk).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsUpdate {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// What it is to be called: 1 to 100 characters, no control characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = GROUP_NAME_CHARS_MAX), regex(pattern = WITHOUT_CONTROL))
    )]
    pub name: Option<String>,
    /// Its photo; "" takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = ID_CHARS_MAX)))]
    pub photo_media_id: Option<String>,
    /// Whether only admins may write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce_only: Option<bool>,
    /// The epoch that the change is made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_epoch: Option<u64>,
}
request!(GroupsUpdate, "groups.update");

impl fmt::Debug for GroupsUpdate {
    /// Leaves out what the group is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupsUpdate")
            .field("id", &self.id)
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}

/// A [`GroupsUpdate`] as it is read.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct GroupsUpdateIn {
    id: RequestId,
    group_id: GroupId,
    #[serde(default, deserialize_with = "optional_group_name")]
    name: Option<String>,
    #[serde(default, deserialize_with = "media_id")]
    photo_media_id: Option<String>,
    announce_only: Option<bool>,
    expected_epoch: Option<u64>,
}

read_as_object!(GroupsUpdateIn);

impl<'de> Deserialize<'de> for GroupsUpdate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: GroupsUpdateIn = object(deserializer)?;
        let says_nothing =
            wire.name.is_none() && wire.photo_media_id.is_none() && wire.announce_only.is_none();
        if says_nothing {
            return Err(unexpected(
                &"at least one of name, photo_media_id and announce_only",
            ));
        }
        Ok(Self {
            id: wire.id,
            group_id: wire.group_id,
            name: wire.name,
            photo_media_id: wire.photo_media_id,
            announce_only: wire.announce_only,
            expected_epoch: wire.expected_epoch,
        })
    }
}

/// Adds people. Admins only. Answered with [`GroupsAddOk`](crate::reply::GroupsAddOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsAdd {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// Whom, 1 to 255; members among them stay what they are.
    #[serde(deserialize_with = "list::<_, _, 1, OTHERS_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = OTHERS_MAX)))]
    pub user_ids: Vec<UserId>,
    /// The epoch that the change is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_epoch: Option<u64>,
}
request!(GroupsAdd, "groups.add");

/// Removes people. Admins only. Answered with [`GroupsOk`](crate::reply::GroupsOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsRemove {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// Whom, 1 to 255, not oneself; who is no member is passed over.
    #[serde(deserialize_with = "list::<_, _, 1, OTHERS_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = OTHERS_MAX)))]
    pub user_ids: Vec<UserId>,
    /// The epoch that the change is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_epoch: Option<u64>,
}
request!(GroupsRemove, "groups.remove");

/// Leaves a group. Answered with [`Empty`](crate::reply::Empty).
///
/// When the last admin leaves, whoever has been a member for the longest is one; when the last member
/// leaves, the group is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsLeave {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
}
request!(GroupsLeave, "groups.leave");

/// Makes a member an admin. Admins only. Answered with [`GroupsOk`](crate::reply::GroupsOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsPromote {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// Whom.
    pub user_id: UserId,
    /// The epoch that the change is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_epoch: Option<u64>,
}
request!(GroupsPromote, "groups.promote");

/// Makes an admin a member like others; the last one stays. Admins only. Answered with
/// [`GroupsOk`](crate::reply::GroupsOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsDemote {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// Whom.
    pub user_id: UserId,
    /// The epoch that the change is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_epoch: Option<u64>,
}
request!(GroupsDemote, "groups.demote");

/// Makes an invite, by which people join by themselves. Admins only. Answered with
/// [`GroupsInviteOk`](crate::reply::GroupsInviteOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsInvite {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// How long it can be used, in seconds: 1 to 2,592,000 (30 days), the default.
    #[serde(default = "expires_default", deserialize_with = "expires")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = EXPIRES_IN_S_MAX)))]
    pub expires_in_s: u32,
    /// How many people can join by it: 1 to 256, the default.
    #[serde(default = "uses_default", deserialize_with = "uses")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = INVITE_USES_MAX)))]
    pub max_uses: u16,
}
request!(GroupsInvite, "groups.invite");

/// Joins a group by an invite. Answered with [`Group`](crate::groups::Group); for a member, nothing
/// changes and the invite is not used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsJoin {
    /// The request's id.
    pub id: RequestId,
    /// The invite, at most 1,024 characters.
    #[serde(deserialize_with = "invite")]
    #[cfg_attr(feature = "schema", schemars(length(max = TOKEN_CHARS_MAX)))]
    pub invite: String,
}
request!(GroupsJoin, "groups.join");

impl fmt::Debug for GroupsJoin {
    /// Leaves out the invite.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupsJoin")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Makes an invite useless. Admins only. Answered with [`Empty`](crate::reply::Empty).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsRevokeInvite {
    /// The request's id.
    pub id: RequestId,
    /// The group.
    pub group_id: GroupId,
    /// The invite, at most 1,024 characters.
    #[serde(deserialize_with = "invite")]
    #[cfg_attr(feature = "schema", schemars(length(max = TOKEN_CHARS_MAX)))]
    pub invite: String,
}
request!(GroupsRevokeInvite, "groups.revoke_invite");

impl fmt::Debug for GroupsRevokeInvite {
    /// Leaves out the invite.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupsRevokeInvite")
            .field("id", &self.id)
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}

read_as_object!(
    GroupsCreate,
    GroupsGet,
    GroupsList,
    GroupsAdd,
    GroupsRemove,
    GroupsLeave,
    GroupsPromote,
    GroupsDemote,
    GroupsInvite,
    GroupsJoin,
    GroupsRevokeInvite
);
written_as_derived!(
    GroupsCreate,
    GroupsGet,
    GroupsList,
    GroupsUpdate,
    GroupsAdd,
    GroupsRemove,
    GroupsLeave,
    GroupsPromote,
    GroupsDemote,
    GroupsInvite,
    GroupsJoin,
    GroupsRevokeInvite
);

fn new_group_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GroupId, D::Error> {
    let expected = "a UUID, lowercase with hyphens";
    let id = text(deserializer, expected, |text| {
        uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.hyphenated().to_string() == text)
    })?;
    GroupId::try_from(id).map_err(|_| unexpected(&expected))
}

const NAME_EXPECTED: &str = "a name of 1 to 100 characters without control characters";

fn is_name(text: &str) -> bool {
    !text.is_empty() && is_plain(text, GROUP_NAME_CHARS_MAX)
}

fn group_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, NAME_EXPECTED, is_name)
}

fn optional_group_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, NAME_EXPECTED, is_name)
}

fn invite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let expected = "an invite of at most 1,024 characters";
    text(deserializer, expected, |text| text.len() <= TOKEN_CHARS_MAX)
}

fn page_default() -> u16 {
    GROUPS_PAGE_MAX
}

fn page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Limit = Within<u16, 1, { GROUPS_PAGE_MAX as u64 }>;
    Ok(Option::<Limit>::deserialize(deserializer)?.map_or(GROUPS_PAGE_MAX, |limit| limit.0))
}

fn expires_default() -> u32 {
    EXPIRES_IN_S_MAX
}

fn expires<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    type Seconds = Within<u32, 1, { EXPIRES_IN_S_MAX as u64 }>;
    Ok(Option::<Seconds>::deserialize(deserializer)?.map_or(EXPIRES_IN_S_MAX, |it| it.0))
}

fn uses_default() -> u16 {
    INVITE_USES_MAX
}

fn uses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Uses = Within<u16, 1, { INVITE_USES_MAX as u64 }>;
    Ok(Option::<Uses>::deserialize(deserializer)?.map_or(INVITE_USES_MAX, |it| it.0))
}

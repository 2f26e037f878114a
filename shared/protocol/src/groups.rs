//! Groups and what happens in them (protocol §8).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bounded::{read_as_word, written_as_derived},
    ids::{GroupId, UserId},
};

/// Says what a member may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// May change the group.
    Admin,
    /// May write to it.
    #[default]
    Member,
}
read_as_word!(Role, "one of `admin`, `member`");
written_as_derived!(Role);

/// Is a group as its members know it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The group.
    pub group_id: GroupId,
    /// What it is called.
    pub name: String,
    /// Its photo, or null.
    pub photo_media_id: Option<String>,
    /// Whether only admins may write.
    pub announce_only: bool,
    /// Goes up by one with every change.
    pub epoch: u64,
    /// When it was made, ms since the epoch.
    pub created_at: u64,
    /// Who made it.
    pub created_by: UserId,
    /// How many members it may have.
    pub max_members: u32,
    /// The members, in the order in which they joined.
    pub members: Vec<GroupMember>,
}

impl fmt::Debug for Group {
    /// Leaves out what its members say of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("group_id", &self.group_id)
            .field("epoch", &self.epoch)
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

/// Is somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupMember {
    /// Who.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// When they joined, ms since the epoch.
    pub joined_at: u64,
}

/// Is a group in the list of one's own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupSummary {
    /// The group.
    pub group_id: GroupId,
    /// What it is called.
    pub name: String,
    /// Its photo, or null.
    pub photo_media_id: Option<String>,
    /// Whether only admins may write.
    pub announce_only: bool,
    /// Goes up by one with every change.
    pub epoch: u64,
    /// How many members it has.
    pub member_count: u32,
    /// What the asker may do.
    pub role: Role,
    /// When the asker joined, ms since the epoch.
    pub joined_at: u64,
}

impl fmt::Debug for GroupSummary {
    /// Leaves out what its members say of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupSummary")
            .field("group_id", &self.group_id)
            .field("epoch", &self.epoch)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Is what one change did to a group: `{"type":"added","by_user_id",…}`. Each made one epoch.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum GroupChange {
    /// The group was made.
    Created {
        /// By whom, its admin.
        by_user_id: UserId,
        /// What it is called.
        name: String,
        /// The other members.
        user_ids: Vec<UserId>,
    },
    /// Name, photo or who may write has changed; what is absent has not.
    Updated {
        /// By whom.
        by_user_id: UserId,
        /// What it is called now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        name: Option<String>,
        /// Its photo now; "" for none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        photo_media_id: Option<String>,
        /// Whether only admins may write now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "bool"))]
        announce_only: Option<bool>,
    },
    /// An admin has added people.
    Added {
        /// By whom.
        by_user_id: UserId,
        /// The new members.
        user_ids: Vec<UserId>,
    },
    /// Somebody has joined by an invite.
    Joined {
        /// Who.
        by_user_id: UserId,
    },
    /// An admin has removed people, who are told this and nothing after it.
    Removed {
        /// By whom.
        by_user_id: UserId,
        /// Who is no member any more.
        user_ids: Vec<UserId>,
    },
    /// Somebody has left.
    Left {
        /// Who.
        by_user_id: UserId,
        /// Who is admin now, as the last one left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "UserId"))]
        new_admin_id: Option<UserId>,
    },
    /// A member has become an admin.
    Promoted {
        /// By whom.
        by_user_id: UserId,
        /// Who.
        user_ids: Vec<UserId>,
    },
    /// An admin has become a member like others.
    Demoted {
        /// By whom.
        by_user_id: UserId,
        /// Who.
        user_ids: Vec<UserId>,
    },
}

impl fmt::Debug for GroupChange {
    /// Leaves out what members say of the group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Created { .. } => "Created",
            Self::Updated { .. } => "Updated",
            Self::Added { .. } => "Added",
            Self::Joined { .. } => "Joined",
            Self::Removed { .. } => "Removed",
            Self::Left { .. } => "Left",
            Self::Promoted { .. } => "Promoted",
            Self::Demoted { .. } => "Demoted",
        };
        f.debug_struct(name).finish_non_exhaustive()
    }
}

/// Tells a member of a change, `{"event":"group",…}`; kept in the inbox like a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "KeptGroupEvent")
)]
pub struct GroupEvent {
    /// The group.
    pub group_id: GroupId,
    /// What the change made: changes are in the order of their epochs, of which a member gets each.
    pub epoch: u64,
    /// What has changed.
    pub change: GroupChange,
    /// When, ms since the epoch.
    pub timestamp: u64,
    /// Opaque; hand it back in an `ack`, which makes no receipt.
    pub ack_token: String,
}

impl fmt::Debug for GroupEvent {
    /// Leaves out the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupEvent")
            .field("group_id", &self.group_id)
            .field("epoch", &self.epoch)
            .field("change", &self.change)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

//! Answers about groups (protocol §8).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    groups::{Group, GroupSummary},
    ids::{GroupId, UserId},
};

/// Answers `groups.create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsCreateOk {
    /// The group as it is now.
    pub group: Group,
    /// Who is no member: unknown, or not to be added by the asker.
    pub not_added: Vec<UserId>,
}

/// Answers `groups.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsListOk {
    /// The groups, by group id.
    pub groups: Vec<GroupSummary>,
    /// Where to go on; null when there is no more.
    pub next: Option<GroupId>,
}

/// Answers `groups.add`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsAddOk {
    /// The group's epoch now.
    pub epoch: u64,
    /// Who was not added: unknown, or not to be added by the asker.
    pub not_added: Vec<UserId>,
}

/// Answers what changes a group and has no more to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsOk {
    /// The group's epoch now.
    pub epoch: u64,
}

/// Answers `groups.invite`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupsInviteOk {
    /// Opaque; who has it can join.
    pub invite: String,
    /// Until when, ms since the epoch.
    pub expires_at: u64,
}

impl fmt::Debug for GroupsInviteOk {
    /// Leaves out the invite.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupsInviteOk")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

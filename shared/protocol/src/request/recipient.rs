//! Whom a message is for (protocol §4).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    bounded::{object, read_as_object, unexpected},
    ids::{GroupId, UserId},
};

/// Says whom a message is for: `{"user_id":"…"}` or `{"group_id":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Recipient {
    /// All devices of a user.
    #[cfg_attr(feature = "schema", schemars(rename = "user_id"))]
    User(UserId),
    /// All devices of a group's members.
    #[cfg_attr(feature = "schema", schemars(rename = "group_id"))]
    Group(GroupId),
}

impl From<UserId> for Recipient {
    fn from(user_id: UserId) -> Self {
        Self::User(user_id)
    }
}

impl From<GroupId> for Recipient {
    fn from(group_id: GroupId) -> Self {
        Self::Group(group_id)
    }
}

impl From<&UserId> for Recipient {
    fn from(user_id: &UserId) -> Self {
        Self::User(user_id.clone())
    }
}

impl From<&GroupId> for Recipient {
    fn from(group_id: &GroupId) -> Self {
        Self::Group(group_id.clone())
    }
}

impl From<&Recipient> for Recipient {
    fn from(recipient: &Recipient) -> Self {
        recipient.clone()
    }
}

/// A [`Recipient`] as it is written.
#[derive(Serialize)]
struct RecipientOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<&'a GroupId>,
}

/// A [`Recipient`] as it is read.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct RecipientIn {
    user_id: Option<UserId>,
    group_id: Option<GroupId>,
}

read_as_object!(RecipientIn);

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (user_id, group_id) = match self {
            Self::User(user_id) => (Some(user_id), None),
            Self::Group(group_id) => (None, Some(group_id)),
        };
        RecipientOut { user_id, group_id }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: RecipientIn = object(deserializer)?;
        match (wire.user_id, wire.group_id) {
            (Some(user_id), None) => Ok(Self::User(user_id)),
            (None, Some(group_id)) => Ok(Self::Group(group_id)),
            _ => Err(unexpected(&"exactly one of user_id and group_id")),
        }
    }
}

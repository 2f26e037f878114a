//! What people say of themselves and show of themselves (protocol §7).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bounded::{read_as_word, written_as_derived},
    http::PhoneNumber,
    ids::UserId,
};

/// Says who may see something of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Audience {
    /// Anybody who is not blocked.
    #[default]
    Everyone,
    /// Whom the owner has in the contacts.
    Contacts,
    /// Nobody.
    Nobody,
}
read_as_word!(Audience, "one of `everyone`, `contacts`, `nobody`");
written_as_derived!(Audience);

/// Holds a person's privacy settings: for each thing, who may know it.
///
/// Who hides `last_seen`, `online` or `read_receipts` from somebody does not learn it of them
/// either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Privacy {
    /// When the person was last connected.
    pub last_seen: Audience,
    /// Whether the person is connected now, and what is ephemeral, as typing.
    pub online: Audience,
    /// When the person has read a message.
    pub read_receipts: Audience,
    /// The photo of the profile.
    pub photo: Audience,
    /// Who may add the person to a group.
    pub group_add: Audience,
}

/// Is what a person says of themselves; null is what is not said, or not shown to the asker.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// Whose it is.
    pub user_id: UserId,
    /// The name to show.
    pub username: Option<String>,
    /// A few words.
    pub about: Option<String>,
    /// The photo, shown as the `photo` setting says.
    pub photo_media_id: Option<String>,
}

impl fmt::Debug for Profile {
    /// Leaves out what the person says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// Is somebody in a person's contacts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contact {
    /// Who it is.
    pub user_id: UserId,
    /// The number by which they were found; null when they were added by their id.
    pub phone_number: Option<PhoneNumber>,
    /// What the owner calls them.
    pub name: Option<String>,
    /// When they were added, ms since the epoch.
    pub added_at: u64,
}

impl fmt::Debug for Contact {
    /// Leaves out number and name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("user_id", &self.user_id)
            .field("added_at", &self.added_at)
            .finish_non_exhaustive()
    }
}

/// Is somebody whom a person blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Block {
    /// Who it is.
    pub user_id: UserId,
    /// When they were blocked, ms since the epoch.
    pub blocked_at: u64,
}

/// Says whether a person is connected, and when they last were (protocol §7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Presence {
    /// Who it is.
    pub user_id: UserId,
    /// Whether a device of theirs is connected; null when the asker may not know.
    pub online: Option<bool>,
    /// When a device of theirs was last connected, ms since the epoch; null when the asker may not
    /// know, or they never were.
    pub last_seen: Option<u64>,
}

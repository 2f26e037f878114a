//! Answers about people, presence and notifications (protocol §7).

use serde::{Deserialize, Serialize};

use crate::{
    ids::UserId,
    people::{Block, Contact, Presence, Profile},
};

/// Answers `profile.get`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileGetOk {
    /// The profiles in the order asked for, without those of users that there are not.
    pub profiles: Vec<Profile>,
}

/// Answers `contacts.put`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactsPutOk {
    /// The contacts as they are now, in the order asked for, without those that were not found.
    pub contacts: Vec<Contact>,
}

/// Answers `contacts.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactsListOk {
    /// The contacts, by user id.
    pub contacts: Vec<Contact>,
    /// Where to go on; null when there is no more.
    pub next: Option<UserId>,
}

/// Answers `blocks.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlocksListOk {
    /// Whom the own user blocks, by user id.
    pub blocks: Vec<Block>,
    /// Where to go on; null when there is no more.
    pub next: Option<UserId>,
}

/// Answers `presence.subscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceSubscribeOk {
    /// How the people are, in the order asked for; of who is not known, nothing is.
    pub presence: Vec<Presence>,
}

/// Answers `push.key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushKeyOk {
    /// The service's P-256 public key, 65 bytes in base64url without padding
    /// ([RFC 8292](https://www.rfc-editor.org/rfc/rfc8292)).
    pub vapid_public_key: String,
}

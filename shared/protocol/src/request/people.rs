//! Profiles and privacy settings (protocol §7).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::Request;
use crate::{
    bounded::{list, object, optional_text, read_as_object, unexpected, written_as_derived},
    ids::{RequestId, UserId},
    limits::{ABOUT_CHARS_MAX, ID_CHARS_MAX, PROFILES_MAX, USERNAME_CHARS_MAX},
    people::Audience,
};

/// Changes the own profile; what is absent stays, and "" takes away. Answered with
/// [`Empty`](crate::reply::Empty).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileSet {
    /// The request's id.
    pub id: RequestId,
    /// The name to show, at most 64 characters, no control characters. Names need not differ.
    #[serde(
        default,
        deserialize_with = "username",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = USERNAME_CHARS_MAX), regex(pattern = WITHOUT_CONTROL))
    )]
    pub username: Option<String>,
    /// A few words, at most 140 characters, no control characters.
    #[serde(
        default,
        deserialize_with = "about",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = ABOUT_CHARS_MAX), regex(pattern = WITHOUT_CONTROL))
    )]
    pub about: Option<String>,
    /// The photo.
    #[serde(
        default,
        deserialize_with = "media_id",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schemars(length(max = ID_CHARS_MAX)))]
    pub photo_media_id: Option<String>,
}
request!(ProfileSet, "profile.set");

impl fmt::Debug for ProfileSet {
    /// Leaves out what the person says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileSet")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Asks for profiles. Answered with [`ProfileGetOk`](crate::reply::ProfileGetOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileGet {
    /// The request's id.
    pub id: RequestId,
    /// Whose, 1 to 100.
    #[serde(deserialize_with = "list::<_, _, 1, PROFILES_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PROFILES_MAX)))]
    pub user_ids: Vec<UserId>,
}
request!(ProfileGet, "profile.get");

/// Changes the own privacy settings; what is absent stays, and at least one must be there. Answered
/// with the settings as they are then, a [`Privacy`](crate::people::Privacy).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PrivacySet {
    /// The request's id.
    pub id: RequestId,
    /// Who may know when the own user was last connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Audience>,
    /// Who may know whether the own user is connected now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<Audience>,
    /// Who may know when the own user has read a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_receipts: Option<Audience>,
    /// Who may see the photo of the own profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<Audience>,
    /// Who may add the own user to a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_add: Option<Audience>,
}
request!(PrivacySet, "privacy.set");

/// A [`PrivacySet`] as it is read.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct PrivacySetIn {
    id: RequestId,
    last_seen: Option<Audience>,
    online: Option<Audience>,
    read_receipts: Option<Audience>,
    photo: Option<Audience>,
    group_add: Option<Audience>,
}

read_as_object!(PrivacySetIn);

impl<'de> Deserialize<'de> for PrivacySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: PrivacySetIn = object(deserializer)?;
        let set = Self {
            id: wire.id,
            last_seen: wire.last_seen,
            online: wire.online,
            read_receipts: wire.read_receipts,
            photo: wire.photo,
            group_add: wire.group_add,
        };
        let all = [
            set.last_seen,
            set.online,
            set.read_receipts,
            set.photo,
            set.group_add,
        ];
        if all.iter().all(Option::is_none) {
            return Err(unexpected(
                &"at least one of last_seen, online, read_receipts, photo and group_add",
            ));
        }
        Ok(set)
    }
}

/// Asks for the own privacy settings. Answered with a [`Privacy`](crate::people::Privacy).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PrivacyGet {
    /// The request's id.
    pub id: RequestId,
}
request!(PrivacyGet, "privacy.get");

read_as_object!(ProfileSet, ProfileGet, PrivacyGet);
written_as_derived!(ProfileSet, ProfileGet, PrivacySet, PrivacyGet);

/// Matches text without control characters.
#[cfg(feature = "schema")]
pub(super) const WITHOUT_CONTROL: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Tells whether a text for people's eyes is within its limit.
///
/// A control character shows nothing, and takes six bytes in JSON: without, the answers that hold a
/// hundred of these texts fit a message.
pub(super) fn is_plain(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.contains(char::is_control)
}

pub(super) const NAME_EXPECTED: &str = "a name of at most 64 characters without control characters";
const ABOUT_EXPECTED: &str = "a text of at most 140 characters without control characters";

fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, NAME_EXPECTED, |text| {
        is_plain(text, USERNAME_CHARS_MAX)
    })
}

fn about<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, ABOUT_EXPECTED, |text| {
        is_plain(text, ABOUT_CHARS_MAX)
    })
}

pub(super) fn media_id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, "a media id, or nothing", |text| {
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        text.len() <= ID_CHARS_MAX && text.bytes().all(alphabet)
    })
}

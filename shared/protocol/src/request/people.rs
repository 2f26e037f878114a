//! Profiles, contacts, blocks and privacy (protocol §7).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Request;
use crate::{
    bounded::{
        Within, list, object, optional_text, read_as_object, unexpected, written_as_derived,
    },
    http::PhoneNumber,
    ids::{RequestId, UserId},
    limits::{
        ABOUT_CHARS_MAX, CONTACT_NAME_CHARS_MAX, CONTACTS_PUT_MAX, ID_CHARS_MAX, PEOPLE_PAGE_MAX,
        PROFILES_MAX, USERNAME_CHARS_MAX,
    },
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

/// Adds people to the own contacts, or changes what they are called. Answered with
/// [`ContactsPutOk`](crate::reply::ContactsPutOk).
///
/// Numbers that nobody has, or nobody who wants to be found by the asker, are left out of the
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactsPut {
    /// The request's id.
    pub id: RequestId,
    /// The people, 1 to 500.
    #[serde(deserialize_with = "list::<_, _, 1, CONTACTS_PUT_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = CONTACTS_PUT_MAX)))]
    pub contacts: Vec<NewContact>,
}
request!(ContactsPut, "contacts.put");

/// Names somebody to add: `{"phone_number"|"user_id","name"?}`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewContact {
    /// Who it is.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub who: Who,
    /// What the owner calls them, at most 64 characters, no control characters.
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = CONTACT_NAME_CHARS_MAX), regex(pattern = WITHOUT_CONTROL))
    )]
    pub name: Option<String>,
}

/// Says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Who {
    /// By number.
    #[cfg_attr(feature = "schema", schemars(rename = "phone_number"))]
    Number(PhoneNumber),
    /// By id.
    #[cfg_attr(feature = "schema", schemars(rename = "user_id"))]
    User(UserId),
}

impl fmt::Debug for NewContact {
    /// Leaves out the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewContact")
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// A [`NewContact`] as it is written.
#[derive(Serialize)]
struct NewContactOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'a PhoneNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// A [`NewContact`] as it is read.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct NewContactIn {
    phone_number: Option<PhoneNumber>,
    user_id: Option<UserId>,
    #[serde(default, deserialize_with = "contact_name")]
    name: Option<String>,
}

read_as_object!(NewContactIn);

impl Serialize for NewContact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (phone_number, user_id) = match &self.who {
            Who::Number(number) => (Some(number), None),
            Who::User(user_id) => (None, Some(user_id)),
        };
        NewContactOut {
            phone_number,
            user_id,
            name: self.name.as_deref(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NewContact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: NewContactIn = object(deserializer)?;
        let who = match (wire.phone_number, wire.user_id) {
            (Some(number), None) => Who::Number(number),
            (None, Some(user_id)) => Who::User(user_id),
            _ => return Err(unexpected(&"exactly one of phone_number and user_id")),
        };
        Ok(Self {
            who,
            name: wire.name,
        })
    }
}

/// Takes people out of the own contacts. Answered with [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactsRemove {
    /// The request's id.
    pub id: RequestId,
    /// The people, 1 to 500.
    #[serde(deserialize_with = "list::<_, _, 1, CONTACTS_PUT_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = CONTACTS_PUT_MAX)))]
    pub user_ids: Vec<UserId>,
}
request!(ContactsRemove, "contacts.remove");

/// Reads the own contacts, page by page. Answered with
/// [`ContactsListOk`](crate::reply::ContactsListOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactsList {
    /// The request's id.
    pub id: RequestId,
    /// Where to go on: the `next` of an answer, or nothing for the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<UserId>,
    /// How many at most: 1 to 100, the default.
    #[serde(default = "page_default", deserialize_with = "page")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = PEOPLE_PAGE_MAX)))]
    pub limit: u16,
}
request!(ContactsList, "contacts.list");

/// Blocks somebody, who is not told. Answered with [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlocksPut {
    /// The request's id.
    pub id: RequestId,
    /// Whom.
    pub user_id: UserId,
}
request!(BlocksPut, "blocks.put");

/// Blocks somebody no longer. Answered with [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlocksRemove {
    /// The request's id.
    pub id: RequestId,
    /// Whom.
    pub user_id: UserId,
}
request!(BlocksRemove, "blocks.remove");

/// Reads whom the own user blocks, page by page. Answered with
/// [`BlocksListOk`](crate::reply::BlocksListOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlocksList {
    /// The request's id.
    pub id: RequestId,
    /// Where to go on: the `next` of an answer, or nothing for the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<UserId>,
    /// How many at most: 1 to 100, the default.
    #[serde(default = "page_default", deserialize_with = "page")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = PEOPLE_PAGE_MAX)))]
    pub limit: u16,
}
request!(BlocksList, "blocks.list");

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

read_as_object!(
    ProfileSet,
    ProfileGet,
    ContactsPut,
    ContactsRemove,
    ContactsList,
    BlocksPut,
    BlocksRemove,
    BlocksList,
    PrivacyGet
);
written_as_derived!(
    ProfileSet,
    ProfileGet,
    ContactsPut,
    ContactsRemove,
    ContactsList,
    BlocksPut,
    BlocksRemove,
    BlocksList,
    PrivacySet,
    PrivacyGet
);

fn page_default() -> u16 {
    PEOPLE_PAGE_MAX
}

fn page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Limit = Within<u16, 1, { PEOPLE_PAGE_MAX as u64 }>;
    Ok(Option::<Limit>::deserialize(deserializer)?.map_or(PEOPLE_PAGE_MAX, |limit| limit.0))
}

/// Matches text without control characters.
#[cfg(feature = "schema")]
const WITHOUT_CONTROL: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Tells whether a text for people's eyes is within its limit.
///
/// A control character shows nothing, and takes six bytes in JSON: without, the answers that hold a
/// hundred of these texts fit a message.
fn is_plain(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.contains(char::is_control)
}

const NAME_EXPECTED: &str = "a name of at most 64 characters without control characters";
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

fn contact_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, NAME_EXPECTED, |text| {
        is_plain(text, CONTACT_NAME_CHARS_MAX)
    })
}

fn media_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, "a media id, or nothing", |text| {
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        text.len() <= ID_CHARS_MAX && text.bytes().all(alphabet)
    })
}

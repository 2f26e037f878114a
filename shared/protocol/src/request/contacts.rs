//! Contacts and blocks (protocol §7).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(feature = "schema")]
use super::people::WITHOUT_CONTROL;
use super::{
    Request,
    people::{NAME_EXPECTED, is_plain},
};
use crate::{
    bounded::{
        Within, list, object, optional_text, read_as_object, unexpected, written_as_derived,
    },
    http::PhoneNumber,
    ids::{RequestId, UserId},
    limits::{CONTACT_NAME_CHARS_MAX, CONTACTS_PUT_MAX, PEOPLE_PAGE_MAX},
};

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

read_as_object!(
    ContactsPut,
    ContactsRemove,
    ContactsList,
    BlocksPut,
    BlocksRemove,
    BlocksList
);
written_as_derived!(
    ContactsPut,
    ContactsRemove,
    ContactsList,
    BlocksPut,
    BlocksRemove,
    BlocksList
);

fn page_default() -> u16 {
    PEOPLE_PAGE_MAX
}

fn page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Limit = Within<u16, 1, { PEOPLE_PAGE_MAX as u64 }>;
    Ok(Option::<Limit>::deserialize(deserializer)?.map_or(PEOPLE_PAGE_MAX, |limit| limit.0))
}

fn contact_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    optional_text(deserializer, NAME_EXPECTED, |text| {
        is_plain(text, CONTACT_NAME_CHARS_MAX)
    })
}

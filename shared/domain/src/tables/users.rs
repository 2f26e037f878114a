//! Users, their devices, and the phone numbers that lead to them.

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::address::Address;
use crate::store::{
    Action, Condition, Consistency, Field, Item, Key, Store, StoreError, Table, Write, WriteOutcome,
};
use crate::tokens::Credential;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::people::Privacy;
use heliograph_protocol::{DeviceId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

const BODY: &str = "body";
const VERSION: &str = "version";
const USER_ID: &str = "user_id";
/// When the account was made to which a number leads.
const ACCOUNT_AT: &str = "account_at";

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// The number that was verified last.
    pub phone_number: PhoneNumber,
    /// When whoever has the account now made it or took it over, in milliseconds since the Unix
    /// epoch. Contacts and blocks of an earlier moment are a former holder's.
    pub created_at: u64,
    /// The devices, at most 5.
    pub devices: Vec<Device>,
    /// The latest moment that a device was made, be it gone or not.
    #[serde(default)]
    pub last_device_at: u64,
    /// Who may see what.
    #[serde(default)]
    pub privacy: Privacy,
    /// What the user says of themselves.
    #[serde(default)]
    pub profile: StoredProfile,
    /// Goes up by one with every change; 0 for a user who is not stored yet.
    #[serde(skip)]
    pub version: i64,
}

/// A device of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Device {
    /// 1 is the primary one.
    pub device_id: DeviceId,
    /// The client's own random number, 14 bits.
    pub registration_id: u16,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: u64,
    /// Proves the one refresh token that is good.
    pub credential: Credential,
    /// It has asked to be woken ([`notifications`](super::notifications)).
    #[serde(default)]
    pub is_woken: bool,
}

/// A profile as it is stored.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProfile {
    /// The name to show.
    pub username: Option<String>,
    /// A few words.
    pub about: Option<String>,
    /// The photo.
    pub photo_media_id: Option<String>,
}

impl fmt::Debug for StoredProfile {
    /// Leaves out what the user says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredProfile(…)")
    }
}

impl Device {
    /// The device's address.
    pub fn address(&self, user_id: &UserId) -> Address {
        Address {
            user_id: user_id.clone(),
            device_id: self.device_id,
            device_created_at: self.created_at,
        }
    }
}

impl User {
    /// Makes a user of a number, without devices.
    pub fn new(phone_number: PhoneNumber, created_at: u64) -> Self {
        Self {
            phone_number,
            created_at,
            devices: Vec::new(),
            last_device_at: 0,
            privacy: Privacy::default(),
            profile: StoredProfile::default(),
            version: 0,
        }
    }

    /// The addresses of all devices.
    pub fn addresses(&self, user_id: &UserId) -> Vec<Address> {
        let devices = self.devices.iter();
        devices.map(|device| device.address(user_id)).collect()
    }

    /// The moment of a device that is made now: after that of any that there has been, so that no
    /// address comes twice.
    pub fn next_device_at(&self, now_ms: u64) -> u64 {
        now_ms.max(self.last_device_at + 1)
    }

    /// The device at an address, if it is still there.
    pub fn device(&self, address: &Address) -> Option<&Device> {
        self.devices.iter().find(|device| {
            device.device_id == address.device_id && device.created_at == address.device_created_at
        })
    }
}

/// The key of a user.
pub fn key(user_id: &UserId) -> Key {
    Key::new(Table::Users, user_id.as_str())
}

/// A `#` keeps numbers apart from user ids, which hold none.
fn phone_key(number: &PhoneNumber) -> Key {
    Key::new(Table::Users, format!("phone#{}", number.as_str()))
}

/// Reads a user from an item.
///
/// # Errors
/// `Corrupt`.
pub fn from_item(item: &Item) -> Result<User, StoreError> {
    let mut user: User = unpack(item, BODY)?;
    user.version = item.int(VERSION).ok_or_else(corrupt)?;
    Ok(user)
}

/// Reads of an item only when the account was made.
///
/// # Errors
/// `Corrupt`.
pub fn created_at(item: &Item) -> Result<u64, StoreError> {
    #[derive(Deserialize)]
    struct Made {
        created_at: u64,
    }
    unpack(item, BODY).map(|Made { created_at }| created_at)
}

/// Reads a user.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
) -> Result<Option<User>, StoreError> {
    let item = store.get(cx, &key(user_id), Consistency::Strong).await?;
    item.as_ref().map(from_item).transpose()
}

/// Finds whose number it is.
///
/// # Errors
/// The store's.
pub async fn by_phone(
    store: &dyn Store,
    cx: &Context,
    number: &PhoneNumber,
) -> Result<Option<UserId>, StoreError> {
    let item = store
        .get(cx, &phone_key(number), Consistency::Strong)
        .await?;
    item.as_ref().map(owner_of).transpose()
}

/// An account that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub user_id: UserId,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: u64,
}

/// Finds whose numbers they are, and which users there are, in the order asked for, as many as a call
/// takes of both together; none may be asked for twice.
///
/// # Errors
/// The store's.
pub async fn find(
    store: &dyn Store,
    cx: &Context,
    numbers: &[PhoneNumber],
    ids: &[UserId],
) -> Result<(Vec<Option<Account>>, Vec<Option<Account>>), StoreError> {
    let keys = numbers.iter().map(phone_key).chain(ids.iter().map(key));
    let keys: Vec<Key> = keys.collect();
    let mut items = store.batch_get(cx, &keys, Consistency::Eventual).await?;
    let users = items.split_off(numbers.len());
    let by_number = |item: Option<Item>| item.as_ref().map(account_of).transpose();
    let by_id = |(id, item): (&UserId, Option<Item>)| {
        let account = |user: User| Account {
            user_id: id.clone(),
            created_at: user.created_at,
        };
        let user = item.as_ref().map(from_item).transpose()?;
        Ok(user.map(account))
    };
    Ok((
        items
            .into_iter()
            .map(by_number)
            .collect::<Result<_, StoreError>>()?,
        std::iter::zip(ids, users)
            .map(by_id)
            .collect::<Result<_, StoreError>>()?,
    ))
}

/// Whose number it is.
fn account_of(item: &Item) -> Result<Account, StoreError> {
    let created_at = item.int(ACCOUNT_AT).and_then(|at| u64::try_from(at).ok());
    Ok(Account {
        user_id: owner_of(item)?,
        created_at: created_at.ok_or_else(corrupt)?,
    })
}

fn owner_of(item: &Item) -> Result<UserId, StoreError> {
    let user_id = item.text(USER_ID).and_then(|id| id.parse().ok());
    user_id.ok_or_else(corrupt)
}

/// Stores a changed user, unless another change came first.
///
/// # Errors
/// `Invalid` when it is too large.
pub fn save(user_id: &UserId, user: &User) -> Result<Write, StoreError> {
    let item = Item::new(key(user_id))
        .with(VERSION, Field::Int(user.version + 1))
        .with(BODY, pack(user)?);
    let condition = match user.version {
        0 => Condition::Absent,
        version => Condition::equals(VERSION, Field::Int(version)),
    };
    Ok(Write::put(item).when(condition))
}

/// Stores a changed user now; `false` when another change came first.
///
/// # Errors
/// The store's.
pub async fn save_now(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    user: &User,
) -> Result<bool, StoreError> {
    let write = save(user_id, user)?;
    let saved = write.clone();
    Ok(match store.write(cx, write).await? {
        WriteOutcome::Applied { .. } => true,
        // The answer to our own write was lost, and it was tried again: what is there is ours.
        WriteOutcome::Refused { old } => old.is_some_and(|old| saved.action == Action::Put(old)),
    })
}

/// Deletes a user, unless another change came first.
pub fn remove(user_id: &UserId, user: &User) -> Write {
    Write::delete(key(user_id)).when(Condition::equals(VERSION, Field::Int(user.version)))
}

/// Asks in a transaction that a user has not changed.
pub fn unchanged(user_id: &UserId, user: &User) -> Write {
    Write::check(key(user_id)).when(Condition::equals(VERSION, Field::Int(user.version)))
}

/// Makes a number lead nowhere, if it leads to the user.
pub fn release_phone(number: &PhoneNumber, user_id: &UserId) -> Write {
    let owner = Field::Text(user_id.to_string());
    Write::delete(phone_key(number)).when(Condition::equals(USER_ID, owner))
}

/// Makes a user's number lead to their account, unless it leads elsewhere.
pub fn claim_phone(user_id: &UserId, user: &User, is_theirs: bool) -> Write {
    let owner = Field::Text(user_id.to_string());
    let created_at = i64::try_from(user.created_at).unwrap_or(i64::MAX);
    let item = Item::new(phone_key(&user.phone_number))
        .with(USER_ID, owner.clone())
        .with(ACCOUNT_AT, Field::Int(created_at));
    Write::put(item).when(match is_theirs {
        true => Condition::equals(USER_ID, owner),
        false => Condition::Absent,
    })
}

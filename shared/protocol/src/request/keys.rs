//! Pre-keys and devices (protocol §6).

use serde::{Deserialize, Serialize};

use super::Request;
use crate::{
    bounded::{read_as_object, written_as_derived},
    ids::{DeviceId, RequestId, UserId},
    keys::{KemPrekey, OneTimePrekey, SignedPrekey, distinct},
};

/// Hands over further public keys of this device; without any, asks how many are left. Answered with
/// [`KeysUploadOk`](crate::reply::KeysUploadOk).
///
/// A device holds at most 100 one-time keys of each kind. Their ids rise: one that is not above all
/// that were uploaded before is taken for a repetition and passed over, so that a repeated upload
/// never brings back a key that has been handed out. A signed pre-key or last-resort key replaces
/// the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeysUpload {
    /// The request's id.
    pub id: RequestId,
    /// A new X25519 key that everybody may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_prekey: Option<SignedPrekey>,
    /// A new ML-KEM-1024 key for when the one-time ones have run out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resort_kem_prekey: Option<KemPrekey>,
    /// X25519 keys for one use each, with distinct ids.
    #[serde(
        default,
        deserialize_with = "distinct",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[cfg_attr(feature = "schema", schemars(length(max = crate::limits::ONE_TIME_KEYS_MAX)))]
    pub one_time_prekeys: Vec<OneTimePrekey>,
    /// ML-KEM-1024 keys for one use each, with distinct ids; about 55 of them fill a message.
    #[serde(
        default,
        deserialize_with = "distinct",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[cfg_attr(feature = "schema", schemars(length(max = crate::limits::ONE_TIME_KEYS_MAX)))]
    pub one_time_kem_prekeys: Vec<KemPrekey>,
}
request!(KeysUpload, "keys.upload");

impl KeysUpload {
    /// Makes the request without any key: asks how many are left.
    pub fn new(id: RequestId) -> Self {
        Self {
            id,
            signed_prekey: None,
            last_resort_kem_prekey: None,
            one_time_prekeys: Vec::new(),
            one_time_kem_prekeys: Vec::new(),
        }
    }
}

/// Takes what a session with each device of a user begins with. Answered with
/// [`KeysFetchOk`](crate::reply::KeysFetchOk).
///
/// Each one-time key is handed out once, ever. At most 6 fetches at once of one user's keys by
/// another, then one in 10 minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeysFetch {
    /// The request's id.
    pub id: RequestId,
    /// Whose keys; of the own user, those of the other devices.
    pub user_id: UserId,
}
request!(KeysFetch, "keys.fetch");

/// Asks which devices a user has. Answered with [`DevicesListOk`](crate::reply::DevicesListOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicesList {
    /// The request's id.
    pub id: RequestId,
    /// Whose devices; the own ones when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}
request!(DevicesList, "devices.list");

/// Asks for a token that links one further device; for the primary device only. Answered with
/// [`DevicesLinkOk`](crate::reply::DevicesLinkOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicesLink {
    /// The request's id.
    pub id: RequestId,
}
request!(DevicesLink, "devices.link");

/// Removes a device: its tokens, keys, inbox and connection go. Answered with
/// [`Empty`](crate::reply::Empty).
///
/// The primary device removes any other; a linked device removes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicesRemove {
    /// The request's id.
    pub id: RequestId,
    /// The device.
    pub device_id: DeviceId,
}
request!(DevicesRemove, "devices.remove");

read_as_object!(
    KeysUpload,
    KeysFetch,
    DevicesList,
    DevicesLink,
    DevicesRemove
);
written_as_derived!(
    KeysUpload,
    KeysFetch,
    DevicesList,
    DevicesLink,
    DevicesRemove
);

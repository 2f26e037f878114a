//! Answers about pre-keys and devices (protocol §6).

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::DEVICE_REGISTRATION_ID_MAX;
use crate::{ids::DeviceId, keys::PrekeyBundle};

/// Answers `keys.upload`: how many one-time keys are left of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeysUploadOk {
    /// X25519 keys.
    pub one_time_prekeys: u32,
    /// ML-KEM-1024 keys.
    pub one_time_kem_prekeys: u32,
}

/// Answers `keys.fetch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeysFetchOk {
    /// One bundle for each device of the user, by device id.
    pub devices: Vec<PrekeyBundle>,
}

/// Answers `devices.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicesListOk {
    /// The devices, by device id.
    pub devices: Vec<DeviceSummary>,
}

/// Describes a device of a user; its name and age to its own user only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceSummary {
    /// The device.
    pub device_id: DeviceId,
    /// Tells this installation from an earlier one with the same device id.
    #[cfg_attr(feature = "schema", schemars(range(max = DEVICE_REGISTRATION_ID_MAX)))]
    pub registration_id: u16,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub name: Option<String>,
    /// When it was registered or linked, ms since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "u64"))]
    pub created_at: Option<u64>,
}

impl fmt::Debug for DeviceSummary {
    /// Leaves out the name, which is often a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSummary")
            .field("device_id", &self.device_id)
            .field("registration_id", &self.registration_id)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// Answers `devices.link`: what the new device registers with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicesLinkOk {
    /// Links one device, once.
    pub link_token: String,
    /// When it ends, ms since the epoch: 10 minutes from now.
    pub expires_at: u64,
}

impl fmt::Debug for DevicesLinkOk {
    /// Leaves out the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevicesLinkOk")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

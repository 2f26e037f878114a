//! Which device of whom.

use heliograph_protocol::{DeviceId, UserId};
use serde::{Deserialize, Serialize};

/// Names a device: whose it is, and which of theirs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(UserId, DeviceId)", into = "(UserId, DeviceId)")]
pub struct DeviceAddress {
    /// Whose device it is.
    pub user_id: UserId,
    /// Which of theirs.
    pub device_id: DeviceId,
}

impl From<(UserId, DeviceId)> for DeviceAddress {
    fn from((user_id, device_id): (UserId, DeviceId)) -> Self {
        Self { user_id, device_id }
    }
}

impl From<DeviceAddress> for (UserId, DeviceId) {
    fn from(address: DeviceAddress) -> Self {
        (address.user_id, address.device_id)
    }
}

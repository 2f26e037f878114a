//! Who is calling, and which device exactly.

use heliograph_protocol::{DeviceId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An address (user, device) together with the moment that device was made.
///
/// A device id is used again when a device is linked anew or an account taken over; the moment
/// tells the two apart, so that no device ever reads mail, keys or tokens of its namesake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address {
    /// The user.
    pub user_id: UserId,
    /// The device of that user.
    pub device_id: DeviceId,
    /// When the device was made, in milliseconds since the Unix epoch.
    pub device_created_at: u64,
}

/// `user_id#device_id#device_created_at`, the partition key of all that belongs to one device.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}#{}#{}",
            self.user_id, self.device_id, self.device_created_at
        )
    }
}

impl Address {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('#');
        let user_id = parts.next()?.parse().ok()?;
        let device_id = DeviceId::new(parts.next()?.parse().ok()?)?;
        let device_created_at = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self {
            user_id,
            device_id,
            device_created_at,
        })
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("expected user_id#device_id#device_created_at")
    }
}

//! The public keys a test device registers with.

use heliograph_domain::testing::keys::TestIdentity;
use heliograph_protocol::http::DeviceInfo;

/// Describes a device of that name.
pub fn device(name: &str) -> DeviceInfo {
    DeviceInfo {
        name: name.to_owned(),
        registration_id: 7,
        keys: TestIdentity::new(7).key_set(0),
    }
}

//! The public keys of a test device.

use heliograph_domain::testing::keys::TestIdentity;
use heliograph_protocol::RequestId;
use heliograph_protocol::http::DeviceInfo;
use heliograph_protocol::keys::OneTimePrekey;
use heliograph_protocol::limits::X25519_KEY_BYTES;
use heliograph_protocol::request::KeysUpload;
use std::ops::Range;

/// Describes a device of that name, with the identity of a seed and no one-time keys.
pub fn device(name: &str, seed: u8) -> DeviceInfo {
    DeviceInfo {
        name: name.to_owned(),
        registration_id: seed.into(),
        keys: TestIdentity::new(seed).key_set(0),
    }
}

/// Makes a request that hands over one-time keys of these ids, of both kinds.
pub fn one_time_keys(
    identity: &TestIdentity,
    key_ids: Range<u32>,
) -> impl FnOnce(RequestId) -> KeysUpload + use<> {
    let key = |key_id: u32| OneTimePrekey {
        key_id,
        public_key: [key_id.to_le_bytes()[0]; X25519_KEY_BYTES].into(),
    };
    let one_time_prekeys = key_ids.clone().map(key).collect();
    let one_time_kem_prekeys = key_ids.map(|id| identity.kem_prekey(id)).collect();
    move |id| KeysUpload {
        one_time_prekeys,
        one_time_kem_prekeys,
        ..KeysUpload::new(id)
    }
}

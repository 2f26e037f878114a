//! The public keys a test device registers with. Nothing here is encrypted, so only lengths count.

use heliograph_protocol::http::DeviceInfo;
use heliograph_protocol::keys::{KemPrekey, KeySet, SignedPrekey};
use heliograph_protocol::limits::{KEM_KEY_BYTES, SIGNATURE_BYTES, X25519_KEY_BYTES};

/// Describes a device of that name.
pub fn device(name: &str) -> DeviceInfo {
    DeviceInfo {
        name: name.to_owned(),
        registration_id: 7,
        keys: KeySet {
            identity_key: [1; 64].into(),
            signed_prekey: SignedPrekey {
                key_id: 1,
                public_key: [2; X25519_KEY_BYTES].into(),
                signature: [3; SIGNATURE_BYTES].into(),
            },
            last_resort_kem_prekey: KemPrekey {
                key_id: 1,
                public_key: [4; KEM_KEY_BYTES].into(),
                signature: [5; SIGNATURE_BYTES].into(),
            },
            one_time_prekeys: Vec::new(),
            one_time_kem_prekeys: Vec::new(),
        },
    }
}

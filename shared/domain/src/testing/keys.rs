//! Keys of devices on a stage: real identities and signatures; nothing else of them is used.

use ed25519_dalek::{Signer, SigningKey};
use heliograph_protocol::keys::{
    IdentityKey, KEM_PREKEY_TAG, KemPrekey, KeySet, OneTimePrekey, SIGNED_PREKEY_TAG, Signature,
    SignedPrekey, signed_bytes,
};
use heliograph_protocol::limits::{IDENTITY_KEY_BYTES, KEM_KEY_BYTES, X25519_KEY_BYTES};

/// A device's identity, which signs its keys.
pub struct TestIdentity {
    signing: SigningKey,
    /// The public half.
    pub identity_key: IdentityKey,
}

impl TestIdentity {
    /// Makes the identity of a seed.
    pub fn new(seed: u8) -> Self {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let mut identity_key = [seed; IDENTITY_KEY_BYTES];
        identity_key[..32].copy_from_slice(signing.verifying_key().as_bytes());
        Self {
            signing,
            identity_key: identity_key.into(),
        }
    }

    /// Makes a signed pre-key.
    pub fn signed_prekey(&self, key_id: u32) -> SignedPrekey {
        let key = filled::<X25519_KEY_BYTES>(key_id);
        SignedPrekey {
            key_id,
            public_key: key.into(),
            signature: self.sign(SIGNED_PREKEY_TAG, &key),
        }
    }

    /// Makes an ML-KEM pre-key.
    pub fn kem_prekey(&self, key_id: u32) -> KemPrekey {
        let key = filled::<KEM_KEY_BYTES>(key_id);
        KemPrekey {
            key_id,
            public_key: key.into(),
            signature: self.sign(KEM_PREKEY_TAG, &key),
        }
    }

    /// Makes the keys that a device registers with, and so many one-time keys of each kind.
    pub fn key_set(&self, one_time: u32) -> KeySet {
        let one_time_prekey = |key_id| OneTimePrekey {
            key_id,
            public_key: filled::<X25519_KEY_BYTES>(key_id).into(),
        };
        KeySet {
            identity_key: self.identity_key.clone(),
            signed_prekey: self.signed_prekey(1),
            last_resort_kem_prekey: self.kem_prekey(1),
            one_time_prekeys: (0..one_time).map(|n| one_time_prekey(2 + n)).collect(),
            one_time_kem_prekeys: (0..one_time).map(|n| self.kem_prekey(2 + n)).collect(),
        }
    }

    fn sign(&self, tag: &str, key: &[u8]) -> Signature {
        let signed = signed_bytes(tag, &self.identity_key, key);
        self.signing.sign(&signed).to_bytes().into()
    }
}

/// Bytes that tell keys of different ids apart.
fn filled<const N: usize>(key_id: u32) -> [u8; N] {
    let id = key_id.to_le_bytes();
    std::array::from_fn(|at| id[at % id.len()])
}

//! The public keys of load users. Nothing here is encrypted, so only what the server checks must be
//! real: lengths, and signatures by the identity key, which is one for everybody.

use ed25519_dalek::{Signer, SigningKey};
use heliograph_protocol::keys::{
    IdentityKey, KEM_PREKEY_TAG, KemPrekey, KeySet, OneTimePrekey, SIGNED_PREKEY_TAG, Signature,
    SignedPrekey, signed_bytes,
};
use heliograph_protocol::limits::{KEM_KEY_BYTES, X25519_KEY_BYTES};

/// Signs the keys of load users.
pub(super) struct Signing {
    secret: SigningKey,
    identity_key: IdentityKey,
}

impl Signing {
    pub(super) fn new() -> Signing {
        let secret = SigningKey::from_bytes(&[7; 32]);
        let mut identity_key = [9; 64];
        identity_key[..32].copy_from_slice(secret.verifying_key().as_bytes());
        Signing {
            secret,
            identity_key: identity_key.into(),
        }
    }

    fn sign(&self, tag: &str, key: &[u8]) -> Signature {
        let signed = signed_bytes(tag, &self.identity_key, key);
        self.secret.sign(&signed).to_bytes().into()
    }

    /// What a user registers with; no one-time keys.
    pub(super) fn key_set(&self) -> KeySet {
        let (prekey, kem_prekey) = ([5; X25519_KEY_BYTES], [6; KEM_KEY_BYTES]);
        KeySet {
            identity_key: self.identity_key.clone(),
            signed_prekey: SignedPrekey {
                key_id: 1,
                public_key: prekey.into(),
                signature: self.sign(SIGNED_PREKEY_TAG, &prekey),
            },
            last_resort_kem_prekey: KemPrekey {
                key_id: 1,
                public_key: kem_prekey.into(),
                signature: self.sign(KEM_PREKEY_TAG, &kem_prekey),
            },
            one_time_prekeys: Vec::new(),
            one_time_kem_prekeys: Vec::new(),
        }
    }

    /// An ML-KEM one-time key of a user.
    pub(super) fn kem(&self, user: usize, key_id: u32) -> KemPrekey {
        let public_key = public_key::<KEM_KEY_BYTES>(user, key_id);
        KemPrekey {
            key_id,
            signature: self.sign(KEM_PREKEY_TAG, &public_key),
            public_key: public_key.into(),
        }
    }
}

/// An X25519 one-time key of a user.
pub(super) fn curve(user: usize, key_id: u32) -> OneTimePrekey {
    OneTimePrekey {
        key_id,
        public_key: public_key::<X25519_KEY_BYTES>(user, key_id).into(),
    }
}

/// The bytes of a one-time key: whose it is, and which.
pub(super) fn public_key<const N: usize>(user: usize, key_id: u32) -> [u8; N] {
    let mut bytes = [3; N];
    bytes[..8].copy_from_slice(&(user as u64).to_be_bytes());
    bytes[8..12].copy_from_slice(&key_id.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Signature as Ed25519;
    use heliograph_protocol::keys::SignedKey;

    fn verifies<const N: usize>(signing: &Signing, tag: &str, key: &SignedKey<N>) -> bool {
        let signed = signed_bytes(tag, &signing.identity_key, key.public_key.as_bytes());
        let signature = Ed25519::from_slice(key.signature.as_bytes()).unwrap();
        let identity = signing.secret.verifying_key();
        identity.verify_strict(&signed, &signature).is_ok()
    }

    #[test]
    fn signatures_are_real() {
        let signing = Signing::new();
        let set = signing.key_set();
        assert!(verifies(&signing, SIGNED_PREKEY_TAG, &set.signed_prekey));
        assert!(verifies(
            &signing,
            KEM_PREKEY_TAG,
            &set.last_resort_kem_prekey
        ));
        assert!(verifies(&signing, KEM_PREKEY_TAG, &signing.kem(7, 8)));
        assert!(!verifies(&signing, SIGNED_PREKEY_TAG, &signing.kem(7, 8)));
    }

    #[test]
    fn every_one_time_key_of_every_user_is_another() {
        let keys = [(1, 2), (1, 3), (2, 2)].map(|(user, id)| curve(user, id).public_key);
        assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    }
}

//! The public keys a load user registers with: one set for everybody. Nothing here is encrypted, so
//! only what the server checks must be real: lengths, and signatures by the identity key.

use ed25519_dalek::{Signer, SigningKey};
use heliograph_protocol::keys::{
    IdentityKey, KEM_PREKEY_TAG, KemPrekey, KeySet, SIGNED_PREKEY_TAG, Signature, SignedPrekey,
    signed_bytes,
};
use heliograph_protocol::limits::{KEM_KEY_BYTES, X25519_KEY_BYTES};

pub(super) fn key_set() -> KeySet {
    let identity = SigningKey::from_bytes(&[7; 32]);
    let mut identity_key = [9; 64];
    identity_key[..32].copy_from_slice(identity.verifying_key().as_bytes());
    let identity_key: IdentityKey = identity_key.into();
    let sign = |tag, key: &[u8]| -> Signature {
        let signed = signed_bytes(tag, &identity_key, key);
        identity.sign(&signed).to_bytes().into()
    };
    let (prekey, kem_prekey) = ([5; X25519_KEY_BYTES], [6; KEM_KEY_BYTES]);
    KeySet {
        identity_key: identity_key.clone(),
        signed_prekey: SignedPrekey {
            key_id: 1,
            public_key: prekey.into(),
            signature: sign(SIGNED_PREKEY_TAG, &prekey),
        },
        last_resort_kem_prekey: KemPrekey {
            key_id: 1,
            public_key: kem_prekey.into(),
            signature: sign(KEM_PREKEY_TAG, &kem_prekey),
        },
        one_time_prekeys: Vec::new(),
        one_time_kem_prekeys: Vec::new(),
    }
}

//! Signatures of uploaded keys: by the device's identity key, over `tag ‖ identity_key ‖ key`
//! (protocol §6).

use ed25519_dalek::{Signature, VerifyingKey};
use heliograph_protocol::ErrorBody;
use heliograph_protocol::keys::{
    IdentityKey, KEM_PREKEY_TAG, KemPrekey, KeySet, SIGNED_PREKEY_TAG, SignedKey, SignedPrekey,
    signed_bytes,
};
use heliograph_protocol::request::KeysUpload;

/// Bytes of the Ed25519 half of an identity key.
const ED25519_BYTES: usize = 32;

/// A key that its device has not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgedKey {
    /// The identity key is none, or one that would verify anything.
    #[error("unusable identity key")]
    Identity,
    /// The signature does not verify.
    #[error("signature of {0} does not verify")]
    Signature(String),
}

impl From<&ForgedKey> for ErrorBody {
    fn from(error: &ForgedKey) -> Self {
        ErrorBody::bad_request(match error {
            ForgedKey::Identity => "identity_key: expected an Ed25519 and an X25519 key".to_owned(),
            ForgedKey::Signature(field) => {
                format!("{field}: expected a signature that verifies")
            }
        })
    }
}

/// Checks all signatures of a device's keys.
///
/// # Errors
/// [`ForgedKey`] for the first that does not verify.
pub fn check(keys: &KeySet) -> Result<(), ForgedKey> {
    let identity = Identity::new(&keys.identity_key)?;
    identity.check_signed(&keys.signed_prekey)?;
    identity.check_last_resort(&keys.last_resort_kem_prekey)?;
    identity.check_one_time(&keys.one_time_kem_prekeys)
}

/// Checks all signatures of keys that a device adds.
///
/// # Errors
/// [`ForgedKey`] for the first that does not verify.
pub fn check_upload(identity_key: &IdentityKey, keys: &KeysUpload) -> Result<(), ForgedKey> {
    let identity = Identity::new(identity_key)?;
    if let Some(key) = &keys.signed_prekey {
        identity.check_signed(key)?;
    }
    if let Some(key) = &keys.last_resort_kem_prekey {
        identity.check_last_resort(key)?;
    }
    identity.check_one_time(&keys.one_time_kem_prekeys)
}

/// A device's identity, for verifying what it signed.
struct Identity<'k> {
    key: &'k IdentityKey,
    verifying: VerifyingKey,
}

impl<'k> Identity<'k> {
    fn new(key: &'k IdentityKey) -> Result<Self, ForgedKey> {
        let ed25519 = key.as_bytes().first_chunk::<ED25519_BYTES>();
        let verifying = ed25519
            .and_then(|bytes| VerifyingKey::from_bytes(bytes).ok())
            .filter(|verifying| !verifying.is_weak());
        Ok(Self {
            key,
            verifying: verifying.ok_or(ForgedKey::Identity)?,
        })
    }

    fn check_signed(&self, key: &SignedPrekey) -> Result<(), ForgedKey> {
        self.check(SIGNED_PREKEY_TAG, key, || "signed_prekey".to_owned())
    }

    fn check_last_resort(&self, key: &KemPrekey) -> Result<(), ForgedKey> {
        self.check(KEM_PREKEY_TAG, key, || "last_resort_kem_prekey".to_owned())
    }

    fn check_one_time(&self, keys: &[KemPrekey]) -> Result<(), ForgedKey> {
        for (index, key) in keys.iter().enumerate() {
            let field = || format!("one_time_kem_prekeys[{index}]");
            self.check(KEM_PREKEY_TAG, key, field)?;
        }
        Ok(())
    }

    fn check<const N: usize>(
        &self,
        tag: &str,
        key: &SignedKey<N>,
        field: impl FnOnce() -> String,
    ) -> Result<(), ForgedKey> {
        let signed = signed_bytes(tag, self.key, key.public_key.as_bytes());
        let is_valid = Signature::from_slice(key.signature.as_bytes())
            .and_then(|signature| self.verifying.verify_strict(&signed, &signature))
            .is_ok();
        if is_valid {
            Ok(())
        } else {
            Err(ForgedKey::Signature(field()))
        }
    }
}

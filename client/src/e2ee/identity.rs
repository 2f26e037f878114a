//! Who a device is.

use super::agreement::AgreementSecret;
use super::secret::Secret;
use crate::random::{self, NoRandomness};
use heliograph_protocol::keys::{IdentityKey, Signature, signed_bytes};
use heliograph_protocol::limits::DEVICE_REGISTRATION_ID_MAX;
use serde::{Deserialize, Serialize};
use std::fmt;
use vodozemac::{Ed25519PublicKey, Ed25519SecretKey, Ed25519Signature};

/// Is a device's identity: an Ed25519 pair that signs pre-keys ([RFC 8032]) and an X25519 pair that
/// sessions begin with. Drawn once, when a device registers; wiped from memory when it goes.
///
/// [RFC 8032]: https://www.rfc-editor.org/rfc/rfc8032
pub struct Identity {
    signing: Ed25519SecretKey,
    agreement: AgreementSecret,
    public: IdentityKey,
}

/// Is an [`Identity`] to be stored: both secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityPickle {
    ed25519: Secret<32>,
    x25519: Secret<32>,
}

impl Identity {
    /// Draws an identity.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives none.
    pub fn draw() -> Result<Self, NoRandomness> {
        Ok(Self::from_pickle(&IdentityPickle {
            ed25519: Secret::draw()?,
            x25519: Secret::draw()?,
        }))
    }

    /// Tells the public keys, as they are on the wire: Ed25519 ‖ X25519.
    pub fn public(&self) -> &IdentityKey {
        &self.public
    }

    /// Makes a copy to be stored.
    pub fn pickle(&self) -> IdentityPickle {
        IdentityPickle {
            ed25519: Secret::owned(self.signing.to_bytes()),
            x25519: self.agreement.to_secret(),
        }
    }

    /// Makes the identity that was stored.
    pub fn from_pickle(pickle: &IdentityPickle) -> Self {
        let signing = Ed25519SecretKey::from_slice(pickle.ed25519.as_bytes());
        let agreement = AgreementSecret::from_secret(&pickle.x25519);
        let mut public = [0; 64];
        public[..32].copy_from_slice(signing.public_key().as_bytes());
        public[32..].copy_from_slice(agreement.public());
        Self {
            signing,
            agreement,
            public: public.into(),
        }
    }

    /// Signs a public key under this identity (protocol §6).
    pub(super) fn sign(&self, tag: &str, key: &[u8]) -> Signature {
        let signed = signed_bytes(tag, &self.public, key);
        self.signing.sign(&signed).to_bytes().into()
    }

    pub(super) fn agreement(&self) -> &AgreementSecret {
        &self.agreement
    }
}

impl fmt::Debug for Identity {
    /// Hides the public keys too: they name a person's device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// Draws the number that tells one installation of a device from an earlier one: 14 bits
/// (protocol §1).
///
/// # Errors
/// [`NoRandomness`] when the system gives none.
pub fn registration_id() -> Result<u16, NoRandomness> {
    random::bytes().map(|bytes| u16::from_be_bytes(bytes) & DEVICE_REGISTRATION_ID_MAX)
}

/// Tells whether an identity has signed a public key, strictly: a signature has one spelling, and an
/// identity of low order signs nothing (vodozemac verifies so).
pub(super) fn has_signed(
    identity: &IdentityKey,
    tag: &str,
    key: &[u8],
    signature: &Signature,
) -> bool {
    let verified = || {
        let by = Ed25519PublicKey::from_slice(signing_half(identity)?).ok()?;
        let signature = Ed25519Signature::from_slice(signature.as_bytes()).ok()?;
        by.verify(&signed_bytes(tag, identity, key), &signature)
            .ok()
    };
    verified().is_some()
}

fn signing_half(identity: &IdentityKey) -> Option<&[u8; 32]> {
    identity.as_bytes().first_chunk()
}

/// Reads the X25519 half of an identity.
pub(super) fn agreement_half(identity: &IdentityKey) -> &[u8; 32] {
    // 64 bytes by its type.
    identity.as_bytes().last_chunk().unwrap_or(&[0; 32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::tests::hex;

    fn of(ed25519: &str) -> Identity {
        Identity::from_pickle(&IdentityPickle {
            ed25519: Secret::copied(&hex(ed25519)),
            x25519: Secret::copied(&[7; 32]),
        })
    }

    /// RFC 8032 §7.1, test 2: the key and the signature of one byte.
    #[test]
    fn is_ed25519() {
        let identity = of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(identity.public().as_bytes()[..32], hex::<32>(public));
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        let signed = identity.signing.sign(&[0x72]).to_bytes();
        assert_eq!(signed, hex::<64>(signature));
    }

    #[test]
    fn signs_for_itself_only() {
        let identity = Identity::draw().unwrap();
        let signature = identity.sign("tag", b"key");
        let signed = |by: &Identity, tag, key| has_signed(by.public(), tag, key, &signature);
        assert!(signed(&identity, "tag", b"key"));
        assert!(!signed(&identity, "tag", b"kex"));
        assert!(!signed(&identity, "tah", b"key"));
        assert!(!signed(&Identity::draw().unwrap(), "tag", b"key"));
    }

    /// The neutral element as key and as half of a signature verifies anything when it is not checked.
    #[test]
    fn an_identity_of_low_order_has_signed_nothing() {
        let mut neutral = [0; 64];
        neutral[0] = 1;
        let (identity, signature) = (IdentityKey::from(neutral), Signature::from(neutral));
        assert!(!has_signed(&identity, "tag", b"key", &signature));
    }

    #[test]
    fn is_stored_and_hidden() {
        let identity = Identity::draw().unwrap();
        let json = serde_json::to_string(&identity.pickle()).unwrap();
        let pickle: IdentityPickle = serde_json::from_str(&json).unwrap();
        assert_eq!(Identity::from_pickle(&pickle).public(), identity.public());
        assert_eq!(format!("{identity:?}"), "Identity");
        let hidden = "IdentityPickle { ed25519: Secret, x25519: Secret }";
        assert_eq!(format!("{pickle:?}"), hidden);
    }

    #[test]
    fn registration_ids_have_14_bits() {
        let drawn: Vec<u16> = (0..200).map(|_| registration_id().unwrap()).collect();
        assert!(drawn.iter().all(|id| *id <= DEVICE_REGISTRATION_ID_MAX));
        assert!(drawn.iter().any(|id| *id != drawn[0]));
    }
}

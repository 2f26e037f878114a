//! Beginning a session.

use super::{RATCHET_INFO, Transcript, root_key};
use crate::e2ee::Identity;
use crate::e2ee::agreement::{AgreementSecret, LowOrder};
use crate::e2ee::identity::{agreement_half, has_signed};
use crate::e2ee::kdf::{self, KeyNotDerived};
use crate::e2ee::kem::{Encapsulated, InvalidKemKey, KemPublic};
use crate::e2ee::secret::Secret;
use crate::e2ee::wire::FirstHeader;
use crate::random::NoRandomness;
use heliograph_protocol::keys::{Base64Bytes, KEM_PREKEY_TAG, PrekeyBundle, SIGNED_PREKEY_TAG};
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{Session, SessionConfig, SessionKeys};

/// Says why no session was begun with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitiateError {
    /// The bundle is this device's own, as if the server had turned it around.
    #[error("bundle is our own")]
    OwnIdentity,
    /// The signed pre-key is not signed by the bundle's identity.
    #[error("signature of the signed pre-key does not verify")]
    SignedPrekey,
    /// The ML-KEM pre-key is not signed by the bundle's identity.
    #[error("signature of the kem pre-key does not verify")]
    KemPrekey,
    /// A key has a low order: anybody would know what is agreed with it.
    #[error("key of the bundle has a low order")]
    LowOrder(#[from] LowOrder),
    /// The ML-KEM key is none.
    #[error("kem key of the bundle is invalid")]
    InvalidKemKey(#[from] InvalidKemKey),
    /// There was nothing to draw keys from.
    #[error("no key drawn")]
    Random(#[from] NoRandomness),
    /// No key was derived.
    #[error("no key derived")]
    NotDerived(#[from] KeyNotDerived),
}

/// Begins a session with the device of a bundle: what its first messages say, and the ratchet.
pub(in crate::e2ee) fn initiate(
    me: &Identity,
    bundle: &PrekeyBundle,
) -> Result<(FirstHeader, Session), InitiateError> {
    check(me, bundle)?;
    let ephemeral = AgreementSecret::draw()?;
    let kem = KemPublic::from_bytes(bundle.kem_prekey.public_key.as_bytes())?.encapsulate()?;
    let root = agree(me, bundle, &ephemeral, &kem)?;
    let session = ratchet(me, bundle, &ephemeral, &root)?;
    let header = FirstHeader {
        identity: me.public().clone(),
        ephemeral: *ephemeral.public(),
        signed_prekey_id: bundle.signed_prekey.key_id,
        one_time_prekey_id: bundle.one_time_prekey.as_ref().map(|key| key.key_id),
        kem_prekey_id: bundle.kem_prekey.key_id,
        kem_ciphertext: kem.ciphertext,
    };
    Ok((header, session))
}

/// Checks that the bundle's keys are of one device, and of another one.
fn check(me: &Identity, bundle: &PrekeyBundle) -> Result<(), InitiateError> {
    if bundle.identity_key == *me.public() {
        return Err(InitiateError::OwnIdentity);
    }
    let by = &bundle.identity_key;
    let (signed, kem) = (&bundle.signed_prekey, &bundle.kem_prekey);
    let key = signed.public_key.as_bytes();
    if !has_signed(by, SIGNED_PREKEY_TAG, key, &signed.signature) {
        return Err(InitiateError::SignedPrekey);
    }
    let key = kem.public_key.as_bytes();
    if !has_signed(by, KEM_PREKEY_TAG, key, &kem.signature) {
        return Err(InitiateError::KemPrekey);
    }
    Ok(())
}

fn agree(
    me: &Identity,
    bundle: &PrekeyBundle,
    ephemeral: &AgreementSecret,
    kem: &Encapsulated,
) -> Result<Secret<32>, InitiateError> {
    let signed_prekey = bytes(&bundle.signed_prekey.public_key);
    let one_time_prekey = bundle.one_time_prekey.as_ref();
    let one_time_prekey = one_time_prekey.map(|key| bytes(&key.public_key));
    let mut agreed = vec![
        me.agreement().agree(signed_prekey)?,
        ephemeral.agree(agreement_half(&bundle.identity_key))?,
        ephemeral.agree(signed_prekey)?,
    ];
    if let Some(key) = one_time_prekey {
        agreed.push(ephemeral.agree(key)?);
    }
    agreed.push(kem.shared.clone());
    let transcript = Transcript {
        initiator: me.public(),
        responder: &bundle.identity_key,
        ephemeral: ephemeral.public(),
        signed_prekey,
        one_time_prekey,
        kem_prekey: bundle.kem_prekey.public_key.as_bytes(),
        kem_ciphertext: kem.ciphertext.as_slice(),
    };
    Ok(root_key(&agreed, &transcript)?)
}

/// Takes the initiator's first step of the root ratchet (Double Ratchet §7.1, `RatchetInitAlice`).
fn ratchet(
    me: &Identity,
    bundle: &PrekeyBundle,
    ephemeral: &AgreementSecret,
    root: &Secret<32>,
) -> Result<Session, InitiateError> {
    let signed_prekey = bytes(&bundle.signed_prekey.public_key);
    let ratchet = AgreementSecret::draw()?;
    let shared = ratchet.agree(signed_prekey)?;
    let stepped = kdf::derive::<64>(root.as_bytes(), shared.as_bytes(), RATCHET_INFO)?;
    let (root, chain) = stepped.halves();
    let keys = SessionKeys {
        identity_key: Curve25519PublicKey::from_bytes(*me.agreement().public()),
        base_key: Curve25519PublicKey::from_bytes(*ephemeral.public()),
        one_time_key: Curve25519PublicKey::from_bytes(*signed_prekey),
    };
    let secret = ratchet.to_secret();
    let config = SessionConfig::version_2();
    Ok(Session::from_root_key_material(
        config,
        keys,
        *root.as_bytes(),
        *chain.as_bytes(),
        *secret.as_bytes(),
    ))
}

/// Reads an X25519 key, of 32 bytes by its type.
fn bytes(key: &Base64Bytes<32>) -> &[u8; 32] {
    key.as_bytes().first_chunk().unwrap_or(&[0; 32])
}

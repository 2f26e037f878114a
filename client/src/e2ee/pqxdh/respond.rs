//! Joining a session that somebody has begun.

use super::transcript::{Transcript, root_key};
use crate::e2ee::Identity;
use crate::e2ee::agreement::{AgreementSecret, LowOrder};
use crate::e2ee::identity::agreement_half;
use crate::e2ee::kdf::KeyNotDerived;
use crate::e2ee::prekeys::{KemPrekeySecret, OneTimePrekeySecret, SignedPrekeySecret};
use crate::e2ee::secret::Secret;
use crate::e2ee::wire::FirstHeader;
use crate::random::NoRandomness;
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{Session, SessionConfig, SessionKeys};

/// Is the private halves of the pre-keys that a header names.
#[derive(Clone, Copy, Debug)]
pub struct PrekeySecrets<'a> {
    /// The signed one.
    pub signed: &'a SignedPrekeySecret,
    /// The one-time one, if the header names one.
    pub one_time: Option<&'a OneTimePrekeySecret>,
    /// The ML-KEM one.
    pub kem: &'a KemPrekeySecret,
}

/// Says why nothing was agreed with who sent a first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgreeError {
    /// The message says that it is from this device itself, as if the server had turned it around.
    #[error("first message is our own")]
    OwnIdentity,
    /// The secrets are not those that the header names.
    #[error("secrets are not those of the header")]
    OtherPrekeys,
    /// A key has a low order: anybody would know what is agreed with it.
    #[error("key of the first message has a low order")]
    LowOrder(#[from] LowOrder),
    /// There was nothing to draw from.
    #[error("no key drawn")]
    Random(#[from] NoRandomness),
    /// No key was derived.
    #[error("no key derived")]
    NotDerived(#[from] KeyNotDerived),
}

impl PrekeySecrets<'_> {
    fn are_of(&self, header: &FirstHeader) -> bool {
        self.signed.key_id() == header.signed_prekey_id
            && self.kem.key_id() == header.kem_prekey_id
            && self.one_time.map(OneTimePrekeySecret::key_id) == header.one_time_prekey_id
    }
}

/// Makes the ratchet that a first message is decrypted with. It is of use after that only.
pub(in crate::e2ee) fn respond(
    me: &Identity,
    secrets: PrekeySecrets<'_>,
    header: &FirstHeader,
) -> Result<Session, AgreeError> {
    if header.identity == *me.public() {
        return Err(AgreeError::OwnIdentity);
    }
    if !secrets.are_of(header) {
        return Err(AgreeError::OtherPrekeys);
    }
    let root = agree(me, secrets, header)?;
    ratchet(secrets.signed.agreement(), header, &root)
}

fn agree(
    me: &Identity,
    secrets: PrekeySecrets<'_>,
    header: &FirstHeader,
) -> Result<Secret<32>, AgreeError> {
    let signed = secrets.signed.agreement();
    let one_time = secrets.one_time.map(OneTimePrekeySecret::agreement);
    let (kem, kem_prekey) = (secrets.kem.kem(), secrets.kem.kem().public());
    let mut agreed = vec![
        signed.agree(agreement_half(&header.identity))?,
        me.agreement().agree(&header.ephemeral)?,
        signed.agree(&header.ephemeral)?,
    ];
    if let Some(one_time) = one_time {
        agreed.push(one_time.agree(&header.ephemeral)?);
    }
    agreed.push(kem.decapsulate(&header.kem_ciphertext));
    let transcript = Transcript {
        initiator: &header.identity,
        responder: me.public(),
        ephemeral: &header.ephemeral,
        signed_prekey: signed.public(),
        one_time_prekey: one_time.map(AgreementSecret::public),
        kem_prekey: kem_prekey.as_slice(),
        kem_ciphertext: header.kem_ciphertext.as_slice(),
    };
    Ok(root_key(&agreed, &transcript)?)
}

/// Begins with the root key, and with the signed pre-key as own ratchet key (Double Ratchet §7.1,
/// `RatchetInitBob`).
///
/// There is no sending chain yet, and vodozemac wants one: it is random, and the first message that is
/// decrypted replaces it.
fn ratchet(
    signed: &AgreementSecret,
    header: &FirstHeader,
    root: &Secret<32>,
) -> Result<Session, AgreeError> {
    let keys = SessionKeys {
        identity_key: Curve25519PublicKey::from_bytes(*agreement_half(&header.identity)),
        base_key: Curve25519PublicKey::from_bytes(header.ephemeral),
        one_time_key: Curve25519PublicKey::from_bytes(*signed.public()),
    };
    let (unused, own) = (Secret::<32>::draw()?, signed.to_secret());
    let config = SessionConfig::version_2();
    Ok(Session::from_root_key_material(
        config,
        keys,
        *root.as_bytes(),
        *unused.as_bytes(),
        *own.as_bytes(),
    ))
}

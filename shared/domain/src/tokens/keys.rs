//! Keys derived from the master secret with HKDF-SHA256 ([RFC 5869]).
//!
//! [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::Sha256;
use std::fmt;
use std::sync::OnceLock;

/// What stands before the seed in the PKCS #8 form of an Ed25519 key ([RFC 8410 §7]).
///
/// [RFC 8410 §7]: https://www.rfc-editor.org/rfc/rfc8410#section-7
const ED25519_PKCS8: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// The keys of one deployment: the newest version makes tokens, the one before it is still honoured.
pub struct KeyRing {
    issuer: String,
    current: Keys,
    previous: Option<Keys>,
}

/// What one version of the master secret gives.
pub(super) struct Keys {
    /// Names the version in tokens.
    pub(super) id: String,
    access_seed: [u8; 32],
    access: OnceLock<AccessKeys>,
    ack: Hmac<Sha256>,
    refresh: Hmac<Sha256>,
    code: Hmac<Sha256>,
    blind: Hmac<Sha256>,
    vapid_seed: [u8; 32],
    media_secret: String,
}

/// Signs and verifies access tokens.
pub(super) struct AccessKeys {
    pub(super) sign: EncodingKey,
    pub(super) verify: DecodingKey,
}

/// The master secret holds too little to derive keys from.
#[derive(Debug, thiserror::Error)]
#[error("master secret shorter than 32 bytes")]
pub struct WeakSecret;

impl KeyRing {
    /// Derives the keys of a deployment.
    ///
    /// `issuer` stands in every access token as `iss` and `aud`. `current` and `previous` are
    /// versions of the master secret, 32 bytes or more of randomness each.
    ///
    /// # Errors
    /// [`WeakSecret`] for a secret that is too short.
    pub fn derive(
        issuer: impl Into<String>,
        current: &[u8],
        previous: Option<&[u8]>,
    ) -> Result<Self, WeakSecret> {
        Ok(Self {
            issuer: issuer.into(),
            current: Keys::derive(current)?,
            previous: previous.map(Keys::derive).transpose()?,
        })
    }

    /// Names the version of the master secret that makes tokens.
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    /// What keys for Web Push are made of ([RFC 8292]), by the version that they are of, newest
    /// first.
    ///
    /// [RFC 8292]: https://www.rfc-editor.org/rfc/rfc8292
    pub fn vapid_seeds(&self) -> impl Iterator<Item = (&str, &[u8; 32])> {
        self.honoured()
            .map(|keys| (keys.id.as_str(), &keys.vapid_seed))
    }

    /// What addresses of files are signed with on one machine: the version that signs, by its name.
    pub fn media_secret(&self) -> (&str, &str) {
        (&self.current.id, &self.current.media_secret)
    }

    /// What is accepted of those, newest first.
    pub fn media_secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.honoured()
            .map(|keys| (keys.id.as_str(), keys.media_secret.as_str()))
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn current(&self) -> &Keys {
        &self.current
    }

    /// The versions that are honoured, newest first.
    pub(super) fn honoured(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// Makes a name by which something can be counted, and nothing be known of it without the
    /// master secret.
    pub fn blind(&self, parts: &[&str]) -> String {
        self.current.blind(parts)
    }

    /// Tells whether a name is the one that [`KeyRing::blind`] makes or has made of these parts.
    pub fn is_blind(&self, parts: &[&str], name: &str) -> bool {
        self.honoured()
            .any(|keys| same(keys.blind(parts).as_bytes(), name.as_bytes()))
    }

    /// Makes what is stored of a registration's code: useless without the master secret.
    pub fn seal_code(&self, registration_id: &str, code: &str) -> Vec<u8> {
        mac(
            &self.current.code,
            &[registration_id.as_bytes(), b"#", code.as_bytes()],
        )
        .to_vec()
    }

    /// Tells whether a code is the one that was sealed, in constant time.
    pub fn is_code(&self, registration_id: &str, code: &str, sealed: &[u8]) -> bool {
        let parts = [registration_id.as_bytes(), b"#", code.as_bytes()];
        self.honoured()
            .any(|keys| same(&mac(&keys.code, &parts), sealed))
    }
}

impl Keys {
    fn derive(secret: &[u8]) -> Result<Self, WeakSecret> {
        if secret.len() < 32 {
            return Err(WeakSecret);
        }
        let hkdf = Hkdf::<Sha256>::new(Some(b"heliograph/1"), secret);
        let id: [u8; 32] = expand(&hkdf, b"key id")?;
        Ok(Self {
            id: id[..4].iter().map(|byte| format!("{byte:02x}")).collect(),
            access_seed: expand(&hkdf, b"access token signing")?,
            access: OnceLock::new(),
            ack: keyed(&expand(&hkdf, b"ack token")?)?,
            refresh: keyed(&expand(&hkdf, b"refresh token")?)?,
            code: keyed(&expand(&hkdf, b"registration code")?)?,
            vapid_seed: expand(&hkdf, b"web push signing")?,
            media_secret: BASE64.encode(expand(&hkdf, b"media addresses")?),
            blind: keyed(&expand(&hkdf, b"limit subject")?)?,
        })
    }

    fn blind(&self, parts: &[&str]) -> String {
        let parts: Vec<&[u8]> = parts
            .iter()
            .flat_map(|part| [part.as_bytes(), b"\0"])
            .collect();
        BASE64.encode(&mac(&self.blind, &parts)[..16])
    }

    /// The keys of access tokens, made when they are first used: most functions never do.
    pub(super) fn access(&self) -> &AccessKeys {
        self.access.get_or_init(|| {
            let signing = SigningKey::from_bytes(&self.access_seed);
            let der = [ED25519_PKCS8, &self.access_seed].concat();
            AccessKeys {
                sign: EncodingKey::from_ed_der(&der),
                verify: DecodingKey::from_ed_der(signing.verifying_key().as_bytes()),
            }
        })
    }

    pub(super) fn ack_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.ack, parts)
    }

    pub(super) fn refresh_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.refresh, parts)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("issuer", &self.issuer)
            .field("current", &self.current.id)
            .finish_non_exhaustive()
    }
}

fn expand(hkdf: &Hkdf<Sha256>, purpose: &[u8]) -> Result<[u8; 32], WeakSecret> {
    let mut key = [0; 32];
    hkdf.expand(purpose, &mut key).map_err(|_| WeakSecret)?;
    Ok(key)
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, WeakSecret> {
    Hmac::new_from_slice(key).map_err(|_| WeakSecret)
}

fn mac(keyed: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Compares in constant time.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(left, right).into()
}

//! How a server shows a push service who it is ([RFC 8292]).
//!
//! [RFC 8292]: https://www.rfc-editor.org/rfc/rfc8292

use crate::base64url;
use crate::endpoint::Endpoint;
use hkdf::Hkdf;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde::Serialize;
use sha2::Sha256;
use std::error::Error;
use std::fmt;

/// How long a token is good for: half of what [RFC 8292, section 2] permits, for clocks that differ.
///
/// [RFC 8292, section 2]: https://www.rfc-editor.org/rfc/rfc8292#section-2
const TOKEN_LIFETIME_S: u64 = 12 * 60 * 60;

/// Sets the key apart from all else that is derived from the same seed.
const KEY_INFO: &[u8] = b"heliograph web push vapid p-256";

/// The key that browsers subscribe for, and whom to ask about its owner.
///
/// `Debug` shows the public key only.
#[derive(Clone)]
pub struct Vapid {
    key: SigningKey,
    subject: String,
}

impl Vapid {
    /// Derives the key from 32 bytes of key material, always the same one from the same.
    ///
    /// `subject` is a URL where a push service finds the operator: `https://…` or `mailto:…`.
    ///
    /// Candidates are HKDF-SHA-256 of the seed with a counter; the first one that is a scalar of
    /// P-256 (neither 0 nor beyond the order, as all but one in 2³² are) is the key.
    ///
    /// # Errors
    /// [`VapidError::Subject`] when the subject is no such URL.
    pub fn from_seed(seed: &[u8; 32], subject: &str) -> Result<Self, VapidError> {
        let is_url = ["https://", "mailto:"].iter().any(|scheme| {
            let rest = subject.strip_prefix(scheme);
            rest.is_some_and(|rest| !rest.is_empty())
        });
        if !is_url || !subject.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(VapidError::Subject);
        }
        Ok(Self {
            key: derive(seed).ok_or(VapidError::Seed)?.into(),
            subject: subject.to_owned(),
        })
    }

    /// The public key as browsers take it for `applicationServerKey`: the uncompressed point of 65
    /// bytes in base64url without padding.
    pub fn public_key(&self) -> String {
        base64url::encode(self.key.verifying_key().to_encoded_point(false))
    }

    /// Writes the `Authorization` header of a request to an endpoint.
    pub(crate) fn authorization(
        &self,
        endpoint: &Endpoint,
        now_ms: u64,
    ) -> Result<String, Box<dyn Error + Send + Sync>> {
        let claims = Claims {
            aud: &endpoint.origin(),
            exp: (now_ms / 1000).saturating_add(TOKEN_LIFETIME_S),
            sub: &self.subject,
        };
        let header = base64url::encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let claims = base64url::encode(serde_json::to_vec(&claims)?);
        let signed = format!("{header}.{claims}");
        let signature: Signature = self.key.try_sign(signed.as_bytes())?;
        let signature = base64url::encode(signature.to_bytes());
        let key = self.public_key();
        Ok(format!("vapid t={signed}.{signature}, k={key}"))
    }
}

impl fmt::Debug for Vapid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vapid")
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}

/// A failure to make a [`Vapid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VapidError {
    /// Neither `https://…` nor `mailto:…`, or not of visible ASCII.
    #[error("subject is neither an https nor a mailto URL")]
    Subject,
    /// No key can be derived; there is no seed known for which this is so.
    #[error("seed yields no key")]
    Seed,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    sub: &'a str,
}

fn derive(seed: &[u8; 32]) -> Option<SecretKey> {
    let material = Hkdf::<Sha256>::new(None, seed);
    (0..=u8::MAX).find_map(|counter| {
        let mut scalar = [0; 32];
        material
            .expand_multi_info(&[KEY_INFO, &[counter]], &mut scalar)
            .ok()?;
        SecretKey::from_slice(&scalar).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: &str = "https://heliograph.example";

    #[test]
    fn a_seed_yields_the_same_key_for_ever() {
        let vapid = Vapid::from_seed(&[7; 32], SUBJECT).unwrap();
        // Another key would silence every browser that subscribed for this one.
        assert_eq!(
            vapid.public_key(),
            "BClKl6539uJYWGHtrH1pASEl81FDEQpHmyK-2kEFse3o7Yp1qjvpffBmyMrs51B0wlXWhqK6DJA2U5gW5yJsYq4"
        );
        let other = Vapid::from_seed(&[8; 32], SUBJECT).unwrap();
        assert_ne!(vapid.public_key(), other.public_key());
    }

    #[test]
    fn a_subject_is_a_url_of_a_person_or_a_page() {
        for subject in ["https://a.example/push", "mailto:push@a.example"] {
            assert!(Vapid::from_seed(&[7; 32], subject).is_ok());
        }
        for subject in [
            "",
            "https://",
            "mailto:",
            "a.example",
            "http://a.example",
            "mailto: a@b.c",
        ] {
            let error = Vapid::from_seed(&[7; 32], subject).unwrap_err();
            assert_eq!(error, VapidError::Subject, "{subject}");
        }
    }

    #[test]
    fn debug_shows_the_public_key_only() {
        let vapid = Vapid::from_seed(&[7; 32], SUBJECT).unwrap();
        let public_key = vapid.public_key();
        assert_eq!(
            format!("{vapid:?}"),
            format!("Vapid {{ public_key: \"{public_key}\", .. }}")
        );
    }
}

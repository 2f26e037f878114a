//! X25519 ([RFC 7748]): key pairs, and what two of them agree on.
//!
//! [RFC 7748]: https://www.rfc-editor.org/rfc/rfc7748

use super::secret::Secret;
use crate::random::NoRandomness;
use vodozemac::{Curve25519PublicKey, Curve25519SecretKey};

/// Reports a public key of low order: what is agreed with it is the same for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("public key has a low order")]
pub struct LowOrder;

/// Is a key pair.
pub(super) struct AgreementSecret {
    secret: Curve25519SecretKey,
    public: Curve25519PublicKey,
}

impl AgreementSecret {
    pub(super) fn draw() -> Result<Self, NoRandomness> {
        Secret::draw().map(|secret| Self::from_secret(&secret))
    }

    pub(super) fn from_secret(secret: &Secret<32>) -> Self {
        let secret = Curve25519SecretKey::from_slice(secret.as_bytes());
        let public = Curve25519PublicKey::from(&secret);
        Self { secret, public }
    }

    pub(super) fn to_secret(&self) -> Secret<32> {
        Secret::owned(self.secret.to_bytes())
    }

    pub(super) fn public(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// Agrees with who has the other public key's secret.
    pub(super) fn agree(&self, public: &[u8; 32]) -> Result<Secret<32>, LowOrder> {
        let public = Curve25519PublicKey::from_bytes(*public);
        let shared = self.secret.diffie_hellman(&public).ok_or(LowOrder)?;
        Ok(Secret::copied(shared.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::tests::{LOW_ORDER, hex};

    fn pair(secret: &str) -> AgreementSecret {
        AgreementSecret::from_secret(&Secret::copied(&hex(secret)))
    }

    /// RFC 7748 §6.1.
    #[test]
    fn is_x25519() {
        let alice = pair("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = pair("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        assert_eq!(alice.public(), &hex(public));
        let shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        assert_eq!(alice.agree(bob.public()).unwrap().as_bytes(), &hex(shared));
        assert_eq!(bob.agree(alice.public()).unwrap().as_bytes(), &hex(shared));
    }

    #[test]
    fn nothing_is_agreed_with_a_low_order() {
        let alice = AgreementSecret::draw().unwrap();
        for public in LOW_ORDER {
            assert_eq!(alice.agree(&hex(public)).unwrap_err(), LowOrder);
        }
    }
}

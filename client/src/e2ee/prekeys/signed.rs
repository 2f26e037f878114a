//! The signed pre-key.

use super::{KeyIds, PrekeyError};
use crate::e2ee::Identity;
use crate::e2ee::agreement::AgreementSecret;
use crate::e2ee::secret::Secret;
use heliograph_protocol::keys::{SIGNED_PREKEY_TAG, SignedPrekey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Is the private half of an X25519 key that everybody may use until it is replaced.
pub struct SignedPrekeySecret {
    key_id: u32,
    agreement: AgreementSecret,
}

/// Is a [`SignedPrekeySecret`] to be stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedPrekeyPickle {
    key_id: u32,
    secret: Secret<32>,
}

impl SignedPrekeySecret {
    /// Draws a key.
    ///
    /// # Errors
    /// [`PrekeyError`].
    pub fn draw(ids: &mut KeyIds) -> Result<Self, PrekeyError> {
        Ok(Self {
            agreement: AgreementSecret::draw()?,
            key_id: ids.take()?,
        })
    }

    /// Names it among the device's keys.
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// Makes the public half, signed.
    pub fn public(&self, identity: &Identity) -> SignedPrekey {
        let key = self.agreement.public();
        SignedPrekey {
            key_id: self.key_id,
            public_key: (*key).into(),
            signature: identity.sign(SIGNED_PREKEY_TAG, key),
        }
    }

    /// Makes a copy to be stored.
    pub fn pickle(&self) -> SignedPrekeyPickle {
        SignedPrekeyPickle {
            key_id: self.key_id,
            secret: self.agreement.to_secret(),
        }
    }

    /// Makes the key that was stored.
    pub fn from_pickle(pickle: &SignedPrekeyPickle) -> Self {
        Self {
            key_id: pickle.key_id,
            agreement: AgreementSecret::from_secret(&pickle.secret),
        }
    }

    pub(in crate::e2ee) fn agreement(&self) -> &AgreementSecret {
        &self.agreement
    }
}

impl fmt::Debug for SignedPrekeySecret {
    /// Hides the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPrekeySecret")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

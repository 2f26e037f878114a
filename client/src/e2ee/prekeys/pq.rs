//! ML-KEM pre-keys.

use super::{KeyIds, PrekeyError};
use crate::e2ee::Identity;
use crate::e2ee::kem::KemSecret;
use crate::e2ee::secret::Secret;
use heliograph_protocol::keys::{KEM_PREKEY_TAG, KemPrekey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Says how often an ML-KEM key is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KemUse {
    /// Once.
    OneTime,
    /// By everybody while the device has no other left, until it is replaced.
    LastResort,
}

/// Is the private half of an ML-KEM-1024 key.
pub struct KemPrekeySecret {
    key_id: u32,
    kem_use: KemUse,
    kem: KemSecret,
}

/// Is a [`KemPrekeySecret`] to be stored: 64 bytes of which the pair is made again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KemPrekeyPickle {
    key_id: u32,
    kem_use: KemUse,
    seed: Secret<64>,
}

impl KemPrekeySecret {
    /// Draws a key.
    ///
    /// # Errors
    /// [`PrekeyError`].
    pub fn draw(ids: &mut KeyIds, kem_use: KemUse) -> Result<Self, PrekeyError> {
        Ok(Self {
            kem: KemSecret::draw()?,
            key_id: ids.take()?,
            kem_use,
        })
    }

    /// Names it among the device's keys.
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// Tells how often it is used.
    pub fn kem_use(&self) -> KemUse {
        self.kem_use
    }

    /// Makes the public half, signed.
    pub fn public(&self, identity: &Identity) -> KemPrekey {
        let key = self.kem.public();
        KemPrekey {
            key_id: self.key_id,
            signature: identity.sign(KEM_PREKEY_TAG, key.as_slice()),
            public_key: (*key).into(),
        }
    }

    /// Makes a copy to be stored.
    pub fn pickle(&self) -> KemPrekeyPickle {
        KemPrekeyPickle {
            key_id: self.key_id,
            kem_use: self.kem_use,
            seed: self.kem.seed().clone(),
        }
    }

    /// Makes the key that was stored.
    pub fn from_pickle(pickle: &KemPrekeyPickle) -> Self {
        Self {
            key_id: pickle.key_id,
            kem_use: pickle.kem_use,
            kem: KemSecret::from_seed(pickle.seed.clone()),
        }
    }

    pub(in crate::e2ee) fn kem(&self) -> &KemSecret {
        &self.kem
    }
}

impl fmt::Debug for KemPrekeySecret {
    /// Hides the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KemPrekeySecret")
            .field("key_id", &self.key_id)
            .field("kem_use", &self.kem_use)
            .finish_non_exhaustive()
    }
}

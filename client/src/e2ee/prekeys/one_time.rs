//! One-time pre-keys.

use super::{KeyIds, PrekeyError};
use crate::e2ee::agreement::AgreementSecret;
use crate::e2ee::secret::Secret;
use heliograph_protocol::keys::OneTimePrekey;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Is the private half of an X25519 key for one use. What it is used for and its end are stored in one
/// transaction.
pub struct OneTimePrekeySecret {
    key_id: u32,
    agreement: AgreementSecret,
}

/// Is a [`OneTimePrekeySecret`] to be stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OneTimePrekeyPickle {
    key_id: u32,
    secret: Secret<32>,
}

impl OneTimePrekeySecret {
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

    /// Makes the public half.
    pub fn public(&self) -> OneTimePrekey {
        OneTimePrekey {
            key_id: self.key_id,
            public_key: (*self.agreement.public()).into(),
        }
    }

    /// Makes a copy to be stored.
    pub fn pickle(&self) -> OneTimePrekeyPickle {
        OneTimePrekeyPickle {
            key_id: self.key_id,
            secret: self.agreement.to_secret(),
        }
    }

    /// Makes the key that was stored.
    pub fn from_pickle(pickle: &OneTimePrekeyPickle) -> Self {
        Self {
            key_id: pickle.key_id,
            agreement: AgreementSecret::from_secret(&pickle.secret),
        }
    }

    pub(in crate::e2ee) fn agreement(&self) -> &AgreementSecret {
        &self.agreement
    }
}

impl fmt::Debug for OneTimePrekeySecret {
    /// Hides the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimePrekeySecret")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

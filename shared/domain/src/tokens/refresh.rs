//! Refresh tokens: good for one use, protocol §1.
//!
//! The text is `address.generation.secret.mac`: the MAC tells a forged token without a read, the
//! secret is what the stored [`Credential`] proves. A token whose MAC is right and whose credential
//! is not stored any more is a dead one: somebody uses it for the second time.

use super::access::ForgedToken;
use super::{KeyRing, keys};
use crate::address::Address;
use crate::ports::Ids;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

const TOKEN_CHARS_MAX: usize = 256;

/// A refresh token in the clear: only a client keeps it.
pub struct RefreshToken {
    /// The device that it is for.
    pub address: Address,
    text: String,
}

/// What the server keeps of a refresh token: a SHA-256 of its text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential(#[serde(with = "serde_bytes")] Vec<u8>);

impl RefreshToken {
    /// Draws a token for a device.
    pub fn draw(keys: &KeyRing, ids: &dyn Ids, address: Address) -> Self {
        let mut secret = [0; 16];
        ids.fill(&mut secret);
        let claim = format!("{address}.{}", BASE64.encode(secret));
        let mac = keys.current().refresh_mac(&[claim.as_bytes()]);
        Self {
            address,
            text: format!("{claim}.{}", BASE64.encode(mac)),
        }
    }

    /// Reads a token that a client sent.
    ///
    /// # Errors
    /// [`ForgedToken`] for any text that this deployment did not make.
    pub fn parse(keys: &KeyRing, text: &str) -> Result<Self, ForgedToken> {
        if text.len() > TOKEN_CHARS_MAX {
            return Err(ForgedToken);
        }
        let (claim, mac) = text.rsplit_once('.').ok_or(ForgedToken)?;
        let (address, _secret) = claim.split_once('.').ok_or(ForgedToken)?;
        let mac = BASE64.decode(mac).map_err(|_| ForgedToken)?;
        let is_ours =
            |version: &keys::Keys| keys::same(&version.refresh_mac(&[claim.as_bytes()]), &mac);
        if !keys.honoured().any(is_ours) {
            return Err(ForgedToken);
        }
        let address = Address::parse(address).ok_or(ForgedToken)?;
        Ok(Self {
            address,
            text: text.to_owned(),
        })
    }

    /// What to store of it.
    pub fn credential(&self) -> Credential {
        Credential(Sha256::digest(&self.text).to_vec())
    }

    /// The text for the client.
    pub fn into_text(self) -> String {
        self.text
    }
}

impl Credential {
    /// Tells whether this is the credential of `token`, in constant time.
    pub fn proves(&self, token: &RefreshToken) -> bool {
        keys::same(&self.0, &token.credential().0)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}, …)", self.address)
    }
}

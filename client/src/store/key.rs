//! What a store is encrypted with.

use super::OpenStoreError;
use argon2::{Algorithm, Argon2, Params, Version};
use std::fmt::{self, Write};
use zeroize::Zeroizing;

/// How long SQLCipher's salt is, the first bytes of a file.
pub(super) const SALT_BYTES: usize = 16;
pub(super) const KEY_BYTES: usize = 32;
/// Memory in KiB and passes of Argon2id: the second recommendation of [RFC 9106 §4], a tenth of a second.
///
/// [RFC 9106 §4]: https://www.rfc-editor.org/rfc/rfc9106#section-4
const ARGON2_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;
const ARGON2_LANES: u32 = 4;

/// Is what opens a store.
pub enum StoreKey {
    /// Random bytes that somebody else keeps safe, as the system's keyring does. A browser has none: what its pages
    /// keep lies beside the store, so that a key there keeps nobody out who has the disk.
    Raw(Zeroizing<[u8; KEY_BYTES]>),
    /// What its user knows; the key is made of it by Argon2id with the salt of the file.
    Passphrase(Zeroizing<String>),
}

impl StoreKey {
    /// Draws a new [`Raw`](Self::Raw) one.
    ///
    /// # Errors
    /// [`OpenStoreError::Key`] when the system gives no randomness.
    pub fn draw() -> Result<Self, OpenStoreError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|error| OpenStoreError::Key(error.into()))?;
        Ok(Self::Raw(bytes))
    }

    /// Gives key and salt as SQLCipher takes them: `x'<hex>'`.
    pub(super) fn pragma(
        &self,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Zeroizing<String>, OpenStoreError> {
        let key = match self {
            Self::Raw(key) => key.clone(),
            Self::Passphrase(passphrase) => stretched(passphrase, salt)?,
        };
        let mut text = Zeroizing::new(String::with_capacity(3 + 2 * (KEY_BYTES + SALT_BYTES)));
        text.push_str("x'");
        for byte in key.iter().chain(salt) {
            // A string takes everything.
            _ = write!(text, "{byte:02x}");
        }
        text.push('\'');
        Ok(text)
    }
}

impl fmt::Debug for StoreKey {
    /// Tells of which kind it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw(_) => "Raw(…)",
            Self::Passphrase(_) => "Passphrase(…)",
        })
    }
}

fn stretched(passphrase: &str, salt: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, OpenStoreError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let params = Params::new(ARGON2_KIB, ARGON2_PASSES, ARGON2_LANES, Some(KEY_BYTES));
    params
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                passphrase.as_bytes(),
                salt,
                key.as_mut_slice(),
            )
        })
        .map_err(|error| OpenStoreError::Key(error.to_string().into()))?;
    Ok(key)
}

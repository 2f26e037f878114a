//! What two devices of a user know of each other when one was linked by the other.
//!
//! The server hands out the token that links a device, so it could link one of its own in its place. So beside the
//! token the user carries a secret from the old device to the new one, which the server never sees. With it each
//! proves that its identity key is that of the device in the user's hand.

use super::kdf::{KeyNotDerived, derive};
use super::secret::Secret;
use crate::DeviceAddress;
use crate::random::NoRandomness;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::keys::IdentityKey;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// Stands for what is derived here, so that it is of use for nothing else.
const TAG: &[u8] = b"heliograph-link-v1";

/// Is what the user carries from one device to the other: 16 bytes, as text 22 characters of base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkSecret(Secret<16>);

/// Reports text that is no secret of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no secret of a link")]
pub struct InvalidLinkSecret;

impl LinkSecret {
    /// Draws one, for one link.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn draw() -> Result<Self, NoRandomness> {
        Secret::draw().map(Self)
    }

    /// Gives the text that the user carries.
    pub fn text(&self) -> String {
        BASE64.encode(self.0.as_bytes())
    }

    /// Proves that a device with an identity knows the secret: HKDF over it, for the 64 bytes of the key, the
    /// user's id, a zero byte and the device's number.
    ///
    /// # Errors
    /// [`KeyNotDerived`].
    pub fn proof(
        &self,
        device: &DeviceAddress,
        identity: &IdentityKey,
    ) -> Result<[u8; 32], KeyNotDerived> {
        let user = device.user_id.as_str().as_bytes();
        let info = [
            b"proof",
            identity.as_bytes(),
            user,
            &[0, device.device_id.get()],
        ];
        let proof: Secret<32> = derive(TAG, self.0.as_bytes(), &info.concat())?;
        Ok(*proof.as_bytes())
    }

    /// Tells whether a device with an identity has proved that it knows the secret.
    pub fn is_proved(
        &self,
        device: &DeviceAddress,
        identity: &IdentityKey,
        proof: &[u8; 32],
    ) -> bool {
        let expected = self.proof(device, identity);
        expected.is_ok_and(|expected| bool::from(expected.ct_eq(proof)))
    }

    /// Hides a key from who does not know the secret, or shows it again: the key and what is derived for the file
    /// of that hash, bit by bit.
    ///
    /// # Errors
    /// [`KeyNotDerived`].
    pub fn wrap(&self, key: &[u8; 32], sha256: &[u8; 32]) -> Result<[u8; 32], KeyNotDerived> {
        let info = [b"key", &sha256[..]].concat();
        let mut wrapped: Secret<32> = derive(TAG, self.0.as_bytes(), &info)?;
        for (byte, key) in wrapped.as_mut().iter_mut().zip(key) {
            *byte ^= key;
        }
        Ok(*wrapped.as_bytes())
    }
}

impl FromStr for LinkSecret {
    type Err = InvalidLinkSecret;

    fn from_str(text: &str) -> Result<Self, InvalidLinkSecret> {
        let bytes = zeroize::Zeroizing::new(BASE64.decode(text).map_err(|_| InvalidLinkSecret)?);
        let bytes = bytes.as_slice().try_into().map_err(|_| InvalidLinkSecret)?;
        Ok(Self(Secret::copied(bytes)))
    }
}

impl fmt::Debug for LinkSecret {
    /// Hides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::Identity;
    use crate::e2ee::tests::device;

    #[test]
    fn a_proof_is_of_one_device_one_key_and_one_secret() {
        let [secret, other] = [(); 2].map(|()| LinkSecret::draw().unwrap());
        let [key, another] = [(); 2].map(|()| Identity::draw().unwrap().public().clone());
        let (phone, tablet) = (device("alice", 1), device("alice", 2));
        let proof = secret.proof(&tablet, &key).unwrap();
        assert!(secret.is_proved(&tablet, &key, &proof));
        assert!(!other.is_proved(&tablet, &key, &proof));
        assert!(!secret.is_proved(&phone, &key, &proof));
        assert!(!secret.is_proved(&tablet, &another, &proof));
    }

    #[test]
    fn a_key_is_shown_to_who_knows_the_secret_and_the_file() {
        let secret = LinkSecret::draw().unwrap();
        let wrapped = secret.wrap(&[7; 32], &[1; 32]).unwrap();
        assert_ne!(wrapped, [7; 32]);
        assert_eq!(secret.wrap(&wrapped, &[1; 32]).unwrap(), [7; 32]);
        assert_ne!(secret.wrap(&wrapped, &[2; 32]).unwrap(), [7; 32]);
        let other = LinkSecret::draw().unwrap();
        assert_ne!(other.wrap(&wrapped, &[1; 32]).unwrap(), [7; 32]);
    }

    #[test]
    fn is_text_and_back_and_in_no_debug() {
        let secret = LinkSecret::draw().unwrap();
        let text = secret.text();
        assert_eq!(text.len(), 22);
        assert_eq!(text.parse::<LinkSecret>().unwrap().text(), text);
        assert_eq!(format!("{secret:?}"), "LinkSecret");
        for not in ["", "AAAA", &text[1..], &format!("{text}A")] {
            assert_eq!(not.parse::<LinkSecret>().unwrap_err(), InvalidLinkSecret);
        }
    }
}

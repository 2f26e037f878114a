//! The public keys of a device (protocol §6).
//!
//! Shapes, lengths and what a signature signs; whether it verifies is the server's to check.

use std::{collections::HashSet, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

#[cfg(feature = "schema")]
use crate::limits::DEVICE_REGISTRATION_ID_MAX;
use crate::{
    bounded::{list, read_as_object, unexpected, written_as_derived},
    ids::DeviceId,
    limits::{
        IDENTITY_KEY_BYTES, KEM_KEY_BYTES, ONE_TIME_KEYS_MAX, SIGNATURE_BYTES, X25519_KEY_BYTES,
    },
};

/// Holds exactly `N` bytes, on the wire as base64: standard alphabet, no padding.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Base64Bytes<const N: usize>(Box<[u8]>);

/// Is a device's identity: Ed25519 public key ‖ X25519 public key.
pub type IdentityKey = Base64Bytes<IDENTITY_KEY_BYTES>;

/// Is an Ed25519 signature by a device's identity key.
pub type Signature = Base64Bytes<SIGNATURE_BYTES>;

/// Is a signed X25519 pre-key.
pub type SignedPrekey = SignedKey<X25519_KEY_BYTES>;

/// Is a signed ML-KEM-1024 pre-key.
pub type KemPrekey = SignedKey<KEM_KEY_BYTES>;

/// Is an X25519 one-time pre-key.
pub type OneTimePrekey = PublicKey<X25519_KEY_BYTES>;

/// Stands before what the signature of a signed pre-key signs.
pub const SIGNED_PREKEY_TAG: &str = "heliograph-signed-prekey-v1";

/// Stands before what the signature of an ML-KEM pre-key signs.
pub const KEM_PREKEY_TAG: &str = "heliograph-kem-prekey-v1";

/// Gives what a pre-key's signature signs: `tag ‖ identity_key ‖ key`.
pub fn signed_bytes(tag: &str, identity_key: &IdentityKey, key: &[u8]) -> Vec<u8> {
    [tag.as_bytes(), identity_key.as_bytes(), key].concat()
}

/// Reports bytes or text of the wrong length or alphabet for a key or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {bytes} bytes in base64 without padding")]
pub struct InvalidBytes {
    /// How many bytes there should be.
    pub bytes: usize,
}

impl<const N: usize> Base64Bytes<N> {
    /// Reads out the bytes, `N` of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> From<[u8; N]> for Base64Bytes<N> {
    fn from(bytes: [u8; N]) -> Self {
        Self(Box::new(bytes))
    }
}

impl<const N: usize> TryFrom<Vec<u8>> for Base64Bytes<N> {
    type Error = InvalidBytes;

    fn try_from(bytes: Vec<u8>) -> Result<Self, InvalidBytes> {
        if bytes.len() == N {
            Ok(Self(bytes.into()))
        } else {
            Err(InvalidBytes { bytes: N })
        }
    }
}

impl<const N: usize> FromStr for Base64Bytes<N> {
    type Err = InvalidBytes;

    fn from_str(text: &str) -> Result<Self, InvalidBytes> {
        let bytes = STANDARD_NO_PAD
            .decode(text)
            .map_err(|_| InvalidBytes { bytes: N })?;
        Self::try_from(bytes)
    }
}

impl<const N: usize> fmt::Display for Base64Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD_NO_PAD.encode(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Base64Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64Bytes<{N}>")
    }
}

impl<const N: usize> Serialize for Base64Bytes<N> {
    /// Writes base64 into text formats, and the bytes themselves into binary ones.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de, const N: usize> Deserialize<'de> for Base64Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<const N: usize>;
        impl<const N: usize> Visitor<'_> for Text<N> {
            type Value = Base64Bytes<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{N} bytes in base64 without padding")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse()
                    .map_err(|InvalidBytes { .. }| unexpected(&self))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Base64Bytes::try_from(bytes.to_vec())
                    .map_err(|InvalidBytes { .. }| unexpected(&self))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Text::<N>)
        } else {
            deserializer.deserialize_bytes(Text::<N>)
        }
    }
}

#[cfg(feature = "schema")]
impl<const N: usize> schemars::JsonSchema for Base64Bytes<N> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Base64Bytes{N}").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let chars = (N * 4).div_ceil(3);
        schemars::json_schema!({
            "description": format!("{N} bytes in base64, standard alphabet, no padding."),
            "type": "string",
            "pattern": "^[A-Za-z0-9+/]*$",
            "minLength": chars,
            "maxLength": chars,
        })
    }
}

/// Is a public key of `N` bytes with an id of the device's choosing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PublicKey{N}")
)]
pub struct PublicKey<const N: usize> {
    /// Names the key among the device's keys of its kind.
    pub key_id: u32,
    /// The key.
    pub public_key: Base64Bytes<N>,
}

/// Is a public key of `N` bytes, signed by the device's identity key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SignedKey{N}")
)]
pub struct SignedKey<const N: usize> {
    /// Names the key among the device's keys of its kind.
    pub key_id: u32,
    /// The key.
    pub public_key: Base64Bytes<N>,
    /// Ed25519 signature by the identity key over `tag ‖ identity_key ‖ public_key`; the tag is
    /// `heliograph-signed-prekey-v1` for X25519 keys, `heliograph-kem-prekey-v1` for ML-KEM-1024.
    pub signature: Signature,
}

/// Holds the public keys of a device, as it hands them over when it registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeySet {
    /// The device's identity.
    pub identity_key: IdentityKey,
    /// The X25519 key that everybody may use, until the device replaces it.
    pub signed_prekey: SignedPrekey,
    /// The ML-KEM-1024 key for when the one-time ones have run out.
    pub last_resort_kem_prekey: KemPrekey,
    /// X25519 keys for one use each, at most 100, with distinct ids.
    #[serde(default, deserialize_with = "distinct")]
    #[cfg_attr(feature = "schema", schemars(length(max = ONE_TIME_KEYS_MAX)))]
    pub one_time_prekeys: Vec<OneTimePrekey>,
    /// ML-KEM-1024 keys for one use each, at most 100, with distinct ids.
    #[serde(default, deserialize_with = "distinct")]
    #[cfg_attr(feature = "schema", schemars(length(max = ONE_TIME_KEYS_MAX)))]
    pub one_time_kem_prekeys: Vec<KemPrekey>,
}

/// Is what a session with one device begins with (protocol §6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PrekeyBundle {
    /// The device.
    pub device_id: DeviceId,
    /// Tells this installation from an earlier one with the same device id.
    #[cfg_attr(feature = "schema", schemars(range(max = DEVICE_REGISTRATION_ID_MAX)))]
    pub registration_id: u16,
    /// The device's identity.
    pub identity_key: IdentityKey,
    /// Its signed pre-key.
    pub signed_prekey: SignedPrekey,
    /// A one-time pre-key that nobody else ever gets, or null when none is left.
    pub one_time_prekey: Option<OneTimePrekey>,
    /// An ML-KEM-1024 key that nobody else ever gets, or the last-resort one when none is left.
    pub kem_prekey: KemPrekey,
}

read_as_object!(PublicKey<const N>, SignedKey<const N>, KeySet);
written_as_derived!(PublicKey<const N>, SignedKey<const N>, KeySet);

/// A key with an id.
pub(crate) trait Named {
    fn key_id(&self) -> u32;
}

impl<const N: usize> Named for PublicKey<N> {
    fn key_id(&self) -> u32 {
        self.key_id
    }
}

impl<const N: usize> Named for SignedKey<N> {
    fn key_id(&self) -> u32 {
        self.key_id
    }
}

/// Reads at most 100 keys with distinct ids: of two with the same, one would be lost.
pub(crate) fn distinct<'de, D, K>(deserializer: D) -> Result<Vec<K>, D::Error>
where
    D: Deserializer<'de>,
    K: Named + Deserialize<'de>,
{
    let keys = list::<_, K, 0, ONE_TIME_KEYS_MAX>(deserializer)?;
    let mut ids = HashSet::with_capacity(keys.len());
    if keys.iter().all(|key| ids.insert(key.key_id())) {
        Ok(keys)
    } else {
        Err(unexpected(&"distinct key ids"))
    }
}

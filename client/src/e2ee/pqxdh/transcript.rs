//! What both sides must have seen alike, and the key that is made of it.

use crate::e2ee::kdf::{self, KeyNotDerived};
use crate::e2ee::secret::Secret;
use heliograph_protocol::keys::IdentityKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Names the parameters, before the transcript's hash (PQXDH §2.2, `info`).
const INFO: &[u8] = b"heliograph-pqxdh-v1_CURVE25519_SHA-256_ML-KEM-1024";

/// Stands before what is agreed, so that it is no encoding of a scalar or point (PQXDH §2.2, `F`).
const PREFIX: [u8; 32] = [0xff; 32];

/// Is every public value of an agreement.
pub(super) struct Transcript<'a> {
    pub(super) initiator: &'a IdentityKey,
    pub(super) responder: &'a IdentityKey,
    pub(super) ephemeral: &'a [u8; 32],
    pub(super) signed_prekey: &'a [u8; 32],
    pub(super) one_time_prekey: Option<&'a [u8; 32]>,
    pub(super) kem_prekey: &'a [u8],
    pub(super) kem_ciphertext: &'a [u8],
}

impl Transcript<'_> {
    /// Hashes the fields in their order. All have a fixed length but the one-time key: a byte 1 and the
    /// key, or a byte 0.
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.initiator.as_bytes());
        hash.update(self.responder.as_bytes());
        hash.update(self.ephemeral);
        hash.update(self.signed_prekey);
        match self.one_time_prekey {
            Some(key) => hash.update([&[1], &key[..]].concat()),
            None => hash.update([0]),
        }
        hash.update(self.kem_prekey);
        hash.update(self.kem_ciphertext);
        hash.finalize().into()
    }
}

/// Makes the root key: `agreed` is DH1 to DH4 and what was encapsulated, in this order.
pub(super) fn root_key(
    agreed: &[Secret<32>],
    transcript: &Transcript<'_>,
) -> Result<Secret<32>, KeyNotDerived> {
    let mut secret = Zeroizing::new(Vec::with_capacity(32 * 6));
    secret.extend_from_slice(&PREFIX);
    for part in agreed {
        secret.extend_from_slice(part.as_bytes());
    }
    let info = [INFO, &transcript.digest()].concat();
    kdf::derive(&[0; 32], &secret, &info)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the key of fields of one byte each, repeated; 0 for no one-time key.
    fn key(fields: [u8; 7], shared: u8) -> [u8; 32] {
        let identity = |byte| IdentityKey::from([byte; 64]);
        let point = |byte| [byte; 32];
        let [
            initiator,
            responder,
            ephemeral,
            signed,
            one_time,
            kem,
            ciphertext,
        ] = fields;
        let one_time = (one_time > 0).then_some(point(one_time));
        let transcript = Transcript {
            initiator: &identity(initiator),
            responder: &identity(responder),
            ephemeral: &point(ephemeral),
            signed_prekey: &point(signed),
            one_time_prekey: one_time.as_ref(),
            kem_prekey: &[kem; 1568],
            kem_ciphertext: &[ciphertext; 1568],
        };
        let agreed = [Secret::copied(&[shared; 32]), Secret::copied(&[9; 32])];
        *root_key(&agreed, &transcript).unwrap().as_bytes()
    }

    #[test]
    fn each_field_counts() {
        let fields = [1, 2, 3, 4, 5, 6, 7];
        let whole = key(fields, 8);
        assert_eq!(key(fields, 8), whole);
        assert_ne!(key(fields, 9), whole);
        for at in 0..fields.len() {
            let mut other = fields;
            other[at] = 0;
            assert_ne!(key(other, 8), whole, "{at}");
        }
        let swapped = [2, 1, 3, 4, 5, 6, 7];
        assert_ne!(key(swapped, 8), whole);
    }
}

//! ML-KEM-1024 ([FIPS 203]): what keeps a recorded first message from a quantum computer.
//!
//! [FIPS 203]: https://doi.org/10.6028/NIST.FIPS.203

use super::secret::Secret;
use crate::random::NoRandomness;
use heliograph_protocol::limits::KEM_KEY_BYTES;
use ml_kem::kem::Key;
use ml_kem::{B32, Ciphertext, Decapsulate, KeyExport, MlKem1024, Seed, ml_kem_1024};
use zeroize::Zeroizing;

/// Is the length of a ciphertext in bytes (FIPS 203, table 3).
pub(super) const KEM_CIPHERTEXT_BYTES: usize = 1568;

/// Is the length of a seed in bytes: what a pair is made of (FIPS 203 §7.1, d ‖ z).
const SEED_BYTES: usize = 64;

type PublicKey = ml_kem_1024::EncapsulationKey;

/// Reports bytes that are no public key: FIPS 203 §7.2 wants each coefficient reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kem key is invalid")]
pub struct InvalidKemKey;

/// Is a key pair, and the seed that it is made of.
pub(super) struct KemSecret {
    seed: Secret<SEED_BYTES>,
    key: Box<ml_kem_1024::DecapsulationKey>,
}

/// Is a public key that was read.
pub(super) struct KemPublic(Box<PublicKey>);

/// Is a secret, and what its receiver takes it out of.
pub(super) struct Encapsulated {
    pub(super) ciphertext: Box<[u8; KEM_CIPHERTEXT_BYTES]>,
    pub(super) shared: Secret<32>,
}

impl KemSecret {
    pub(super) fn draw() -> Result<Self, NoRandomness> {
        Secret::draw().map(Self::from_seed)
    }

    pub(super) fn from_seed(seed: Secret<SEED_BYTES>) -> Self {
        let bytes = Zeroizing::new(Seed::from(*seed.as_bytes()));
        let key = Box::new(ml_kem_1024::DecapsulationKey::from_seed(*bytes));
        Self { seed, key }
    }

    pub(super) fn seed(&self) -> &Secret<SEED_BYTES> {
        &self.seed
    }

    pub(super) fn public(&self) -> Box<[u8; KEM_KEY_BYTES]> {
        Box::new(self.key.encapsulation_key().to_bytes().into())
    }

    /// Takes out what was put in; out of what was not made for this key, something that nobody knows
    /// (FIPS 203 §6.3).
    pub(super) fn decapsulate(&self, ciphertext: &[u8; KEM_CIPHERTEXT_BYTES]) -> Secret<32> {
        let ciphertext = Ciphertext::<MlKem1024>::from(*ciphertext);
        let shared = Zeroizing::new(self.key.decapsulate(&ciphertext));
        Secret::copied(shared.as_ref())
    }
}

impl KemPublic {
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKemKey> {
        let bytes = Key::<PublicKey>::try_from(bytes).map_err(|_| InvalidKemKey)?;
        let key = PublicKey::new(&bytes).map_err(|_| InvalidKemKey)?;
        Ok(Self(Box::new(key)))
    }

    /// Draws a secret that whoever has the key can take out of the ciphertext.
    pub(super) fn encapsulate(&self) -> Result<Encapsulated, NoRandomness> {
        Secret::draw().map(|random| self.encapsulate_with(&random))
    }

    fn encapsulate_with(&self, random: &Secret<32>) -> Encapsulated {
        let random = Zeroizing::new(B32::from(*random.as_bytes()));
        let (ciphertext, shared) = self.0.encapsulate_deterministic(&random);
        let shared = Zeroizing::new(shared);
        Encapsulated {
            ciphertext: Box::new(ciphertext.into()),
            shared: Secret::copied(shared.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::tests::hex;
    use sha2::{Digest, Sha256};

    fn pair() -> KemSecret {
        KemSecret::from_seed(Secret::copied(&std::array::from_fn(|at| {
            u8::try_from(at).unwrap()
        })))
    }

    /// The seed 00…3f and its public key are the example of [draft-ietf-lamps-kyber-certificates], C.1.3,
    /// which ml-kem's sources carry; the secret is what OpenSSL 3.5 takes out of the ciphertext.
    ///
    /// [draft-ietf-lamps-kyber-certificates]: https://datatracker.ietf.org/doc/draft-ietf-lamps-kyber-certificates/
    #[test]
    fn is_ml_kem_1024() {
        let pair = pair();
        let public = Sha256::digest(pair.public().as_slice());
        assert_eq!(
            public[..],
            hex::<32>("c7b8fa0aa471d5ae18922d6ccad5b31e1d84f92ae723abfd13747018740a8530")
        );
        let public = KemPublic::from_bytes(pair.public().as_slice()).unwrap();
        let made = public.encapsulate_with(&Secret::copied(&[7; 32]));
        let ciphertext = Sha256::digest(made.ciphertext.as_slice());
        assert_eq!(
            ciphertext[..],
            hex::<32>("2712787dc049ad5929a3e280ffde30994cf558de4fb9bd6f735e38e7f8aa06ed")
        );
        assert_eq!(
            made.shared.as_bytes(),
            &hex("0f569bf284efa80866fb11e6c3668b40390687f8be08fc46c7cc09ccdda44270")
        );
    }

    #[test]
    fn what_is_put_in_is_taken_out() {
        let pair = KemSecret::draw().unwrap();
        let public = KemPublic::from_bytes(pair.public().as_slice()).unwrap();
        let mut made = public.encapsulate().unwrap();
        let taken = pair.decapsulate(&made.ciphertext);
        assert_eq!(taken.as_bytes(), made.shared.as_bytes());
        made.ciphertext[7] ^= 1;
        let other = pair.decapsulate(&made.ciphertext);
        assert_ne!(other.as_bytes(), made.shared.as_bytes());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let bytes = pair().public();
        assert!(KemPublic::from_bytes(&bytes[1..]).is_err());
        let mut unreduced = *bytes;
        unreduced[..3].fill(0xff);
        assert!(KemPublic::from_bytes(&unreduced).is_err());
    }
}

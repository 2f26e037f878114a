//! HKDF with SHA-256 ([RFC 5869]).
//!
//! [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869

use super::secret::Secret;
use hkdf::Hkdf;
use sha2::Sha256;

/// Reports that nothing was derived, as happens for no length that is asked for here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key not derived")]
pub struct KeyNotDerived;

/// Derives `N` bytes of a salt, a secret and what they are for.
pub(super) fn derive<const N: usize>(
    salt: &[u8],
    secret: &[u8],
    info: &[u8],
) -> Result<Secret<N>, KeyNotDerived> {
    let mut derived = Secret::zero();
    let hkdf = Hkdf::<Sha256>::new(Some(salt), secret);
    let expanded = hkdf.expand(info, derived.as_mut());
    expanded.map(|()| derived).map_err(|_| KeyNotDerived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::tests::hex;

    /// RFC 5869 §A.1.
    #[test]
    fn is_hkdf() {
        let salt: [u8; 13] = hex("000102030405060708090a0b0c");
        let info: [u8; 10] = hex("f0f1f2f3f4f5f6f7f8f9");
        let derived = derive::<42>(&salt, &[0x0b; 22], &info).unwrap();
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
                        34007208d5b887185865";
        assert_eq!(derived.as_bytes(), &hex(expected));
    }

    #[test]
    fn too_much_is_an_error() {
        assert_eq!(derive::<8161>(b"", b"", b"").unwrap_err(), KeyNotDerived);
    }
}

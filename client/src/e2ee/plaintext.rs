//! What is inside a ciphertext: a version, where the message belongs, padded content.
//!
//! `1 ‖ SHA-256(context) ‖ padded content`. Neither Olm nor Megolm takes associated data, so what the
//! ciphertext is bound to is inside it.

use super::Context;
use super::padding;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Is the version of this layout.
const VERSION: u8 = 1;

/// Is how much stands before the padded content.
pub(super) const HEAD_BYTES: usize = 33;

/// Reports content that is too long to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("content of {0} bytes is too long")]
pub struct ContentTooLong(
    /// How long it is.
    pub usize,
);

/// Reports a plaintext that came from the right device and is refused all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedPlaintext {
    /// It has a version that this one does not know: the sender is newer.
    #[error("plaintext has an unknown version {0}")]
    Version(u8),
    /// It was made for another place: other people or devices, another group or message.
    #[error("plaintext belongs elsewhere")]
    WrongContext,
    /// It is too short, or its padding is not as it has to be.
    #[error("plaintext is malformed")]
    Malformed,
}

/// Makes the plaintext of content.
pub(super) fn write(
    content: &[u8],
    context: &Context,
) -> Result<Zeroizing<Vec<u8>>, ContentTooLong> {
    let mut plain = padding::with_room(content.len(), HEAD_BYTES);
    plain.push(VERSION);
    plain.extend_from_slice(&context.digest());
    padding::pad(content, &mut plain).ok_or(ContentTooLong(content.len()))?;
    Ok(plain)
}

/// Takes the content out of a plaintext.
pub(super) fn read(plain: &[u8], context: &Context) -> Result<Vec<u8>, RefusedPlaintext> {
    let (version, rest) = plain.split_first().ok_or(RefusedPlaintext::Malformed)?;
    if *version != VERSION {
        return Err(RefusedPlaintext::Version(*version));
    }
    let (digest, padded) = rest
        .split_first_chunk::<32>()
        .ok_or(RefusedPlaintext::Malformed)?;
    if !bool::from(digest.ct_eq(&context.digest())) {
        return Err(RefusedPlaintext::WrongContext);
    }
    let content = padding::unpad(padded).ok_or(RefusedPlaintext::Malformed)?;
    Ok(content.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::tests::context;
    use super::*;

    #[test]
    fn is_read_where_it_belongs_only() {
        let here = context("alice", "bob", 7);
        let plain = write(b"hello", &here).unwrap();
        assert_eq!(plain.len(), HEAD_BYTES + 128);
        assert_eq!(read(&plain, &here).unwrap(), b"hello");
        let elsewhere = read(&plain, &context("alice", "bob", 8));
        assert_eq!(elsewhere, Err(RefusedPlaintext::WrongContext));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let here = context("alice", "bob", 7);
        let plain = write(b"hello", &here).unwrap();
        for len in 0..plain.len() {
            assert_eq!(read(&plain[..len], &here), Err(RefusedPlaintext::Malformed));
        }
        let newer = [&[2], &plain[1..]].concat();
        assert_eq!(read(&newer, &here), Err(RefusedPlaintext::Version(2)));
    }

    #[test]
    fn too_long_is_too_long() {
        let content = vec![0; padding::PLAIN_BYTES_MAX + 1];
        let refused = write(&content, &context("alice", "bob", 7));
        assert_eq!(refused.unwrap_err(), ContentTooLong(content.len()));
    }
}

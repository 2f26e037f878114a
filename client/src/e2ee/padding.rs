//! Content in classes of lengths.
//!
//! Content is followed by a byte 0x80 and by zeros up to the next class (ISO/IEC 7816-4). Classes are
//! 128 and 256 bytes, so that a reaction, a receipt and a line of text look alike, and from there on
//! those of Padmé ([Nikitin and others 2019], §4): a length may have only so many significant bits
//! as its exponent has digits. So a length of up to 90 KiB tells one of 143 classes where it would
//! tell one of 92,160 lengths; padding costs at most 6.25 % above 256 bytes.
//!
//! [Nikitin and others 2019]: https://arxiv.org/abs/1806.03160

use zeroize::Zeroizing;

/// Bounds content in bytes: what fits, padded and as the first message of a session, into a content of
/// the protocol ([`CONTENT_BYTES_MAX`](heliograph_protocol::limits::CONTENT_BYTES_MAX)).
pub const PLAIN_BYTES_MAX: usize = PADDED_BYTES_MAX - 1;

/// Is the largest class.
const PADDED_BYTES_MAX: usize = 90 * 1024;

/// Is the smallest class.
const SMALLEST_CLASS: usize = 128;

/// Is the class after which classes are Padmé's.
const PADME_ABOVE: usize = 256;

/// Ends the content.
const MARK: u8 = 0x80;

/// Tells the class of a length with its mark: how long it is when padded.
pub(super) const fn class(len: usize) -> usize {
    if len <= SMALLEST_CLASS {
        return SMALLEST_CLASS;
    }
    if len <= PADME_ABOVE {
        return PADME_ABOVE;
    }
    len.next_multiple_of(granule(len))
}

/// Tells the largest class of so many bytes at most, of which there have to be 256.
pub(super) const fn class_within(bytes: usize) -> usize {
    bytes - bytes % granule(bytes)
}

/// Tells by how much classes differ around a length.
const fn granule(len: usize) -> usize {
    let exponent = len.ilog2();
    let significant = exponent.ilog2() + 1;
    1 << (exponent - significant)
}

/// Appends content and its padding; nothing when it is too long.
pub(super) fn pad(content: &[u8], to: &mut Vec<u8>) -> Option<()> {
    if content.len() > PLAIN_BYTES_MAX {
        return None;
    }
    let padding = class(content.len() + 1) - content.len();
    to.extend_from_slice(content);
    to.push(MARK);
    to.resize(to.len() + padding - 1, 0);
    Some(())
}

/// Takes the padding away; nothing where [`pad`] would have padded otherwise.
pub(super) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let mark = padded.iter().rposition(|byte| *byte != 0)?;
    let content = padded.get(..mark)?;
    let is_whole =
        padded[mark] == MARK && padded.len() == class(mark + 1) && content.len() <= PLAIN_BYTES_MAX;
    is_whole.then_some(content)
}

/// Makes an empty plaintext that content of so many bytes, padded, fits in behind `before` others without
/// moving: what moves leaves a copy that nobody wipes.
pub(super) fn with_room(content: usize, before: usize) -> Zeroizing<Vec<u8>> {
    let padded = class(content.min(PLAIN_BYTES_MAX) + 1);
    Zeroizing::new(Vec::with_capacity(before + padded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn padded(content: &[u8]) -> Vec<u8> {
        let mut to = Vec::new();
        pad(content, &mut to).unwrap();
        to
    }

    #[test]
    fn classes_are_as_documented() {
        let classes: BTreeSet<usize> = (1..=PADDED_BYTES_MAX).map(class).collect();
        assert_eq!(classes.len(), 143);
        assert_eq!(classes.last(), Some(&PADDED_BYTES_MAX));
        let first: Vec<usize> = classes.into_iter().take(5).collect();
        assert_eq!(first, [128, 256, 272, 288, 304]);
        for len in 257..=PADDED_BYTES_MAX {
            assert!((class(len) - len) * 16 < len, "{len}");
            assert_eq!(class(class(len)), class(len));
            let within = class_within(len);
            assert!(within <= len && class(within) == within && class(within + 1) > len);
        }
    }

    #[test]
    fn too_much_is_refused() {
        let content = vec![1; PLAIN_BYTES_MAX + 1];
        assert_eq!(pad(&content, &mut Vec::new()), None);
        assert_eq!(padded(&content[1..]).len(), PADDED_BYTES_MAX);
    }

    #[test]
    fn what_is_padded_otherwise_is_refused() {
        let whole = padded(b"hello");
        assert_eq!(unpad(&whole), Some(&b"hello"[..]));
        assert_eq!(unpad(&whole[..127]), None);
        assert_eq!(unpad(&[&whole[..], &[0; 128]].concat()), None);
        assert_eq!(unpad(&[0; 128]), None);
        assert_eq!(unpad(&[]), None);
        let mut other = whole.clone();
        other[127] = 1;
        assert_eq!(unpad(&other), None);
        other[127] = MARK;
        assert_eq!(unpad(&other).map(<[u8]>::len), Some(127));
    }

    proptest! {
        #[test]
        fn what_is_padded_is_taken_back(content in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let padded = padded(&content);
            prop_assert_eq!(unpad(&padded), Some(&content[..]));
            let room = with_room(content.len(), 0).capacity();
            prop_assert!(room >= padded.len());
        }

        #[test]
        fn what_is_unpadded_was_padded(bytes in proptest::collection::vec(any::<u8>(), 0..600), zeros in 0..300_usize) {
            let bytes = [bytes, vec![0; zeros]].concat();
            if let Some(content) = unpad(&bytes) {
                prop_assert_eq!(padded(content), bytes);
            }
        }
    }
}

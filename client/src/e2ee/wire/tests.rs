//! What is read is what was written, and nothing else.

use super::*;
use crate::e2ee::group::SenderKey;
use crate::e2ee::kem::KEM_CIPHERTEXT_BYTES;
use crate::e2ee::padding::class;
use crate::e2ee::plaintext::HEAD_BYTES;
use crate::e2ee::tests::{Device, context, group_context};
use crate::e2ee::{PLAIN_BYTES_MAX, Session};
use proptest::prelude::*;

fn begun(content: &[u8]) -> Ciphertext {
    let session = Session::initiate(&Device::new().me, &Device::new().bundle()).unwrap();
    let encrypted = session.encrypt(content, &context("alice", "bob", 1));
    encrypted.unwrap().ciphertext
}

fn in_group(content: &[u8]) -> Ciphertext {
    let key = SenderKey::draw("group".parse().unwrap(), 0);
    let encrypted = key.encrypt(content, &group_context("alice", "group", 1));
    encrypted.unwrap().ciphertext
}

/// A header as it is documented, byte for byte.
#[test]
fn a_header_is_as_documented() {
    let mut bytes = [&[7; 64][..], &[8; 32], &[0, 0, 0, 1], &[1, 0, 0, 0, 2]].concat();
    bytes.extend([0, 0, 0, 3]);
    bytes.extend([9; KEM_CIPHERTEXT_BYTES]);
    assert_eq!(bytes.len(), HEADER_BYTES);
    let json = serde_json::to_string(&BASE64.encode(&bytes)).unwrap();
    let header: FirstHeader = serde_json::from_str(&json).unwrap();
    assert_eq!(header.identity(), &[7; 64].into());
    assert_eq!(header.signed_prekey_id(), 1);
    assert_eq!(header.one_time_prekey_id(), Some(2));
    assert_eq!(header.kem_prekey_id(), 3);
    assert_eq!(serde_json::to_string(&header).unwrap(), json);
    // Whether there is a one-time key is said in one way.
    for (has, is_read) in [(0, false), (2, false), (1, true)] {
        bytes[100] = has;
        let json = serde_json::to_string(&BASE64.encode(&bytes)).unwrap();
        assert_eq!(serde_json::from_str::<FirstHeader>(&json).is_ok(), is_read);
    }
}

/// Messages with truncated MACs, as other users of Olm have them, are none here.
#[test]
fn a_truncated_mac_is_refused() {
    let begun = begun(b"hello").to_bytes();
    let olm = &begun[1 + HEADER_BYTES..];
    assert!(Ciphertext::from_bytes(&[&[SESSION], olm].concat()).is_ok());
    let truncated = [&[SESSION, 3], &olm[1..olm.len() - 24]].concat();
    let refused = Ciphertext::from_bytes(&truncated);
    assert_eq!(refused, Err(InvalidCiphertext::Malformed));
}

#[test]
fn the_longest_content_fits() {
    let content = vec![1; PLAIN_BYTES_MAX];
    for ciphertext in [begun(&content), in_group(&content)] {
        let text = ciphertext.to_string();
        assert!(text.len() <= TEXT_CHARS_MAX, "{}", text.len());
        assert_eq!(text.parse(), Ok(ciphertext));
    }
}

/// The bound has room for larger numbers than are in a first message, and for up to 15 bytes more of padding.
#[test]
fn what_is_around_a_plaintext_is_as_bounded() {
    for len in [0, 1_000, 17_407, PLAIN_BYTES_MAX] {
        let plaintext = HEAD_BYTES + class(len + 1);
        let around = begun(&vec![1; len]).to_bytes().len() - plaintext;
        assert!(around <= FIRST_AROUND_BYTES_MAX, "{around}");
        assert!(around + 26 > FIRST_AROUND_BYTES_MAX, "{around}");
    }
}

#[test]
fn what_is_no_ciphertext_is_refused() {
    let refused = |text: &str| text.parse::<Ciphertext>().err();
    assert_eq!(refused(""), Some(InvalidCiphertext::Malformed));
    assert_eq!(refused("BA"), Some(InvalidCiphertext::Kind(4)));
    assert_eq!(refused("AA"), Some(InvalidCiphertext::Kind(0)));
    for text in ["B", "BB", "BA==", "B A", "_-"] {
        assert_eq!(refused(text), Some(InvalidCiphertext::Base64), "{text}");
    }
    let long = "A".repeat(TEXT_CHARS_MAX + 1);
    assert_eq!(refused(&long), Some(InvalidCiphertext::TooLong));
}

/// Where all of a ciphertext's field is cut off, what is left is an empty one: another message, in its one spelling.
#[test]
fn what_is_cut_is_refused() {
    for whole in [begun(b"hello"), in_group(b"hello")] {
        let bytes = whole.to_bytes();
        let mut read = 0;
        for cut in (0..bytes.len()).map(|len| &bytes[..len]) {
            match Ciphertext::from_bytes(cut) {
                Ok(other) => {
                    assert_eq!(other.to_bytes(), cut);
                    read += 1;
                }
                Err(error) => assert_eq!(error, InvalidCiphertext::Malformed),
            }
        }
        assert!(read <= 1, "{read}");
    }
}

/// Behind the ciphertext are a MAC of 32 bytes, or one of 8 and a signature of 64.
#[test]
fn what_has_more_in_it_is_refused() {
    for (whole, behind) in [(begun(b"hello"), 32), (in_group(b"hello"), 8 + 64)] {
        let bytes = whole.to_bytes();
        let (front, behind) = bytes.split_at(bytes.len() - behind);
        // An unknown field of protobuf: number 5, of a value 0.
        for more in [&[0x28, 0][..], &[0]] {
            for longer in [[front, more, behind], [front, behind, more]] {
                let refused = Ciphertext::from_bytes(&longer.concat());
                assert_eq!(refused, Err(InvalidCiphertext::Malformed));
            }
        }
    }
}

#[test]
fn nothing_shows_content() {
    let shown = format!("{:?} {:?}", begun(b"hello"), in_group(b"hello"));
    assert!(shown.len() < 400, "{shown}");
}

/// What the fuzz target does with bytes too.
fn check(bytes: &[u8]) {
    let read = Ciphertext::from_bytes(bytes);
    if let Ok(read) = &read {
        assert_eq!(read.to_bytes(), bytes);
    }
    let text = BASE64.encode(bytes);
    assert_eq!(text.parse::<Ciphertext>(), read);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        kind in 0..5_u8,
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        check(&[&[kind], &bytes[..]].concat());
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,100}") {
        let _ = text.parse::<Ciphertext>();
    }

    #[test]
    fn nearly_right_bytes_are_read_or_refused(
        is_first in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in 0..40_usize,
    ) {
        static RIGHT: std::sync::LazyLock<[Vec<u8>; 2]> =
            std::sync::LazyLock::new(|| [begun(b"hello").to_bytes(), in_group(b"hello").to_bytes()]);
        let mut bytes = RIGHT[usize::from(is_first)].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        check(&bytes);
    }
}

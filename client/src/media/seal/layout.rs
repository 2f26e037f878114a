//! Where the chunks of a sealed file are.

use heliograph_protocol::limits::MEDIA_BYTES_MAX;

/// Bounds the plaintext of a chunk, in bytes: every chunk but the last has just as many.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Is the length of a chunk's tag, in bytes (Poly1305, [RFC 8439 §2.5]).
///
/// [RFC 8439 §2.5]: https://www.rfc-editor.org/rfc/rfc8439#section-2.5
pub const TAG_BYTES: usize = 16;

/// Is the length of every sealed chunk but the last, in bytes.
pub const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Bounds a file, in bytes, so that sealed it has at most [`MEDIA_BYTES_MAX`].
pub const PLAIN_BYTES_MAX: u64 = {
    let chunks = MEDIA_BYTES_MAX.div_ceil(SEALED_CHUNK_BYTES as u64);
    MEDIA_BYTES_MAX - chunks * TAG_BYTES as u64
};

/// Counts the chunks of a file of so many bytes: at least one.
pub fn chunks(plain_bytes: u64) -> u64 {
    plain_bytes.div_ceil(CHUNK_BYTES as u64).max(1)
}

/// Tells how long a file is when it is sealed, in bytes; nothing for one of more than 2^63.
pub fn sealed_len(plain_bytes: u64) -> Option<u64> {
    let tags = chunks(plain_bytes).checked_mul(TAG_BYTES as u64)?;
    plain_bytes.checked_add(tags)
}

/// Tells how long what was sealed is, in bytes; nothing where no file has this length when sealed.
pub fn plain_len(sealed_bytes: u64) -> Option<u64> {
    let chunks = sealed_bytes.div_ceil(SEALED_CHUNK_BYTES as u64);
    let plain_bytes = sealed_bytes.checked_sub(chunks * TAG_BYTES as u64)?;
    (sealed_len(plain_bytes) == Some(sealed_bytes)).then_some(plain_bytes)
}

/// Tells where a chunk, counted from 0, begins in a sealed file, in bytes.
pub fn sealed_offset(chunk: u32) -> u64 {
    u64::from(chunk) * SEALED_CHUNK_BYTES as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_the_borders() {
        let lengths = [
            (0, 16),
            (1, 17),
            (65_535, 65_551),
            (65_536, 65_552),
            (65_537, 65_569),
            (131_072, 131_104),
        ];
        for (plain, sealed) in lengths {
            assert_eq!(sealed_len(plain), Some(sealed));
            assert_eq!(plain_len(sealed), Some(plain));
        }
        assert_eq!(sealed_len(u64::MAX), None);
    }

    #[test]
    fn no_file_has_a_last_chunk_without_a_byte() {
        for impossible in [0, 15, 65_553, 65_568, 131_105, 131_120] {
            assert_eq!(plain_len(impossible), None, "{impossible}");
        }
    }

    #[test]
    fn the_largest_file_is_just_taken() {
        assert!(sealed_len(PLAIN_BYTES_MAX).unwrap() <= MEDIA_BYTES_MAX);
        assert!(sealed_len(PLAIN_BYTES_MAX + 1).unwrap() > MEDIA_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn there_and_back(plain in 0..u64::MAX / 2) {
            prop_assert_eq!(plain_len(sealed_len(plain).unwrap()), Some(plain));
        }

        #[test]
        fn back_and_there(sealed in any::<u64>()) {
            if let Some(plain) = plain_len(sealed) {
                prop_assert_eq!(sealed_len(plain), Some(sealed));
            }
        }
    }
}

//! Message ids that carry a [`Stamp`], so that a receipt tells when its message was sent without a
//! table of what is under way.
//!
//! UUIDv7 (RFC 9562, method 3): 48 bits of milliseconds, 12 bits of the fraction of one (244 ns a
//! step), 62 bits of the stamp's id.

use crate::clock::epoch_ns;
use crate::stamp::{Stamp, read_hex};

const NS_PER_MS: u64 = 1_000_000;
const VERSION: u64 = 0x7000;
const VARIANT: u64 = 0b10 << 62;
const ID_MASK: u64 = (1 << 62) - 1;

/// Where the hyphens are in the 36 characters of a UUID.
const GROUPS: [std::ops::Range<usize>; 5] = [0..8, 9..13, 14..18, 19..23, 24..36];

/// Appends the id for `stamp`.
pub(super) fn write(stamp: Stamp, out: &mut Vec<u8>) {
    let at_ns = epoch_ns() + stamp.sent_ns;
    let fraction = ((at_ns % NS_PER_MS) << 12) / NS_PER_MS;
    let parts = [
        (at_ns / NS_PER_MS) << 16 | VERSION | fraction,
        VARIANT | stamp.id & ID_MASK,
    ];
    let mut digits = Vec::with_capacity(32);
    for part in parts {
        Stamp {
            id: part,
            sent_ns: 0,
        }
        .write_id(&mut digits);
    }
    let mut from = 0;
    for group in GROUPS {
        if from > 0 {
            out.push(b'-');
        }
        out.extend_from_slice(&digits[from..from + group.len()]);
        from += group.len();
    }
}

/// Reads an id that [`write`] wrote in this run; the time is right to a microsecond.
pub(super) fn read(text: &[u8]) -> Option<Stamp> {
    let part = |n: usize| read_hex(text.get(GROUPS[n].clone())?);
    let at_ms = part(0)? << 16 | part(1)?;
    let fraction = part(2)? & 0xfff;
    let at_ns = at_ms * NS_PER_MS + (fraction * NS_PER_MS).div_ceil(1 << 12);
    let id = (part(3)? << 48 | part(4)?) & ID_MASK;
    Some(Stamp {
        id,
        sent_ns: at_ns.saturating_sub(epoch_ns()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::MessageId;

    #[test]
    fn an_id_is_a_uuid_of_the_protocol_and_carries_its_stamp() {
        for (id, sent_ns) in [
            (0, 0),
            (99 << 32 | 12_345, 1_234_567_891),
            (ID_MASK, 1 << 45),
        ] {
            let mut text = Vec::new();
            write(Stamp { id, sent_ns }, &mut text);
            let as_text = std::str::from_utf8(&text).unwrap();
            let parsed: MessageId = as_text.parse().unwrap();
            assert_eq!(parsed.to_string(), as_text);
            let back = read(&text).unwrap();
            assert_eq!(back.id, id);
            assert!(back.sent_ns.abs_diff(sent_ns) < 1000, "{back:?}");
        }
    }

    #[test]
    fn what_is_no_id_is_not_read() {
        assert_eq!(read(b"0199"), None);
        assert_eq!(read(&[b'z'; 36]), None);
    }
}

//! What a load message carries: who it is and when it was sent.
//!
//! A body starts with the marker `~M<16 hex id><16 hex ns>~` (a receipt's with `~R…~`), so that a
//! decoder only has to cut its protocol's frames and look for markers in them.

/// The identity of a load message and the clock reading when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) id: u64,
    pub(crate) sent_ns: u64,
}

/// What a marker stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Receipt,
}

/// Length of a marker in bytes: two tildes, a kind, two numbers.
pub(crate) const MARKER_LEN: usize = 35;

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Kind::Message => b'M',
            Kind::Receipt => b'R',
        }
    }

    fn of(letter: u8) -> Option<Kind> {
        match letter {
            b'M' => Some(Kind::Message),
            b'R' => Some(Kind::Receipt),
            _ => None,
        }
    }
}

impl Stamp {
    /// Appends the marker.
    pub(crate) fn write_marker(self, kind: Kind, out: &mut Vec<u8>) {
        out.extend_from_slice(&[b'~', kind.letter()]);
        self.write_id(out);
        write_hex(self.sent_ns, out);
        out.push(b'~');
    }

    /// Appends the id alone, 16 hex digits.
    pub(crate) fn write_id(self, out: &mut Vec<u8>) {
        write_hex(self.id, out);
    }

    /// Appends a body of `size` bytes that starts with the marker.
    pub(crate) fn write_body(self, size: usize, out: &mut Vec<u8>) {
        let end = out.len() + size.max(MARKER_LEN);
        self.write_marker(Kind::Message, out);
        out.resize(end, b'x');
    }
}

/// Finds the first marker in `frame`, and the offset just after it.
pub(crate) fn find_marker(frame: &[u8]) -> Option<(Kind, Stamp, usize)> {
    memchr::memchr_iter(b'~', frame)
        .find_map(|start| parse_marker(&frame[start..]).map(|(k, s)| (k, s, start + MARKER_LEN)))
}

fn parse_marker(b: &[u8]) -> Option<(Kind, Stamp)> {
    let b = b.get(..MARKER_LEN)?;
    if b[MARKER_LEN - 1] != b'~' {
        return None;
    }
    let stamp = Stamp {
        id: read_hex(&b[2..18])?,
        sent_ns: read_hex(&b[18..34])?,
    };
    Some((Kind::of(b[1])?, stamp))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn write_hex(value: u64, out: &mut Vec<u8>) {
    for byte in value.to_be_bytes() {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// Reads lower-case hexadecimal digits (at most 16).
pub(crate) fn read_hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, &c| {
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        id: 7 << 32 | 9,
        sent_ns: 1_234_567_890,
    };

    #[test]
    fn a_body_has_its_size_and_its_marker() {
        let mut body = Vec::new();
        STAMP.write_body(200, &mut body);
        assert_eq!(body.len(), 200);
        assert_eq!(find_marker(&body), Some((Kind::Message, STAMP, MARKER_LEN)));
    }

    #[test]
    fn a_marker_is_found_behind_stray_tildes() {
        let mut frame = b"<a>~~M~".to_vec();
        STAMP.write_marker(Kind::Receipt, &mut frame);
        let end = frame.len();
        frame.extend_from_slice(b"~M00");
        assert_eq!(find_marker(&frame), Some((Kind::Receipt, STAMP, end)));
        assert_eq!(find_marker(&frame[end..]), None);
    }
}

//! What the segments of a JPEG tell before anything is decoded ([ITU-T T.81] annex B).
//!
//! [ITU-T T.81]: https://www.w3.org/Graphics/JPEG/itu-t81.pdf

/// Tells whether a JPEG is progressive: all its coefficients are in memory then, besides its pixels.
pub(super) fn is_progressive(bytes: &[u8]) -> bool {
    segments(bytes).any(|(marker, _)| is_progressive_frame(marker))
}

/// The markers of progressive frames: with Huffman codes and arithmetic ones, and differential.
fn is_progressive_frame(marker: u8) -> bool {
    matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce)
}

/// Gives the segments up to the first scan, each with its marker and what it holds.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        // Between segments there may be anything: decoders skip to the next marker too.
        let at = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff))?;
        let marker = *rest.get(at + 1)?;
        rest = rest.get(at + 2..)?;
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            return Some((marker, &[][..]));
        }
        if matches!(marker, 0xd9 | 0xda) {
            return None;
        }
        let (length, _) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let body = rest.get(2..length).unwrap_or_default();
        rest = rest.get(length..).unwrap_or_default();
        Some((marker, body))
    })
}

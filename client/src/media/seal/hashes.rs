//! The hashes that an upload is announced with.

use crate::media::hash::{Hasher, Whole};
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use heliograph_protocol::media::Sha256;

/// Hashes what is sealed in one pass: the whole, and each part of 8 MiB.
///
/// As long as there is one part it is the whole, and hashed once; then the whole is hashed beside, on
/// another thread.
pub(super) struct Hashes {
    part: Hasher,
    part_left: u64,
    whole: Option<Whole>,
    parts: Vec<Sha256>,
}

impl Hashes {
    pub(super) fn new() -> Self {
        Self {
            part: Hasher::new(),
            part_left: MEDIA_PART_BYTES,
            whole: None,
            parts: Vec::new(),
        }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.part_left == 0 {
            self.begin_part();
        }
        while let Some((now, rest)) = self.split(bytes) {
            self.hash(now);
            if rest.is_empty() {
                return;
            }
            self.begin_part();
            bytes = rest;
        }
    }

    /// Tells the hash of the whole and that of each part.
    pub(super) fn finish(mut self) -> (Sha256, Vec<Sha256>) {
        let part = self.part.finish();
        self.parts.push(part);
        let whole = self.whole.map(Whole::finish);
        (whole.unwrap_or(part), self.parts)
    }

    /// Splits off what belongs to this part.
    fn split<'a>(&self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let left = usize::try_from(self.part_left).unwrap_or(usize::MAX);
        bytes.split_at_checked(left.min(bytes.len()))
    }

    fn hash(&mut self, bytes: &[u8]) {
        self.part.update(bytes);
        if let Some(whole) = &mut self.whole {
            whole.update(bytes);
        }
        self.part_left = self.part_left.saturating_sub(bytes.len() as u64);
    }

    fn begin_part(&mut self) {
        self.whole
            .get_or_insert_with(|| Whole::begun(self.part.clone()));
        let part = std::mem::replace(&mut self.part, Hasher::new());
        self.parts.push(part.finish());
        self.part_left = MEDIA_PART_BYTES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    fn hash(bytes: &[u8]) -> Sha256 {
        Sha256(sha2::Sha256::digest(bytes).into())
    }

    #[test]
    fn of_the_whole_and_of_each_part() {
        let part = usize::try_from(MEDIA_PART_BYTES).unwrap();
        let bytes = b"parts of 8 MiB".repeat(part / 7 + 1);
        for len in [0, 1, part - 1, part, part + 1, 2 * part, 2 * part + 5] {
            let bytes = &bytes[..len];
            let mut hashes = Hashes::new();
            for piece in bytes.chunks(3_000_001) {
                hashes.update(piece);
            }
            let parts: Vec<Sha256> = bytes.chunks(part).map(hash).collect();
            let parts = if len == 0 { vec![hash(b"")] } else { parts };
            assert_eq!(hashes.finish(), (hash(bytes), parts), "{len}");
        }
    }
}

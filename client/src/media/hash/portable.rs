//! SHA-256 in Rust, for where ring is not.

use heliograph_protocol::media::Sha256;
use sha2::Digest;

/// Hashes bytes as they come.
#[derive(Clone)]
pub(in crate::media) struct Hasher(sha2::Sha256);

impl Hasher {
    pub(in crate::media) fn new() -> Self {
        Self(sha2::Sha256::new())
    }

    pub(in crate::media) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(in crate::media) fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

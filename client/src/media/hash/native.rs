//! SHA-256 by ring, in the processor's own instructions.

use heliograph_protocol::media::Sha256;
use ring::digest::{Context, SHA256};

/// Hashes bytes as they come.
#[derive(Clone)]
pub(in crate::media) struct Hasher(Context);

impl Hasher {
    pub(in crate::media) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(in crate::media) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(in crate::media) fn finish(self) -> Sha256 {
        let mut hash = [0; 32];
        // SHA-256 is as long, though ring's type does not say so.
        hash.copy_from_slice(self.0.finish().as_ref());
        Sha256(hash)
    }
}

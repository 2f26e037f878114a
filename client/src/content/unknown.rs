//! What a later version has sent.

use std::fmt;

/// Is a content that this version does not know, as it came: a later one that has it read again knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Unknown {
    version: u64,
    kind: String,
    bytes: Vec<u8>,
}

impl Unknown {
    pub(super) fn new(version: u64, kind: String, bytes: &[u8]) -> Self {
        Self {
            version,
            kind,
            bytes: bytes.to_vec(),
        }
    }

    /// Tells which version of contents it is of.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Tells of which kind it is.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Gives all of it, byte for byte.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Unknown {
    /// Tells the version, and nothing of what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

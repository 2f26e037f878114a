//! Answers about encrypted files (protocol §9).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::media::{MediaId, Sha256, Upload};

/// Answers `media.upload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaUploadOk {
    /// What the file is called once it is there.
    pub media_id: MediaId,
    /// How to put it.
    pub upload: Upload,
    /// Until when, ms since the epoch: 15 minutes.
    pub expires_at: u64,
}

/// Answers `media.complete`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaCompleteOk {
    /// How long the file is, in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// When it goes, ms since the epoch: after 30 days.
    pub expires_at: u64,
}

/// Answers `media.download`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaDownloadOk {
    /// Where it is, whole or by range (`GET`); a secret.
    pub url: String,
    /// How long it is, in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Until when the address is good, ms since the epoch: 15 minutes.
    pub expires_at: u64,
}

impl fmt::Debug for MediaDownloadOk {
    /// Leaves out the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaDownloadOk")
            .field("size", &self.size)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

//! What stands before a file's bytes in its file.

use heliograph_domain::ports::{Blob, BlobKey, Labels};
use heliograph_protocol::media::{MediaKind, Sha256};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, UNIX_EPOCH};

/// How long it is, whatever is in it.
pub(super) const HEADER_BYTES: u64 = 4096;

/// What is known of a file: JSON, filled up with zeros.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) key: String,
    pub(super) bytes: u64,
    /// Of all of it; what came in parts has theirs in their names.
    pub(super) sha256: Option<Sha256>,
    pub(super) owner: String,
    pub(super) kind: MediaKind,
    /// In milliseconds since the Unix epoch.
    pub(super) created_at: u64,
}

impl Header {
    pub(super) fn new(
        key: &BlobKey,
        (bytes, sha256): (u64, Option<[u8; 32]>),
        labels: &Labels,
        created_at: u64,
    ) -> Self {
        Self {
            key: key.as_str().to_owned(),
            bytes,
            sha256: sha256.map(Sha256),
            owner: labels.owner.clone(),
            kind: labels.kind,
            created_at,
        }
    }

    /// Writes it where it belongs; the time of the file is that of the header, for the sweep.
    pub(super) fn write(&self, file: &mut File) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(self)?;
        let length = usize::try_from(HEADER_BYTES).map_err(io::Error::other)?;
        if bytes.len() >= length {
            return Err(io::Error::other("header too long"));
        }
        bytes.resize(length, 0);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&bytes)?;
        file.set_modified(UNIX_EPOCH + Duration::from_millis(self.created_at))
    }

    /// Reads it; behind it the file's bytes follow.
    pub(super) fn read(file: &mut File) -> io::Result<Self> {
        let mut bytes = [0; 4096];
        file.read_exact(&mut bytes)?;
        let end = bytes.iter().position(|byte| *byte == 0);
        let json = bytes.get(..end.unwrap_or(0)).unwrap_or_default();
        Ok(serde_json::from_slice(json)?)
    }

    /// What tells it from any other file: its hash, or one of its name and moment.
    pub(super) fn identity(&self) -> [u8; 32] {
        let named = || sha2::Sha256::digest(format!("{} {}", self.key, self.created_at)).into();
        self.sha256.map_or_else(named, |hash| hash.0)
    }

    pub(super) fn labels(&self) -> Labels {
        Labels {
            owner: self.owner.clone(),
            kind: self.kind,
        }
    }

    pub(super) fn blob(&self) -> Blob {
        Blob {
            bytes: self.bytes,
            sha256: self.sha256.map(|hash| hash.0),
            labels: self.labels(),
            created_at: self.created_at,
        }
    }
}

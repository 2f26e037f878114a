//! A transfer as it is kept.

use super::download::Download;
use super::upload::Upload;
use super::{Attachment, TransferError};
use crate::random::{self, NoRandomness};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Names a transfer: it stays the same until the transfer has ended, whatever happens meanwhile.
///
/// As text, 32 of the characters `0-9 a-f`; those of later transfers are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(u128);

/// Reports text that names no transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 characters 0-9 a-f")]
pub struct InvalidJobId;

impl JobId {
    /// Draws one: when it begins, and chance.
    pub(super) fn draw(now_ms: u64) -> Result<Self, NoRandomness> {
        let chance = u64::from_be_bytes(random::bytes()?);
        Ok(Self(u128::from(now_ms) << 64 | u128::from(chance)))
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({self})")
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.to_string()
    }
}

impl FromStr for JobId {
    type Err = InvalidJobId;

    fn from_str(text: &str) -> Result<Self, InvalidJobId> {
        let id = u128::from_str_radix(text, 16).map(Self);
        // Written otherwise it would be another file.
        id.ok()
            .filter(|id| id.to_string() == text)
            .ok_or(InvalidJobId)
    }
}

impl TryFrom<String> for JobId {
    type Error = InvalidJobId;

    fn try_from(text: String) -> Result<Self, InvalidJobId> {
        text.parse()
    }
}

/// Is a transfer: on its way, or at its end and not yet told of.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    Upload(Box<Upload>),
    Download(Box<Download>),
    Ended(End),
}

impl Job {
    /// Tells where the file goes that is coming, or has come and may not have its name yet.
    pub(super) fn partial_of(&self) -> Option<&Path> {
        match self {
            Self::Download(download) => Some(download.to()),
            Self::Ended(End::Downloaded(to)) => Some(to),
            Self::Upload(_) | Self::Ended(_) => None,
        }
    }
}

/// Says how a transfer ended.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Uploaded(Box<Attachment>),
    Downloaded(PathBuf),
    Failed(TransferError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_is_text_and_back(now_ms in any::<u64>()) {
            let id = JobId::draw(now_ms).unwrap();
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert!(now_ms == u64::MAX || id < JobId::draw(now_ms + 1).unwrap());
        }

        #[test]
        fn other_text_is_none(text in "[0-9a-fA-F/.]{0,40}") {
            let is_id = text.len() == 32 && !text.contains(|char: char| !matches!(char, '0'..='9' | 'a'..='f'));
            prop_assert_eq!(text.parse::<JobId>().is_ok(), is_id);
        }
    }
}

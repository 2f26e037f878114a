//! What goes wrong with sender keys.

use crate::e2ee::plaintext::{ContentTooLong, RefusedPlaintext};
use vodozemac::megolm::DecryptionError;

/// Reports that nothing was encrypted for a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupEncryptError {
    /// The context is another group's, or none's.
    #[error("sender key is of another group")]
    OtherGroup,
    /// The content is longer than [`PLAIN_BYTES_MAX`](crate::e2ee::PLAIN_BYTES_MAX).
    #[error("content does not fit")]
    TooLong(#[from] ContentTooLong),
}

/// Reports that a distribution was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// It has a version that this one does not know: the sender is newer.
    #[error("distribution has an unknown version {0}")]
    Version(u8),
    /// It is not as it has to be, or not signed with the key in it.
    #[error("distribution is malformed")]
    Malformed,
}

/// Reports that a message to a group was not decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupDecryptError {
    /// It was encrypted under another sender key.
    #[error("message is of another sender key")]
    OtherKey,
    /// It comes in the name of a device, or in a group, that the key is not of.
    #[error("sender key is of another device or group")]
    OtherPlace,
    /// It is older than the key that was distributed.
    #[error("message is from before the key was distributed")]
    TooOld,
    /// It was not encrypted under this key, or was changed since.
    #[error("message is not of this sender key")]
    Forged,
    /// It was encrypted under this key, and is refused.
    #[error("plaintext is refused")]
    Refused(#[from] RefusedPlaintext),
}

impl From<DecryptionError> for GroupDecryptError {
    fn from(error: DecryptionError) -> Self {
        match error {
            DecryptionError::UnknownMessageIndex(..) => Self::TooOld,
            _ => Self::Forged,
        }
    }
}

//! What goes wrong in sessions.

use crate::e2ee::plaintext::{ContentTooLong, RefusedPlaintext};
use crate::e2ee::pqxdh::AgreeError;
use vodozemac::olm::DecryptionError;

/// Reports that nothing was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The content is longer than [`PLAIN_BYTES_MAX`](crate::e2ee::PLAIN_BYTES_MAX).
    #[error("content does not fit")]
    TooLong(#[from] ContentTooLong),
    /// The ratchet key that the peer sent is of no use, so nothing can be sent to it any more.
    #[error("ratchet key of the peer is unusable")]
    PeerKey,
}

/// Reports that a message of a session was not decrypted; the session is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// It was decrypted before. Or, what looks the same: so many others came before it that its key was
    /// given up; or it was forged with an old number, which nobody can tell without that key.
    #[error("message {0} of its chain was decrypted before")]
    AlreadyDecrypted(u64),
    /// So many messages before it are missing that it is not tried.
    #[error("{0} messages are missing before the message")]
    TooFarAhead(u64),
    /// It was not encrypted in this session, or was changed since.
    #[error("message is not of this session")]
    Forged,
    /// It begins another session.
    #[error("message begins another session")]
    OtherSession,
    /// It was encrypted in this session, and is refused.
    #[error("plaintext is refused")]
    Refused(#[from] RefusedPlaintext),
}

/// Reports that no session was joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RespondError {
    /// Nothing was agreed with who sent it.
    #[error("nothing agreed")]
    Agree(#[from] AgreeError),
    /// What was agreed does not decrypt the message: it was not made for these keys, or was changed
    /// since; or its plaintext is refused.
    #[error("first message not decrypted")]
    Decrypt(#[from] DecryptError),
}

impl From<DecryptionError> for DecryptError {
    fn from(error: DecryptionError) -> Self {
        match error {
            DecryptionError::MissingMessageKey(index) => Self::AlreadyDecrypted(index),
            DecryptionError::TooBigMessageGap(gap, _) => Self::TooFarAhead(gap),
            _ => Self::Forged,
        }
    }
}

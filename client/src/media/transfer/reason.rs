//! Why a transfer waits.

use heliograph_protocol::error::ErrorCode;
use std::io::ErrorKind;

/// Says what keeps a transfer that is tried again, for who looks why it does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RetryReason {
    /// There is no connection to the service, or it was lost before the answer.
    #[error("no answer of the service")]
    Offline,
    /// The service does not do it now.
    #[error("refused by the service for now")]
    Refused(ErrorCode),
    /// The store is not reached, or the connection to it was lost.
    #[error("no connection to the store")]
    Unreachable,
    /// Nothing went to the store or came from it for too long.
    #[error("store silent")]
    Silent,
    /// The store does not do it now, with this HTTP status.
    #[error("refused by the store for now with status {0}")]
    Rejected(u16),
    /// The addresses are no good any more: others are asked for.
    #[error("addresses no good any more")]
    Expired,
    /// The file came to an end before its last byte.
    #[error("file came in part")]
    CutOff,
    /// The disk failed; [`ErrorKind::WouldBlock`] while what was written before is not there yet.
    #[error("disk failed: {0}")]
    Disk(ErrorKind),
    /// The cipher failed, as it does for nothing that this library gives it.
    #[error("cipher failed")]
    Cipher,
}

//! What is told of transfers.

use super::job::End;
use super::{Attachment, JobId, RetryReason, TransferError};
use crate::MaybeSendSync;
use std::fmt;
use std::path::PathBuf;

/// Is told what becomes of transfers, natively on whichever thread; it is to return soon.
pub trait Listener: Fn(Event) + MaybeSendSync + 'static {}
impl<T: Fn(Event) + MaybeSendSync + 'static> Listener for T {}

/// Tells of a transfer.
///
/// An end is told once, and the transfer is forgotten when the listener has returned: what is to be kept
/// of it is to be kept by then. Who is killed just there is told once more; the id is the same.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// It goes on; or back, when an upload begins anew.
    Progress {
        /// The transfer.
        id: JobId,
        /// How many of the sealed bytes are there.
        done_bytes: u64,
        /// How many there are.
        total_bytes: u64,
    },
    /// It failed for now, and is tried again by itself.
    Waiting {
        /// The transfer.
        id: JobId,
        /// In how many milliseconds it is.
        retry_in_ms: u64,
        /// What kept it.
        because: RetryReason,
    },
    /// The file is in the store.
    Uploaded {
        /// The transfer.
        id: JobId,
        /// What a message says of it.
        attachment: Box<Attachment>,
    },
    /// The file is here, and is the one that the message tells of.
    Downloaded {
        /// The transfer.
        id: JobId,
        /// Where it is.
        to: PathBuf,
    },
    /// It was given up, and nothing is left of it.
    Failed {
        /// The transfer.
        id: JobId,
        /// Why.
        error: TransferError,
    },
}

impl Event {
    pub(super) fn of_end(id: JobId, end: End) -> Self {
        match end {
            End::Uploaded(attachment) => Self::Uploaded { id, attachment },
            End::Downloaded(to) => Self::Downloaded { id, to },
            End::Failed(error) => Self::Failed { id, error },
        }
    }
}

impl fmt::Debug for Event {
    /// Hides where files are: their names tell of content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Progress {
                id,
                done_bytes,
                total_bytes,
            } => write!(f, "Progress({id}, {done_bytes} of {total_bytes} bytes)"),
            Self::Waiting {
                id,
                retry_in_ms,
                because,
            } => write!(f, "Waiting({id}, {retry_in_ms} ms, {because})"),
            Self::Uploaded { id, .. } => write!(f, "Uploaded({id})"),
            Self::Downloaded { id, .. } => write!(f, "Downloaded({id})"),
            Self::Failed { id, error } => write!(f, "Failed({id}, {error})"),
        }
    }
}

//! What a failure means for a transfer: try again, ask for other addresses, or give up.

use super::{RetryReason, ServiceError};
use crate::media::seal::{OpenError, SealError};
use heliograph_protocol::error::ErrorCode;
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind};

/// Is what keeps a transfer from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setback {
    /// It passes.
    Passing {
        /// What it is.
        because: RetryReason,
        /// In how many milliseconds at the earliest, where the other side says so.
        retry_after_ms: Option<u64>,
    },
    /// The addresses are no good any more: others are to be asked for.
    Stale,
    /// Trying again does not help.
    Final(TransferError),
}

/// Says why a transfer was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransferError {
    /// The service does not give the file, or does not take it.
    #[error("refused by the service")]
    Refused(ErrorCode),
    /// The store does not take the file or has another one, with this HTTP status.
    #[error("refused by the store with status {0}")]
    Rejected(u16),
    /// The file is not the one that the message tells of.
    #[error("not the file that was sent")]
    Forged,
    /// The service's answer makes no sense for the file.
    #[error("answer of the service not understood")]
    Answer,
    /// Addresses were asked for again and again, and were no good before the file was there. Sealed bytes
    /// that have changed on the disk end so too: the store takes them at no address.
    #[error("addresses expired too often")]
    Expired,
    /// The sealed file that was to be sent is gone from the disk, or has become shorter there.
    #[error("sealed file gone or damaged")]
    Spool,
    /// There is no writing where the file is to go.
    #[error("file not written")]
    Disk,
}

impl Setback {
    /// Is one that passes, nobody says when.
    pub(super) fn passing(because: RetryReason) -> Self {
        Self::Passing {
            because,
            retry_after_ms: None,
        }
    }

    /// Of an answer about new addresses, from whichever request.
    pub(super) fn of_asking(error: &ServiceError) -> Self {
        let ServiceError::Refused {
            code,
            retry_after_ms,
        } = *error
        else {
            return Self::passing(RetryReason::Offline);
        };
        match code {
            ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::Internal
            // The library is about to get another token.
            | ErrorCode::Unauthenticated => Self::Passing {
                because: RetryReason::Refused(code),
                retry_after_ms,
            },
            _ => Self::Final(TransferError::Refused(code)),
        }
    }

    /// Of an answer about making a file of its parts: if the service does not know them any more, or
    /// misses some, they are put anew.
    pub(super) fn of_completing(error: &ServiceError) -> Self {
        match Self::of_asking(error) {
            Self::Final(TransferError::Refused(ErrorCode::Forbidden)) => {
                Self::Final(TransferError::Refused(ErrorCode::Forbidden))
            }
            Self::Final(_) => Self::Stale,
            passing => passing,
        }
    }

    /// Of an HTTP status of the store that is no success, and what it says of when to try again.
    pub(super) fn of_status(status: u16, retry_after_ms: Option<u64>) -> Self {
        match status {
            408 | 409 | 425 | 429 | 500..=599 => Self::Passing {
                because: RetryReason::Rejected(status),
                retry_after_ms,
            },
            // The signature is over, or the upload or the file is. 400 is S3's for a body that came too
            // slowly or not whole, and for a token that has expired
            // (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html); how often it is
            // believed is counted as of all of these.
            400 | 401 | 403 | 404 | 410 => Self::Stale,
            _ => Self::Final(TransferError::Rejected(status)),
        }
    }

    /// Of the disk, where a file is to be written.
    pub(super) fn of_writing(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput => Self::Final(TransferError::Disk),
            // A full disk may have room later.
            _ => Self::of_disk(error),
        }
    }

    /// Of a sealed file that is to be read.
    pub(super) fn of_spool(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => Self::Final(TransferError::Spool),
            _ => Self::of_disk(error),
        }
    }

    /// Of the disk, where it is not known to be for ever.
    pub(super) fn of_disk(error: &io::Error) -> Self {
        Self::passing(RetryReason::Disk(error.kind()))
    }

    /// Of opening.
    pub(super) fn of_opening(error: &OpenError) -> Self {
        match error {
            OpenError::Write(error) => Self::of_writing(error),
            OpenError::Read(error) => Self::of_disk(error),
            OpenError::Truncated => Self::passing(RetryReason::CutOff),
            OpenError::Cipher(_) => Self::passing(RetryReason::Cipher),
            OpenError::Length(_) | OpenError::Forged(_) | OpenError::TooLong => {
                Self::Final(TransferError::Forged)
            }
        }
    }
}

/// Reports that a transfer was not taken on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The file was not sealed.
    #[error("file not sealed")]
    Seal(#[from] SealError),
    /// The message tells of a file that cannot be: it is too long, or has a length that no sealed file
    /// has.
    #[error("no file can have that length")]
    Length,
    /// The transfer was not noted.
    #[error("transfer not noted")]
    Disk(#[from] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: ErrorCode) -> ServiceError {
        let retry_after_ms = Some(7);
        ServiceError::Refused {
            code,
            retry_after_ms,
        }
    }

    fn passing(because: RetryReason) -> Setback {
        let retry_after_ms = Some(7);
        Setback::Passing {
            because,
            retry_after_ms,
        }
    }

    #[test]
    fn of_each_code_it_is_known_whether_it_passes() {
        for code in ErrorCode::ALL {
            let is_passing = matches!(
                code,
                ErrorCode::RateLimited
                    | ErrorCode::Unavailable
                    | ErrorCode::Internal
                    | ErrorCode::Unauthenticated
            );
            let expected = match is_passing {
                true => passing(RetryReason::Refused(code)),
                false => Setback::Final(TransferError::Refused(code)),
            };
            assert_eq!(Setback::of_asking(&refused(code)), expected);
        }
        let offline = Setback::passing(RetryReason::Offline);
        assert_eq!(Setback::of_asking(&ServiceError::Offline), offline);
    }

    #[test]
    fn parts_that_are_gone_are_put_anew() {
        for code in [ErrorCode::NotFound, ErrorCode::Gone, ErrorCode::Conflict] {
            assert_eq!(Setback::of_completing(&refused(code)), Setback::Stale);
        }
        let unavailable = ErrorCode::Unavailable;
        let of = Setback::of_completing(&refused(unavailable));
        assert_eq!(of, passing(RetryReason::Refused(unavailable)));
    }

    #[test]
    fn statuses() {
        let of = |status| Setback::of_status(status, None);
        for status in [429, 500, 503] {
            let because = RetryReason::Rejected(status);
            assert_eq!(of(status), Setback::passing(because));
        }
        let stale = [400, 401, 403, 404, 410].map(of);
        assert!(stale.iter().all(|of| *of == Setback::Stale));
        assert_eq!(of(405), Setback::Final(TransferError::Rejected(405)));
    }
}

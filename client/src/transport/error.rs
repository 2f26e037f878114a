//! How a request fails.

use crate::connection::RequestFailure;
use heliograph_protocol::error::{ErrorBody, ErrorCode};
use heliograph_protocol::frame::InvalidFrame;

/// Is how long is waited where the service says that a failure passes and not when, in milliseconds.
const PASSES_MS: u64 = 2_000;

/// Reports that a request has not done what it was to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It was not sent, or not answered.
    #[error("request not answered")]
    Failed(#[from] RequestFailure),
    /// The service refused.
    #[error("refused by the service")]
    Refused(ErrorBody),
    /// The answer is not one to this request.
    #[error("answer not understood")]
    Answer(#[from] InvalidFrame),
    /// The connection was ended by who started it.
    #[error("connection ended")]
    Ended,
}

/// Says when a request may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It fails again.
    Never,
    /// Once there is a connection.
    WhenConnected,
    /// After so many milliseconds.
    AfterMs(u64),
}

impl RequestError {
    /// Tells when the request may be made again. All requests may: what was done is not done twice.
    pub fn again(&self) -> Again {
        match self {
            Self::Failed(RequestFailure::NotConnected | RequestFailure::Unknown) => {
                Again::WhenConnected
            }
            Self::Refused(error) => match error.code {
                ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal => {
                    Again::AfterMs(error.retry_after_ms.unwrap_or(PASSES_MS))
                }
                _ => Again::Never,
            },
            Self::Failed(RequestFailure::TooLarge) | Self::Answer(_) | Self::Ended => Again::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_may_be_asked_again() {
        let refused = |error| RequestError::Refused(error).again();
        assert_eq!(refused(ErrorBody::rate_limited(70)), Again::AfterMs(70));
        assert_eq!(refused(ErrorBody::unavailable()), Again::AfterMs(PASSES_MS));
        assert_eq!(refused(ErrorBody::bad_request("m")), Again::Never);
        let failed = |failure| RequestError::Failed(failure).again();
        assert_eq!(failed(RequestFailure::Unknown), Again::WhenConnected);
        assert_eq!(failed(RequestFailure::NotConnected), Again::WhenConnected);
        assert_eq!(failed(RequestFailure::TooLarge), Again::Never);
    }
}

//! How sending fails.

use std::error::Error;

/// A failure to send; the cause is its `source`.
///
/// Nothing in either is of the subscription or the payload.
#[derive(Debug, thiserror::Error)]
#[error("push {kind}")]
pub struct SendError {
    kind: SendErrorKind,
    retry_after_ms: Option<u64>,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

/// What a caller can do about a [`SendError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendErrorKind {
    /// There is no such subscription any more: drop it.
    #[error("gone")]
    Gone,
    /// This message will not be taken for this subscription, however often it is sent.
    #[error("refused")]
    Refused,
    /// The push service takes no more for now.
    #[error("throttled")]
    Throttled,
    /// No answer, or one that tells of a fault of the push service: it may have been sent.
    #[error("unavailable")]
    Unavailable,
}

impl SendError {
    pub(crate) fn because(
        kind: SendErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            retry_after_ms: None,
            source: source.into(),
        }
    }

    pub(crate) fn retry_after_ms_of(mut self, retry_after_ms: Option<u64>) -> Self {
        self.retry_after_ms = retry_after_ms;
        self
    }

    /// Tells what can be done about it.
    pub fn kind(&self) -> SendErrorKind {
        self.kind
    }

    /// For how long the push service asks not to be sent to, in milliseconds, if it says.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after_ms
    }
}

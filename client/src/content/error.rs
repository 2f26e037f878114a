//! What is wrong with bytes that came.

use super::InvalidContent;
use super::codec::Malformed;

/// Reports bytes that are no content. It holds none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There are so many bytes, more than [`PLAIN_BYTES_MAX`](crate::e2ee::PLAIN_BYTES_MAX).
    #[error("content of {0} bytes")]
    TooLarge(usize),
    /// They are not what a content is made of.
    #[error("not a content")]
    Malformed,
    /// It is a content, but out of bounds.
    #[error("content out of bounds")]
    Invalid(#[from] InvalidContent),
}

impl From<Malformed> for DecodeError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

//! What can go wrong in a store, by what the caller can do about it.

use std::error::Error;

/// A failure of the store.
///
/// Its text says what kind; the cause is its `source`, logged once at the edge and never sent to a
/// client.
#[derive(Debug, thiserror::Error)]
#[error("store {kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a caller can do about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreErrorKind {
    /// Other writers kept touching the same items; nothing was written, try again.
    #[error("conflict")]
    Conflict,
    /// The store asks for less; try again later.
    #[error("throttled")]
    Throttled,
    /// No answer, or no disk; the write may or may not have happened.
    #[error("unavailable")]
    Unavailable,
    /// An item is there and cannot be read.
    #[error("corrupt")]
    Corrupt,
    /// The call breaks a limit of the port: a defect of the caller.
    #[error("invalid call")]
    Invalid,
}

impl StoreError {
    /// Makes an error without a cause.
    pub fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error with its cause.
    pub fn because(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Tells what can be done about it.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

//! What SQLite's failures mean to a caller of the port.

use super::codec::Malformed;
use heliograph_domain::store::{StoreError, StoreErrorKind};
use rusqlite::ErrorCode;
use std::error::Error;

/// Why a job of the writer did not do what it was asked for.
#[derive(Debug)]
pub(super) enum Failure {
    /// The call itself is wrong, or the item it met; the transaction goes on without it.
    Call(StoreError),
    /// SQLite failed; the transaction is lost.
    Sql(rusqlite::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Call(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sql(error)
    }
}

impl From<Malformed> for Failure {
    fn from(error: Malformed) -> Self {
        Failure::Call(corrupt(error))
    }
}

/// An item that cannot be read.
pub(super) fn corrupt(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::because(StoreErrorKind::Corrupt, error)
}

/// No answer, or no disk.
pub(super) fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::because(StoreErrorKind::Unavailable, error)
}

/// What a failed read or write of SQLite means.
pub(super) fn from_sql(error: rusqlite::Error) -> StoreError {
    if is_damage(&error) {
        corrupt(error)
    } else {
        unavailable(error)
    }
}

/// Whether the file is damaged in some place, so that jobs elsewhere in it can still be done.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) || matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

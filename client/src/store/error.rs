//! Why a store was not opened, read or written.

use std::io;

/// Reports that there is no store.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The key is another one than the file was made with, or it is no store.
    #[error("wrong key, or not a store")]
    WrongKey,
    /// Somebody has it open: another process, or this one.
    #[error("store open elsewhere")]
    InUse,
    /// A later version of this program has written it.
    #[error("store of version {found}; this program knows versions up to {known}")]
    Newer {
        /// The file's version.
        found: usize,
        /// The newest one that is known here.
        known: usize,
    },
    /// The file was not read or written.
    #[error("store not opened")]
    Disk(#[source] io::Error),
    /// No randomness, or no memory to make a key of a passphrase.
    #[error("no key made")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// SQLite failed.
    #[error("store not opened")]
    Sql(#[source] rusqlite::Error),
}

impl From<io::Error> for OpenStoreError {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<rusqlite::Error> for OpenStoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::WrongKey,
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::InUse
            }
            _ => Self::Sql(error),
        }
    }
}

/// Reports that something was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full, broken or gone, or the file is damaged.
    #[error("store failed")]
    Sql(#[from] rusqlite::Error),
    /// A file beside the store was not read.
    #[error("store failed")]
    Beside(#[source] io::Error),
    /// A row holds what this program did not write.
    #[error("a row that cannot be read")]
    Corrupt,
}

//! What outlives the process: one SQLite file under [SQLCipher], opened by one process at a time.
//!
//! * **Encrypted.** Every page of the file and of its log is, with the key that [`StoreKey`] gives; the
//!   first 16 bytes of the file are a random salt. Without the key there is nothing to be read but its
//!   length.
//! * **A step is a transaction.** What [`Store::step`] is given happens as a whole or not at all, and is on
//!   the disk when it returns.
//! * **Deleted is gone.** What is deleted is overwritten, and leaves the log with the next checkpoint; but its
//!   words stay in the index until parts of that are merged.
//!
//! Nothing here waits for anything but the disk: call it off an async runtime's threads.
//!
//! [SQLCipher]: https://www.zetetic.net/sqlcipher/design/

mod codec;
mod error;
mod key;
mod names;
mod open;
mod schema;

pub mod acks;
pub mod asked;
pub mod chats;
pub mod contacts;
pub mod devices;
pub mod groups;
pub mod identities;
pub mod marks;
pub mod mending;
pub mod messages;
pub mod opened;
pub mod outbox;
pub mod prekeys;
pub mod receipts;
mod search;
pub mod sender_keys;
pub mod sessions;
pub mod settings;
pub mod unread;
pub mod uploads;

pub use error::{OpenStoreError, StoreError};
pub use key::StoreKey;
pub use search::search;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Is the open file.
pub struct Store {
    connection: Mutex<Connection>,
    /// Held until the connection is closed.
    _held: open::Held,
}

impl Store {
    /// Opens a file, which is made when missing and brought to this version.
    ///
    /// # Errors
    /// [`OpenStoreError`]; the file is as it was then.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(file: impl AsRef<Path>, key: &StoreKey) -> Result<Self, OpenStoreError> {
        Ok(Self::of(open::open(file.as_ref(), key)?))
    }

    /// Opens a file, which is made when missing and brought to this version. It is a folder of the origin's
    /// [private file system], and this is called in a dedicated worker. One worker has it open at a time, of
    /// whichever page: the others are told [`InUse`](OpenStoreError::InUse), also after a reload until the old
    /// page is gone, a moment later.
    ///
    /// [private file system]: https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system
    ///
    /// # Errors
    /// [`OpenStoreError`]; the file is as it was then.
    #[cfg(target_arch = "wasm32")]
    pub async fn open(file: impl AsRef<Path>, key: &StoreKey) -> Result<Self, OpenStoreError> {
        Ok(Self::of(open::open(file.as_ref(), key).await?))
    }

    fn of((connection, held): (Connection, open::Held)) -> Self {
        Self {
            connection: Mutex::new(connection),
            _held: held,
        }
    }

    /// Does something in one transaction, which is durable when this returns.
    ///
    /// # Errors
    /// Those of `step`, and the disk's; nothing has happened then.
    pub fn step<T, E: From<StoreError>>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // Whoever panicked has dropped their transaction, which took it back; in a browser the module has ended.
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = step(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(done)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

//! In a browser: SQLite's own [pool of files] in the private file system, one pool a store.
//!
//! A pool is a folder, whose files are open as long as the store is: nobody else can open them, in whichever
//! page, and the browser closes them with the worker, however that ends.
//!
//! [pool of files]: https://sqlite.org/wasm/doc/trunk/persistence.md#vfs-opfs-sahpool

use super::super::error::OpenStoreError;
use super::super::key::{SALT_BYTES, StoreKey};
use super::store;
use crate::opfs::io_error;
use rusqlite::{Connection, OpenFlags};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What the store is called in its pool.
const NAME: &str = "store";
/// How many files a pool has: the store, its log, and what SQLite may need beside them.
const FILES: usize = 4;

thread_local! {
    /// Which pools are open in this worker: a pool would open a file twice here.
    static OPEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Is the pool that is open as long as the store is.
pub(in crate::store) struct Held {
    pool: String,
    files: Option<OpfsSAHPoolUtil>,
}

impl Held {
    async fn take(pool: &str) -> Result<Self, OpenStoreError> {
        if !OPEN.with_borrow_mut(|open| open.insert(pool.to_owned())) {
            return Err(OpenStoreError::InUse);
        }
        let mut held = Self {
            pool: pool.to_owned(),
            files: None,
        };
        let config = OpfsSAHPoolCfgBuilder::new()
            .vfs_name(pool)
            .directory(pool)
            .initial_capacity(FILES)
            .build();
        let files = install::<WasmOsCallback>(&config, false).await?;
        held.files = Some(files.clone());
        // Where it was open in this worker before.
        files.resume().await?;
        Ok(held)
    }

    fn connect(&self) -> Result<Connection, OpenStoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags_and_vfs(NAME, flags, self.pool.as_str())?;
        Ok(connection)
    }

    /// Asks SQLCipher for the salt with which the file begins, or which it draws for a new one. It reads that
    /// whatever the key is.
    fn salt(&self) -> Result<[u8; SALT_BYTES], OpenStoreError> {
        let connection = self.connect()?;
        let no_key = StoreKey::Raw([0; _].into()).pragma(&[])?;
        connection.pragma_update(None, "key", no_key.as_str())?;
        let salt: String = connection.pragma_query_value(None, "cipher_salt", |row| row.get(0))?;
        let mut bytes = [0; SALT_BYTES];
        let digits = salt.as_bytes().as_chunks::<2>().0;
        if digits.len() != SALT_BYTES {
            return Err(OpenStoreError::Disk(ErrorKind::InvalidData.into()));
        }
        for (byte, digits) in bytes.iter_mut().zip(digits) {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16)
                .map_err(|error| OpenStoreError::Disk(io::Error::other(error)))?;
        }
        Ok(bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(files) = &self.files {
            // It fails where the store is open: its connection has gone before this.
            _ = files.pause();
        }
        OPEN.with_borrow_mut(|open| open.remove(&self.pool));
    }
}

/// Opens the file, whose path leads to the folder of its pool.
pub(in crate::store) async fn open(
    file: &Path,
    key: &StoreKey,
) -> Result<(Connection, Held), OpenStoreError> {
    let pool = file.to_str().ok_or(ErrorKind::InvalidInput);
    let held = Held::take(pool.map_err(|kind| OpenStoreError::Disk(kind.into()))?).await?;
    let key = key.pragma(&held.salt()?)?;
    Ok((store(held.connect()?, &key)?, held))
}

impl From<OpfsSAHError> for OpenStoreError {
    fn from(error: OpfsSAHError) -> Self {
        let error = match error {
            OpfsSAHError::Opfs { value, .. } => io_error(&value),
            OpfsSAHError::NotSupported => ErrorKind::Unsupported.into(),
            OpfsSAHError::InvalidDirectory => ErrorKind::InvalidInput.into(),
            // It holds values of this thread.
            error => io::Error::other(error.to_string()),
        };
        match error.kind() {
            ErrorKind::WouldBlock => Self::InUse,
            _ => Self::Disk(error),
        }
    }
}

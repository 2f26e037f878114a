//! In a browser: SQLite's own [pool of files] in the private file system, one pool a store.
//!
//! A pool is a folder, whose files are open as long as the store is: nobody else can open them, in whichever
//! page, and the browser closes them with the worker, however that ends.
//!
//! [pool of files]: https://sqlite.org/wasm/doc/trunk/persistence.md#vfs-opfs-sahpool

use super::super::error::OpenStoreError;
use super::super::key::{KEY_BYTES, SALT_BYTES, StoreKey};
use super::store;
use crate::opfs::{io_error, names};
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
    /// Which folders' pools are open in this worker: a pool would open a file twice here.
    static OPEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Is the pool that is open as long as the store is.
pub(in crate::store) struct Held {
    folder: String,
    pool: Option<OpfsSAHPoolUtil>,
}

impl Held {
    async fn take(folder: String) -> Result<Self, OpenStoreError> {
        if !OPEN.with_borrow_mut(|open| open.insert(folder.clone())) {
            return Err(OpenStoreError::InUse);
        }
        let mut held = Self { folder, pool: None };
        let config = OpfsSAHPoolCfgBuilder::new()
            .vfs_name(&held.vfs())
            .directory(&held.folder)
            .initial_capacity(FILES)
            .build();
        let pool = install::<WasmOsCallback>(&config, false).await?;
        held.pool = Some(pool.clone());
        // Where it was open in this worker before.
        pool.resume().await?;
        Ok(held)
    }

    /// Under which name SQLite knows the pool.
    fn vfs(&self) -> String {
        format!("heliograph:{}", self.folder)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The store's connection has gone before this. If one were left all the same, the pool would not be closed,
        // and the store not be opened again in this worker.
        if self.pool.as_ref().is_none_or(|pool| pool.pause().is_ok()) {
            OPEN.with_borrow_mut(|open| open.remove(&self.folder));
        }
    }
}

/// Opens the file, whose path leads to the folder of its pool.
pub(in crate::store) async fn open(
    file: &Path,
    key: &StoreKey,
) -> Result<(Connection, Held), OpenStoreError> {
    let held = Held::take(names(file)?.join("/")).await?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(NAME, flags, held.vfs().as_str())?;
    let key = key.pragma(&salt(&connection)?)?;
    Ok((store(connection, &key)?, held))
}

/// Asks SQLCipher for the salt with which the file begins, or which it draws for a new one. It tells that under
/// whatever key, and takes the right one after it, as nothing was read by then.
fn salt(connection: &Connection) -> Result<[u8; SALT_BYTES], OpenStoreError> {
    let whatever = format!("x'{}'", "00".repeat(KEY_BYTES));
    connection.pragma_update(None, "key", whatever)?;
    let digits: String = connection.pragma_query_value(None, "cipher_salt", |row| row.get(0))?;
    let salt = u128::from_str_radix(&digits, 16).map_err(io::Error::other)?;
    Ok(salt.to_be_bytes())
}

impl From<OpfsSAHError> for OpenStoreError {
    fn from(error: OpfsSAHError) -> Self {
        let error = match error {
            OpfsSAHError::Opfs { value, .. } => io_error(&value),
            OpfsSAHError::NotSupported => ErrorKind::Unsupported.into(),
            OpfsSAHError::InvalidDirectory => ErrorKind::InvalidInput.into(),
            OpfsSAHError::DirectoryInUse(_) | OpfsSAHError::Busy => ErrorKind::WouldBlock.into(),
            // It holds values of this thread.
            error => io::Error::other(error.to_string()),
        };
        match error.kind() {
            ErrorKind::WouldBlock => Self::InUse,
            _ => Self::Disk(error),
        }
    }
}

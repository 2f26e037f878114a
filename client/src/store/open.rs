//! Opening the file: natively one on the disk, in a browser one of its private file system.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{Held, open};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{Held, open};

use super::error::OpenStoreError;
use super::schema;
use rusqlite::Connection;
use std::io::ErrorKind;

/// At most this many statements are kept prepared; there are fewer.
const STATEMENTS: usize = 256;

/// Makes a store of a connection to its file: `key` is key and salt as SQLCipher takes them.
fn store(mut connection: Connection, key: &str) -> Result<Connection, OpenStoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "key", key)?;
    // Nobody else reads or writes as long as this one is open. So the log needs no memory that is shared, either.
    connection.pragma_update_and_check(None, "locking_mode", "exclusive", |_| Ok(()))?;
    // The first look at a page: it shows whether the key is right.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        // As where a file system cannot do it.
        return Err(OpenStoreError::Disk(ErrorKind::Unsupported.into()));
    }
    connection.pragma_update(None, "synchronous", "full")?;
    // Else what was deleted stays in the log behind its new beginning.
    connection.pragma_update_and_check(None, "journal_size_limit", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    connection.pragma_update(None, "temp_store", "memory")?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

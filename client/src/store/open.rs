//! Opening the file.

use super::error::OpenStoreError;
use super::key::{SALT_BYTES, StoreKey};
use super::schema;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// At most this many statements are kept prepared; there are fewer.
const STATEMENTS: usize = 256;

/// Opens the file, and what is locked as long as it is open.
pub(super) fn open(file: &Path, key: &StoreKey) -> Result<(Connection, File), OpenStoreError> {
    let lock = lock(file)?;
    let connection = connect(file, key)?;
    Ok((connection, lock))
}

/// Takes a lock beside the file. SQLite's own would go when anybody in this process opens the file and
/// closes it again, as POSIX has it.
fn lock(file: &Path) -> Result<File, OpenStoreError> {
    let mut path = file.as_os_str().to_owned();
    path.push(".lock");
    let lock = create(Path::new(&path)).map_err(OpenStoreError::Disk)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenStoreError::InUse),
        Err(TryLockError::Error(error)) => Err(OpenStoreError::Disk(error)),
    }
}

fn connect(file: &Path, key: &StoreKey) -> Result<Connection, OpenStoreError> {
    let salt = salt(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let pragma = key.pragma(&salt)?;
    // It would write to the standard error of whose process this is.
    connection.pragma_update_and_check(None, "cipher_log_level", "none", |_| Ok(()))?;
    connection.pragma_update(None, "key", pragma.as_str())?;
    // Nobody else reads or writes as long as this one is open.
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

/// Reads the salt with which the file begins, or draws one for a new file, which is for its user's eyes
/// only.
fn salt(file: &Path) -> Result<[u8; SALT_BYTES], OpenStoreError> {
    let mut salt = [0; SALT_BYTES];
    match create(file).and_then(|mut file| file.read_exact(&mut salt)) {
        Ok(()) => Ok(salt),
        // A new one, or one whose first process died before it wrote anything.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            getrandom::fill(&mut salt).map_err(|error| OpenStoreError::Key(error.into()))?;
            Ok(salt)
        }
        Err(error) => Err(OpenStoreError::Disk(error)),
    }
}

fn create(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file)
}

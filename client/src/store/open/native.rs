//! Natively: a file, and a lock beside it.

use super::super::error::OpenStoreError;
use super::super::key::{SALT_BYTES, StoreKey};
use super::store;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Is what is locked as long as the file is open.
pub(in crate::store) type Held = File;

/// Opens the file.
pub(in crate::store) fn open(
    file: &Path,
    key: &StoreKey,
) -> Result<(Connection, Held), OpenStoreError> {
    let held = lock(file)?;
    let salt = salt(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    // It would write to the standard error of whose process this is.
    connection.pragma_update_and_check(None, "cipher_log_level", "none", |_| Ok(()))?;
    Ok((store(connection, &key.pragma(&salt)?)?, held))
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

//! Opening a data directory: whose it is, who else uses it, what version it has.

use super::schema::{self, Unsuitable};
use super::{Options, connection};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FILE: &str = "store.db";
const LOCK: &str = "store.lock";

/// Why a data directory cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("data directory {} is used by another process", .0.display())]
    Locked(PathBuf),
    /// It was written by a newer version of this program.
    #[error("{} has version {found}; this program knows versions up to {known}", .file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: usize,
        /// The newest version that this program knows.
        known: usize,
    },
    /// There is a file in its place that is no store.
    #[error("{} is not a store of this program", .0.display())]
    Foreign(PathBuf),
    /// The file system refused.
    #[error("failed to use {}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The file's content could not be read or brought to this version.
    #[error("failed to open {}", .file.display())]
    Sql {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// A data directory that is ours until this is dropped.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: PathBuf,
    /// Held open: the lock ends with it, also when the process is killed.
    pub(super) lock: File,
}

/// Takes the directory, makes it and the file where they are missing, and brings it to this version.
pub(super) fn open(directory: &Path, options: &Options) -> Result<Opened, OpenError> {
    make_directory(directory)?;
    let lock = lock(directory)?;
    let file = directory.join(FILE);
    make_file(&file)?;
    prepare(&file, options).map_err(|unsuitable| match unsuitable {
        Unsuitable::Foreign => OpenError::Foreign(file.clone()),
        Unsuitable::Newer { found } => OpenError::Newer {
            file: file.clone(),
            found,
            known: schema::version(),
        },
        Unsuitable::Sql(source) => OpenError::Sql {
            file: file.clone(),
            source,
        },
    })?;
    sync_directory(directory)?;
    Ok(Opened { file, lock })
}

fn prepare(file: &Path, options: &Options) -> Result<(), Unsuitable> {
    schema::check(&connection::plain(file)?)?; // before anything is written
    let mut connection = connection::writer(file, options)?;
    connection::use_log(&connection)?;
    schema::migrate(&mut connection)
}

fn make_directory(directory: &Path) -> Result<(), OpenError> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(io_at(directory))?;
    match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_directory(parent),
        _ => Ok(()),
    }
}

fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join(LOCK);
    let lock = private()
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io_at(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

/// Makes the file before SQLite does, which would let others read it; its log takes its mode.
fn make_file(file: &Path) -> Result<(), OpenError> {
    match private().create_new(true).open(file) {
        Ok(made) => made.sync_all().map_err(io_at(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::Io {
            path: file.to_owned(),
            source,
        }),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// Makes the names of new files durable.
fn sync_directory(directory: &Path) -> Result<(), OpenError> {
    File::open(directory)
        .and_then(|opened| opened.sync_all())
        .map_err(io_at(directory))
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { path, source }
}

//! Natively: the disk, off the runtime.

use super::LocalFile;
use crate::media::transfer::Source;
use crate::store::{OpenStoreError, Store, StoreKey};
use crate::tasks::off_runtime;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Opens a store.
pub(in crate::client) async fn open_store(
    file: PathBuf,
    key: StoreKey,
) -> Result<Store, OpenStoreError> {
    off_runtime(move || Store::open(file, &key)).await
}

/// Reads a file, up to so many bytes.
pub(in crate::client) async fn read(file: &LocalFile, bytes: u64) -> io::Result<Vec<u8>> {
    let file = file.clone();
    off_runtime(move || {
        let mut read = Vec::new();
        File::open(file)?.take(bytes).read_to_end(&mut read)?;
        Ok(read)
    })
    .await
}

/// Tells what a file is called, where that can be told.
pub(in crate::client) fn name(file: &LocalFile) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    Some(name.to_owned())
}

/// Makes a file one that is sent as it is.
pub(in crate::client) fn source(file: LocalFile) -> Source {
    Source::File(file)
}

/// Reads a whole file that was got.
pub(in crate::client) async fn take_in(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    off_runtime(move || std::fs::read(path)).await
}

/// Removes a file that was got.
pub(in crate::client) async fn remove(path: &Path) -> io::Result<()> {
    let path = path.to_owned();
    off_runtime(move || std::fs::remove_file(path)).await
}

//! In a browser: what the user chose, and the private file system.

use super::LocalFile;
use crate::media::transfer::Source;
use crate::opfs::{Directory, float, io_error, split};
use crate::store::{OpenStoreError, Store, StoreKey};
use crate::tasks::to_its_end;
use js_sys::Uint8Array;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use wasm_bindgen_futures::JsFuture;

/// Opens a store.
pub(in crate::client) async fn open_store(
    file: PathBuf,
    key: StoreKey,
) -> Result<Store, OpenStoreError> {
    to_its_end(async move { Store::open(file, &key).await }).await
}

/// Reads a file, up to so many bytes.
pub(in crate::client) async fn read(file: &LocalFile, bytes: u64) -> io::Result<Vec<u8>> {
    let part = file.slice_with_f64_and_f64(0.0, float(bytes));
    let part = part.map_err(|error| io_error(&error))?;
    let read = JsFuture::from(part.array_buffer()).await;
    let read = read.map_err(|error| io_error(&error))?;
    Ok(Uint8Array::new(&read).to_vec())
}

/// Tells what a file is called, where that can be told.
pub(in crate::client) fn name(file: &LocalFile) -> Option<String> {
    Some(file.name()).filter(|name| !name.is_empty())
}

/// Makes a file one that is sent as it is.
pub(in crate::client) fn source(file: LocalFile) -> Source {
    Source::Blob(file.into())
}

/// Reads a whole file that was got.
pub(in crate::client) async fn take_in(path: &Path) -> io::Result<Vec<u8>> {
    let (folder, name) = split(path)?;
    let mut file = Directory::root()
        .await?
        .within(folder)
        .await?
        .open(name)
        .await?;
    let mut read = Vec::new();
    file.read_to_end(&mut read)?;
    Ok(read)
}

/// Removes a file that was got.
pub(in crate::client) async fn remove(path: &Path) -> io::Result<()> {
    let (folder, name) = split(path)?;
    Directory::root()
        .await?
        .within(folder)
        .await?
        .remove(name)
        .await
}

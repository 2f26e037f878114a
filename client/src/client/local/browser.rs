//! In a browser: what the user chose, and the private file system.

use super::LocalFile;
use crate::media::transfer::{Clock, Source, SystemClock};
use crate::opfs::{Directory, float, io_error, split};
use crate::store::{OpenStoreError, Store, StoreKey};
use crate::tasks::to_its_end;
use js_sys::Uint8Array;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use wasm_bindgen_futures::JsFuture;

/// How often, and how far apart in milliseconds, a store is opened that is in use: a page that is loaded anew may be
/// faster than the old one goes.
const OPEN_TRIES: u32 = 50;
const OPEN_AGAIN_MS: u64 = 20;

/// Opens a store.
pub(in crate::client) async fn open_store(
    file: PathBuf,
    key: StoreKey,
) -> Result<Store, OpenStoreError> {
    to_its_end(async move {
        for _ in 0..OPEN_TRIES {
            match Store::open(&file, &key).await {
                Err(OpenStoreError::InUse) => SystemClock.sleep_ms(OPEN_AGAIN_MS).await,
                opened => return opened,
            }
        }
        Store::open(&file, &key).await
    })
    .await
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
    let (folder, name) = place(path).await?;
    let mut read = Vec::new();
    folder.open(name).await?.read_to_end(&mut read)?;
    Ok(read)
}

/// Removes a file that was got.
pub(in crate::client) async fn remove(path: &Path) -> io::Result<()> {
    let (folder, name) = place(path).await?;
    folder.remove(name).await
}

async fn place(path: &Path) -> io::Result<(Directory, &str)> {
    let (folder, name) = split(path)?;
    Ok((Directory::root().await?.within(folder).await?, name))
}

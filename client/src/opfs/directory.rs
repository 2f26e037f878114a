//! A folder of the browser's private file system.

use super::error::io_error;
use super::handle::Handle;
use js_sys::{Function, Promise, Reflect};
use std::io::{self, ErrorKind};
use std::path::{Component, Path};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, File, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
};

/// Is a folder.
#[derive(Clone)]
pub(crate) struct Directory(FileSystemDirectoryHandle);

impl Directory {
    /// Finds the one that all others are in.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where there is none, or its files cannot be written in place or moved, or
    /// this is no dedicated worker.
    pub(crate) async fn root() -> io::Result<Self> {
        let worker = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>();
        let worker = worker.map_err(|_| ErrorKind::Unsupported)?;
        let has = |of: &JsValue, name| Reflect::has(of, &JsValue::from_str(name)) == Ok(true);
        let file = Reflect::get(&worker, &JsValue::from_str("FileSystemFileHandle"));
        let file = file.and_then(|class| Reflect::get(&class, &JsValue::from_str("prototype")));
        let file = file.map_err(|_| ErrorKind::Unsupported)?;
        let navigator = worker.navigator();
        let is_there = has(&navigator, "storage")
            && has(&file, "createSyncAccessHandle")
            && has(&file, "move");
        match is_there {
            true => Ok(Self(settled(navigator.storage().get_directory()).await?)),
            false => Err(ErrorKind::Unsupported.into()),
        }
    }

    /// Finds a folder in it, which is made when missing, as those on the way are.
    pub(crate) async fn within(&self, path: &Path) -> io::Result<Self> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let mut found = self.0.clone();
        for name in names(path)? {
            let next = found.get_directory_handle_with_options(name, &options);
            found = settled(next).await?;
        }
        Ok(Self(found))
    }

    /// Opens a file.
    ///
    /// # Errors
    /// The browser's; [`ErrorKind::WouldBlock`] while somebody has it open.
    pub(crate) async fn open(&self, name: &str) -> io::Result<Handle> {
        open(self.find(name).await?).await
    }

    /// Opens a file, which is made when missing.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub(crate) async fn create(&self, name: &str) -> io::Result<Handle> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file = self.0.get_file_handle_with_options(name, &options);
        open(settled(file).await?).await
    }

    /// Gives a file as it is now.
    pub(crate) async fn file(&self, name: &str) -> io::Result<File> {
        settled(self.find(name).await?.get_file()).await
    }

    /// Tells whether there is a file.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is none.
    pub(crate) async fn find(&self, name: &str) -> io::Result<FileSystemFileHandle> {
        settled(self.0.get_file_handle(name)).await
    }

    /// Gives a file another place, in that of what has it.
    pub(crate) async fn rename(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        let file = self.find(name).await?;
        // The standard does not have it yet, but browsers do: https://github.com/whatwg/fs/pull/10.
        let rename = Reflect::get(&file, &JsValue::from_str("move"));
        let rename = rename.and_then(JsCast::dyn_into::<Function>);
        let moved = rename.and_then(|rename| rename.call2(&file, &to.0, &JsValue::from_str(new)));
        let moved = moved.map_err(|error| io_error(&error))?;
        settled::<JsValue>(moved.unchecked_into()).await?;
        Ok(())
    }

    /// Removes a file, if there is one.
    pub(crate) async fn remove(&self, name: &str) -> io::Result<()> {
        match settled::<JsValue>(self.0.remove_entry(name)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Lists what is in it.
    pub(crate) async fn names(&self) -> io::Result<Vec<String>> {
        let keys = self.0.keys();
        let mut names = Vec::new();
        loop {
            let next = keys.next().map_err(|error| io_error(&error))?;
            let next: js_sys::IteratorNext = settled(next.unchecked_into()).await?;
            if next.done() {
                return Ok(names);
            }
            names.extend(next.value().as_string());
        }
    }
}

/// Splits a path into the folder and the name of a file.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where it leads to no file.
pub(crate) fn split(path: &Path) -> io::Result<(&Path, &str)> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or(ErrorKind::InvalidInput)?;
    Ok((path.parent().unwrap_or(Path::new("")), name))
}

/// Reads a path from the root on.
pub(crate) fn names(path: &Path) -> io::Result<Vec<&str>> {
    let parts = path.components().filter_map(|part| match part {
        Component::RootDir | Component::CurDir => None,
        Component::Normal(name) => Some(name.to_str().ok_or(ErrorKind::InvalidInput)),
        Component::ParentDir | Component::Prefix(_) => Some(Err(ErrorKind::InvalidInput)),
    });
    Ok(parts.collect::<Result<_, _>>()?)
}

async fn open(file: FileSystemFileHandle) -> io::Result<Handle> {
    settled(file.create_sync_access_handle())
        .await
        .map(Handle::new)
}

/// Waits for what a browser promised.
async fn settled<T: JsCast>(promise: Promise) -> io::Result<T> {
    let settled = JsFuture::from(promise).await;
    settled
        .map(JsCast::unchecked_into)
        .map_err(|error| io_error(&error))
}

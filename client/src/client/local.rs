//! What lies on this device: the store, and files of the app. Natively those are paths; in a browser what the user
//! chose, and paths in the private file system.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{name, open_store, read, remove, source, take_in};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{name, open_store, read, remove, source, take_in};

/// Is a file that the app may send: its path.
#[cfg(not(target_arch = "wasm32"))]
pub type LocalFile = std::path::PathBuf;

/// Is a file that the app may send: one that the user chose, or any other that the browser has.
#[cfg(target_arch = "wasm32")]
pub type LocalFile = web_sys::File;

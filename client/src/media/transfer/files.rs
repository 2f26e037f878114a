//! Where transfers are noted and files lie on their way: natively a folder, in a browser one of its
//! private file system.
//!
//! Both have the same functions, which keep nobody waiting but who calls them. What has begun comes to its
//! end, also where its caller gives up.

#[cfg(not(target_arch = "wasm32"))]
mod folder;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod opfs;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use folder::{Part, PartialFile};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::Files;
#[cfg(target_arch = "wasm32")]
pub(super) use opfs::{Files, Part, PartialFile};

use bytes::Bytes;
#[cfg(not(target_arch = "wasm32"))]
use std::path::PathBuf;

/// Is a file that is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// One on the disk; not in browsers.
    #[cfg(not(target_arch = "wasm32"))]
    File(PathBuf),
    /// One that the user chose, or any other that the browser has; in browsers only.
    #[cfg(target_arch = "wasm32")]
    Blob(web_sys::Blob),
    /// One in memory, as a [photo](crate::media::image::Photo) is.
    Bytes(Bytes),
}

impl std::fmt::Debug for Source {
    /// Hides which.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

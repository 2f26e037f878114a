//! A browser's private file system: its folders and files, as far as they are needed here.

mod directory;
mod error;
mod handle;

pub(crate) use directory::{Directory, names, split};
pub(crate) use error::io_error;
pub(crate) use handle::{Handle, float};

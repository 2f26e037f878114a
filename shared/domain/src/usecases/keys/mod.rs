//! Pre-keys: devices hand them over, others begin sessions with them (protocol §6).

mod fetch;
mod upload;

pub use fetch::{FetchError, fetch};
pub use upload::{UploadError, upload};

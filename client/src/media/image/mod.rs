//! Pictures: told by their first bytes, made ready to send, shown small.
//!
//! [`prepare`] makes of a photo what is sent of it: upright, no larger than it is looked at, as a
//! progressive JPEG of sRGB without a word of where and with what it was taken; and with it a small
//! picture and a smaller hash, which travel inside the message, so that something is there to be seen
//! before the file is.
//!
//! Pictures come from strangers too. Whatever the bytes, there is an answer, within the limits of
//! [`PhotoOptions`] for pixels and memory.
//!
//! ```
//! use heliograph_client::media::image::{PhotoOptions, prepare, probe};
//! # let mut screenshot = std::io::Cursor::new(Vec::new());
//! # image::RgbaImage::new(2000, 1000).write_to(&mut screenshot, image::ImageFormat::Png)?;
//! # let screenshot = screenshot.into_inner();
//!
//! let probed = probe(&screenshot);
//! assert_eq!((probed.mime, probed.dimensions), ("image/png", Some((2000, 1000))));
//!
//! let photo = prepare(&screenshot, &PhotoOptions::default())?;
//! assert_eq!((photo.width, photo.height), (1600, 800));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod color;
mod decode;
mod encode;
#[cfg(not(target_arch = "wasm32"))]
mod file;
mod flatten;
mod jpeg;
mod magic;
mod photo;
mod placeholder;
mod previews;
mod probe;
mod resize;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

#[cfg(not(target_arch = "wasm32"))]
pub use file::{PreviewError, preview_file};
pub use photo::{Photo, PhotoError, PhotoOptions, THUMBNAIL_BYTES_MAX, prepare};
pub use placeholder::placeholder;
pub use previews::{Picture, Previews, preview};
pub use probe::{Probed, probe};

//! A photo, ready to send.

use super::decode::decode;
use super::encode::jpeg;
use super::flatten::flatten;
use super::resize::{shrink, shrunk};
use super::{color, placeholder};
use image::{DynamicImage, RgbImage};
use std::error::Error;

/// Bounds a photo's thumbnail, in bytes: with the rest of a message it fits what a send takes.
pub const THUMBNAIL_BYTES_MAX: usize = 8 * 1024;

/// Says how a photo is made, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoOptions {
    /// Bounds the longer side of what is made, in pixels: 1600. A smaller photo stays as small.
    pub longest_side: u32,
    /// How good what is made is, 1 to 100: 80.
    pub quality: u8,
    /// Bounds what is taken, in pixels: 120 million, so that a phone's 108 are.
    pub max_pixels: u64,
    /// Bounds what is taken, in bytes that it has when decoded: 400 MiB. While a photo is made, this
    /// and two copies of 3 bytes a pixel may be in memory.
    pub max_memory_bytes: u64,
}

impl Default for PhotoOptions {
    fn default() -> Self {
        Self {
            longest_side: 1600,
            quality: 80,
            max_pixels: 120_000_000,
            max_memory_bytes: 400 * 1024 * 1024,
        }
    }
}

/// Is a photo that is ready to be sealed and sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    /// A progressive JPEG in sRGB, upright, without metadata.
    pub jpeg: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// What a blurred picture is made of at once ([ThumbHash]), about 25 bytes.
    ///
    /// [ThumbHash]: https://evanw.github.io/thumbhash/
    pub thumbhash: Vec<u8>,
    /// A small JPEG of at most [`THUMBNAIL_BYTES_MAX`].
    pub thumbnail: Vec<u8>,
}

impl std::fmt::Debug for Photo {
    /// Hides what is to be seen on it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Photo")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

/// Reports that no photo was made.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The file is no JPEG, PNG or WebP.
    #[error("not a picture of a known type")]
    Unknown,
    /// The picture has more pixels, or takes more memory, than is allowed.
    #[error("picture of {width} × {height} pixels too large")]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// The picture is broken.
    #[error("picture not decoded")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
    /// The picture was not made smaller, or not encoded.
    #[error("picture not encoded")]
    Encode(#[source] Option<Box<dyn Error + Send + Sync>>),
}

/// Makes a photo ready to send, of all the bytes of a JPEG, PNG or WebP.
///
/// Of one that moves, its first picture is taken. This takes a third of a second for 12 megapixels,
/// and does not wait for anything: run it where that blocks nobody. In a browser that is a worker, best
/// one that ends: the memory that it took goes with it and not before.
///
/// # Errors
/// [`PhotoError`]; whatever the bytes, there is no panic, and memory stays within the limits.
pub fn prepare(bytes: &[u8], options: &PhotoOptions) -> Result<Photo, PhotoError> {
    let pixels = upright(bytes, options, options.longest_side)?;
    Ok(Photo {
        jpeg: jpeg(&pixels, options.quality)?,
        width: pixels.width(),
        height: pixels.height(),
        thumbhash: placeholder::thumbhash(&pixels)?,
        thumbnail: thumbnail(&pixels)?,
    })
}

/// Decodes a picture as it is to be seen, no side longer than `longest_side`.
pub(super) fn upright(
    bytes: &[u8],
    options: &PhotoOptions,
    longest_side: u32,
) -> Result<RgbImage, PhotoError> {
    let decoded = decode(bytes, options)?;
    let mut pixels = DynamicImage::from(flatten(decoded.pixels));
    pixels.apply_orientation(decoded.orientation);
    let mut pixels = shrink(pixels.into_rgb8(), longest_side)?;
    if let Some(icc) = decoded.icc {
        color::to_srgb(&mut pixels, &icc);
    }
    Ok(pixels)
}

/// Makes a thumbnail: as good as fits.
fn thumbnail(pixels: &RgbImage) -> Result<Vec<u8>, PhotoError> {
    for (side, quality) in [(160, 60), (160, 40), (120, 30), (80, 30)] {
        let small = jpeg(&shrunk(pixels, side)?, quality)?;
        if small.len() <= THUMBNAIL_BYTES_MAX {
            return Ok(small);
        }
    }
    // 1,024 pixels are less than 8 KiB however they are encoded.
    jpeg(&shrunk(pixels, 32)?, 30)
}

//! Decoding, within limits.

use super::magic::type_of;
use super::{PhotoError, PhotoOptions, jpeg};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// A picture as it is in its file.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    /// How it is to be turned to be upright.
    pub(super) orientation: Orientation,
    /// Which colours the numbers mean ([ICC.1]); nothing means sRGB.
    ///
    /// [ICC.1]: https://www.color.org/specification/ICC.1-2022-05.pdf
    pub(super) icc: Option<Vec<u8>>,
}

/// What is known of a picture's coefficients while it is decoded, in bytes a pixel: three of 16 bits.
const COEFFICIENT_BYTES: u64 = 6;

/// Decodes a picture.
///
/// # Errors
/// [`PhotoError`] for what is no picture, is broken, or is beyond the limits.
pub(super) fn decode(bytes: &[u8], options: &PhotoOptions) -> Result<Decoded, PhotoError> {
    let format = type_of(bytes).format.ok_or(PhotoError::Unknown)?;
    let mut decoder = decoder(bytes, format, options.max_memory_bytes)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let mut memory = decoder.total_bytes();
    if format == ImageFormat::Jpeg && jpeg::is_progressive(bytes) {
        memory = memory.saturating_add(pixels.saturating_mul(COEFFICIENT_BYTES));
    }
    if pixels > options.max_pixels || memory > options.max_memory_bytes {
        return Err(PhotoError::TooLarge { width, height });
    }
    // What cannot be read of these is as if it were not there.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().ok().flatten();
    let pixels = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(Decoded {
        pixels,
        orientation,
        icc,
    })
}

/// Tells the dimensions of a picture as it is to be seen, from its headers.
pub(super) fn dimensions(bytes: &[u8], format: ImageFormat) -> Option<(u32, u32)> {
    let limit = PhotoOptions::default().max_memory_bytes;
    let mut decoder = decoder(bytes, format, limit).ok()?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    match is_on_its_side(orientation) {
        true => Some((height, width)),
        false => Some((width, height)),
    }
}

fn decoder<'a>(
    bytes: &'a [u8],
    format: ImageFormat,
    max_memory_bytes: u64,
) -> Result<impl ImageDecoder + 'a, PhotoError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_memory_bytes);
    reader.limits(limits);
    reader.into_decoder().map_err(broken)
}

fn broken(error: image::ImageError) -> PhotoError {
    PhotoError::Broken(Box::new(error))
}

fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

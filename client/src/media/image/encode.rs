//! Writing JPEG: no metadata, and coarse before fine.

use super::PhotoError;
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder};

/// Encodes a progressive JPEG with no other segment than that of JFIF.
///
/// # Errors
/// [`PhotoError::Encode`] for sides of more than 65,535 pixels.
pub(super) fn jpeg(pixels: &RgbImage, quality: u8) -> Result<Vec<u8>, PhotoError> {
    let side = |side: u32| u16::try_from(side).map_err(|_| PhotoError::Encode(None));
    let (width, height) = (side(pixels.width())?, side(pixels.height())?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    let encoded = encoder.encode(pixels.as_raw(), width, height, ColorType::Rgb);
    encoded.map_err(|error| PhotoError::Encode(Some(Box::new(error))))?;
    Ok(bytes)
}

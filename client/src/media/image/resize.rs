//! Making pictures smaller.

use super::PhotoError;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// Makes a picture smaller, so that no side is longer than `longest_side` pixels; a small one stays.
///
/// # Errors
/// [`PhotoError::Encode`], which does not happen for pixels that are all there.
pub(super) fn shrink(pixels: RgbImage, longest_side: u32) -> Result<RgbImage, PhotoError> {
    match fit(pixels.dimensions(), longest_side) {
        fitting if fitting == pixels.dimensions() => Ok(pixels),
        smaller => resize(&pixels, smaller),
    }
}

/// Makes a smaller copy of a picture; see [`shrink`].
pub(super) fn shrunk(pixels: &RgbImage, longest_side: u32) -> Result<RgbImage, PhotoError> {
    match fit(pixels.dimensions(), longest_side) {
        fitting if fitting == pixels.dimensions() => Ok(pixels.clone()),
        smaller => resize(pixels, smaller),
    }
}

/// Tells the width and height of a picture that fits; at least one pixel each.
fn fit((width, height): (u32, u32), longest_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    let limit = longest_side.max(1);
    if longest <= limit {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled = (u64::from(side) * u64::from(limit) * 2 + u64::from(longest))
            / (2 * u64::from(longest));
        u32::try_from(scaled).unwrap_or(limit).clamp(1, limit)
    };
    (scale(width), scale(height))
}

fn resize(pixels: &RgbImage, (width, height): (u32, u32)) -> Result<RgbImage, PhotoError> {
    let failed = || PhotoError::Encode(None);
    let from = ImageRef::new(
        pixels.width(),
        pixels.height(),
        pixels.as_raw(),
        PixelType::U8x3,
    );
    let from = from.map_err(|error| PhotoError::Encode(Some(Box::new(error))))?;
    let mut to = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let resized = Resizer::new().resize(&from, &mut to, &options);
    resized.map_err(|error| PhotoError::Encode(Some(Box::new(error))))?;
    RgbImage::from_raw(width, height, to.into_vec()).ok_or_else(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_and_keeps_the_form() {
        assert_eq!(fit((4000, 3000), 1600), (1600, 1200));
        assert_eq!(fit((3000, 4000), 1600), (1200, 1600));
        assert_eq!(fit((1600, 900), 1600), (1600, 900));
        assert_eq!(fit((3, 2), 1600), (3, 2));
        assert_eq!(fit((65_535, 1), 1600), (1600, 1));
        assert_eq!(fit((2, 65_535), 1), (1, 1));
        assert_eq!(fit((5, 5), 0), (1, 1));
    }
}

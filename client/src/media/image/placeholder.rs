//! What is seen before anything was loaded: a blur made of a few bytes of a message.

use super::PhotoError;
use super::previews::Picture;
use super::resize::shrunk;
use image::RgbImage;

/// How long the sides of what a hash is made of are at most, in pixels ([ThumbHash]).
///
/// [ThumbHash]: https://evanw.github.io/thumbhash/
const HASHED_SIDE: u32 = 100;

/// Bounds the hashes that are looked at, in bytes: none is longer.
const THUMBHASH_BYTES_MAX: usize = 32;

/// Makes the hash of a picture.
pub(super) fn thumbhash(pixels: &RgbImage) -> Result<Vec<u8>, PhotoError> {
    let small = shrunk(pixels, HASHED_SIDE)?;
    let rgba: Vec<u8> = small
        .pixels()
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect();
    let side = |side: u32| usize::try_from(side).map_err(|_| PhotoError::Encode(None));
    let (width, height) = (side(small.width())?, side(small.height())?);
    Ok(thumbhash::rgba_to_thumb_hash(width, height, &rgba))
}

/// Makes a blurred picture of at most 32 × 32 pixels of a hash that came with a message, in
/// microseconds. Nothing for what is no hash.
///
/// ```
/// use heliograph_client::media::image::placeholder;
///
/// let hash = [0x1d, 0x08, 0x02, 0x0d, 0x80, 0x55, 0x79, 0x87, 0x66, 0x88, 0x87, 0x77, 0x88, 0x77,
///     0x88, 0x77, 0x78, 0x88, 0x80, 0x77, 0x88, 0x78];
/// let blur = placeholder(&hash).ok_or("no hash")?;
/// assert_eq!(blur.rgba.len(), (blur.width * blur.height * 4) as usize);
/// assert!(placeholder(b"no").is_none());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn placeholder(thumbhash: &[u8]) -> Option<Picture> {
    if thumbhash.len() > THUMBHASH_BYTES_MAX {
        return None;
    }
    let (width, height, rgba) = thumbhash::thumb_hash_to_rgba(thumbhash).ok()?;
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let is_picture = width > 0 && height > 0;
    is_picture.then_some(Picture {
        width,
        height,
        rgba,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    #[test]
    fn is_as_wide_and_as_coloured_as_the_picture() {
        let pixels = RgbImage::from_pixel(400, 200, Rgb([200, 40, 40]));
        let blur = placeholder(&thumbhash(&pixels).unwrap()).unwrap();
        assert!(blur.width > blur.height);
        assert!(blur.rgba[0] > 150 && blur.rgba[1] < 90);
    }

    #[test]
    fn every_form_has_one() {
        for (width, height) in [(1, 1), (1, 100), (100, 1), (1600, 2), (7, 5)] {
            let pixels = RgbImage::new(width, height);
            assert!(placeholder(&thumbhash(&pixels).unwrap()).is_some());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_small_picture_or_none(hash in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(blur) = placeholder(&hash) {
                prop_assert!(blur.width <= 32 && blur.height <= 32);
                prop_assert_eq!(blur.rgba.len() as u64, u64::from(blur.width * blur.height * 4));
            }
        }
    }
}

//! Pixels of any form as 8 bits of red, green and blue.

use image::{DynamicImage, RgbImage};

/// Makes pixels opaque, on white, and of 8 bits.
pub(super) fn flatten(pixels: DynamicImage) -> RgbImage {
    match pixels {
        DynamicImage::ImageRgb8(pixels) => pixels,
        pixels if pixels.color().has_alpha() => on_white(&pixels.into_rgba8()),
        pixels => pixels.into_rgb8(),
    }
}

fn on_white(pixels: &image::RgbaImage) -> RgbImage {
    let mut flat = RgbImage::new(pixels.width(), pixels.height());
    for (to, from) in flat.pixels_mut().zip(pixels.pixels()) {
        let [red, green, blue, alpha] = from.0;
        to.0 = [red, green, blue].map(|value| over_white(value, alpha));
    }
    flat
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let mixed = (value * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_is_white_and_what_is_not_stays() {
        assert_eq!(over_white(13, 0), 255);
        assert_eq!(over_white(13, 255), 13);
        assert_eq!(over_white(0, 128), 127);
    }
}

//! Colours as sRGB: a profile that is left out is no loss then.

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Turns pixels that mean the colours of a profile into sRGB. A profile that is broken, or not one of
/// red, green and blue, changes nothing.
pub(super) fn to_srgb(pixels: &mut RgbImage, icc: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(icc) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
    else {
        return;
    };
    let from = pixels.as_raw().clone();
    // Two buffers of one length and whole pixels are all that it asks for.
    if transform.transform(&from, pixels).is_err() {
        pixels.copy_from_slice(&from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn red_as(icc: &[u8]) -> [u8; 3] {
        let mut pixels = RgbImage::from_pixel(2, 2, Rgb([200, 30, 30]));
        to_srgb(&mut pixels, icc);
        pixels.get_pixel(1, 1).0
    }

    #[test]
    fn red_of_a_wider_space_is_redder() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let [red, green, _] = red_as(&p3);
        assert!(red > 205 && green < 30, "{red} {green}");
    }

    #[test]
    fn srgb_and_nonsense_change_nothing() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert_eq!(red_as(&srgb), [200, 30, 30]);
        assert_eq!(red_as(b"nonsense"), [200, 30, 30]);
    }
}

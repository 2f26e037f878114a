//! Photos as they come, and as they go.

use super::jpeg::segments;
use super::samples::{corner, encoded, jpeg, promising_png, segment, with_exif};
use super::*;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

fn prepared(bytes: &[u8]) -> Photo {
    prepare(bytes, &PhotoOptions::default()).unwrap()
}

fn decoded(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8()
}

fn is_red(pixel: &Rgb<u8>) -> bool {
    pixel[0] > 150 && pixel[2] < 100
}

#[test]
fn a_photo_is_made_small_and_progressive() {
    let photo = prepared(&jpeg(&corner(2400, 1200)));
    assert_eq!((photo.width, photo.height), (1600, 800));
    assert_eq!(decoded(&photo.jpeg).dimensions(), (1600, 800));
    assert!(jpeg::is_progressive(&photo.jpeg));
    assert!(photo.thumbnail.len() <= THUMBNAIL_BYTES_MAX);
    assert_eq!(decoded(&photo.thumbnail).dimensions(), (160, 80));
    assert!(placeholder(&photo.thumbhash).is_some());
    assert_eq!(
        format!("{photo:?}"),
        "Photo { width: 1600, height: 800, .. }"
    );
}

#[test]
fn a_small_photo_stays_small() {
    let photo = prepared(&jpeg(&corner(60, 40)));
    assert_eq!((photo.width, photo.height), (60, 40));
}

#[test]
fn every_orientation_comes_out_upright() {
    // Where the upper left corner of a picture is seen (Exif 2.3, tag 274).
    let seen = [
        (1, (0, 0)),
        (2, (1, 0)),
        (3, (1, 1)),
        (4, (0, 1)),
        (5, (0, 0)),
        (6, (1, 0)),
        (7, (1, 1)),
        (8, (0, 1)),
    ];
    for (orientation, (right, bottom)) in seen {
        let bytes = with_exif(&jpeg(&corner(2000, 1000)), orientation);
        let photo = prepared(&bytes);
        let size = if orientation < 5 {
            (1600, 800)
        } else {
            (800, 1600)
        };
        assert_eq!((photo.width, photo.height), size, "{orientation}");
        let source = if orientation < 5 {
            (2000, 1000)
        } else {
            (1000, 2000)
        };
        assert_eq!(probe(&bytes).dimensions, Some(source));
        let pixels = decoded(&photo.jpeg);
        for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let at = ((1 + 2 * x) * size.0 / 4, (1 + 2 * y) * size.1 / 4);
            let is_there = (x, y) == (right, bottom);
            let pixel = pixels.get_pixel(at.0, at.1);
            assert_eq!(is_red(pixel), is_there, "{orientation} at {x} {y}");
        }
    }
}

#[test]
fn nothing_but_the_picture_comes_out() {
    let bytes = with_exif(&jpeg(&corner(64, 64)), 6);
    let bytes = segment(&bytes, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>");
    let bytes = segment(&bytes, 0xed, b"Photoshop 3.0\0by somebody");
    let bytes = segment(&bytes, 0xfe, b"somewhere");
    assert!(segments(&bytes).any(|(marker, _)| marker == 0xe1));
    let photo = prepared(&bytes);
    for made in [&photo.jpeg, &photo.thumbnail] {
        let markers: Vec<u8> = segments(made).map(|(marker, _)| marker).collect();
        let has_only_jfif = !markers
            .iter()
            .any(|marker| matches!(marker, 0xe1..=0xef | 0xfe));
        assert!(has_only_jfif, "{markers:02x?}");
    }
}

#[test]
fn what_is_clear_becomes_white() {
    let clear = RgbaImage::from_pixel(32, 32, Rgba([0, 0, 0, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let photo = prepared(&encoded(clear.clone().into(), format));
        assert!(decoded(&photo.jpeg).pixels().all(|pixel| pixel[0] > 250));
    }
}

#[test]
fn every_form_of_pixels_is_taken() {
    let grey = GrayImage::from_pixel(40, 30, Luma([120]));
    let grey = DynamicImage::from(grey);
    let forms = [
        DynamicImage::from(grey.to_luma16()),
        grey.to_luma_alpha8().into(),
        grey.to_luma_alpha16().into(),
        grey.to_rgb16().into(),
        grey.to_rgba16().into(),
        grey,
    ];
    for form in forms {
        let color = form.color();
        let photo = prepared(&encoded(form, ImageFormat::Png));
        let pixels = decoded(&photo.jpeg);
        let is_grey = pixels.pixels().all(|pixel| pixel[0].abs_diff(120) < 4);
        assert!(is_grey, "{color:?}");
    }
}

#[test]
fn a_palette_is_taken() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![0, 0, 0, 230, 20, 20]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0b0101_0101; 16]).unwrap();
    writer.finish().unwrap();
    let photo = prepared(&bytes);
    assert!(decoded(&photo.jpeg).pixels().all(is_red));
}

#[test]
fn colours_of_a_profile_become_srgb() {
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let plain = jpeg(&RgbImage::from_pixel(32, 32, Rgb([200, 30, 30])));
    let chunk = [b"ICC_PROFILE\0\x01\x01", &icc[..]].concat();
    let photo = prepared(&segment(&plain, 0xe2, &chunk));
    let pixel = *decoded(&photo.jpeg).get_pixel(9, 9);
    assert!(pixel[0] > 205, "{pixel:?}");
}

#[test]
fn what_promises_too_much_is_refused_before_it_takes_memory() {
    let huge = promising_png(60_000, 60_000);
    let refused = prepare(&huge, &PhotoOptions::default());
    assert!(refused.is_err(), "{refused:?}");
    let many = promising_png(11_000, 11_000);
    let refused = prepare(&many, &PhotoOptions::default());
    assert!(
        matches!(refused, Err(PhotoError::TooLarge { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_progressive_bomb_is_refused() {
    let bytes = prepared(&jpeg(&corner(64, 64))).jpeg;
    // Promises 8,000 × 8,000 in its SOF2.
    let at = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc2])
        .unwrap();
    let mut bomb = bytes;
    bomb[at + 5..at + 9].copy_from_slice(&[0x1f, 0x40, 0x1f, 0x40]);
    let refused = prepare(&bomb, &PhotoOptions::default());
    assert!(
        matches!(refused, Err(PhotoError::TooLarge { width: 8000, .. })),
        "{refused:?}"
    );
}

#[test]
fn other_files_are_no_photos() {
    let refused = prepare(b"GIF89a\x01\0\x01\0", &PhotoOptions::default());
    assert!(matches!(refused, Err(PhotoError::Unknown)));
}

#[test]
fn a_noisy_thumbnail_fits_too() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let pixels = RgbImage::from_fn(300, 300, |_, _| Rgb([noise(), noise(), noise()]));
    let photo = prepared(&encoded(pixels.into(), ImageFormat::Png));
    assert!(photo.thumbnail.len() <= THUMBNAIL_BYTES_MAX);
}

#[test]
fn a_preview_is_upright_and_small() {
    let picture = preview(&with_exif(&jpeg(&corner(200, 100)), 6), 50).unwrap();
    assert_eq!((picture.width, picture.height), (25, 50));
    assert_eq!(picture.rgba.len(), 25 * 50 * 4);
}

#[test]
fn a_preview_takes_less_than_what_somebody_sends_themselves() {
    // 75 MB: its owner may send it, but no stranger makes anybody decode it.
    let large = promising_png(5_000, 5_000);
    let refused = preview(&large, 50);
    assert!(
        matches!(refused, Err(PhotoError::TooLarge { width: 5_000, .. })),
        "{refused:?}"
    );
    let begun = prepare(&large, &PhotoOptions::default());
    assert!(matches!(begun, Err(PhotoError::Broken(_))), "{begun:?}");
}

/// Files that are almost pictures: broken in a few places, or cut.
fn almost_pictures() -> impl Strategy<Value = Vec<u8>> {
    let pixels = DynamicImage::from(corner(24, 16));
    let progressive = prepared(&jpeg(&corner(24, 16))).jpeg;
    let whole = vec![
        with_exif(&encoded(pixels.clone(), ImageFormat::Jpeg), 6),
        progressive,
        encoded(pixels.clone(), ImageFormat::Png),
        encoded(pixels.into_rgba8().into(), ImageFormat::WebP),
    ];
    let breaks = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (
        prop::sample::select(whole),
        breaks,
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut bytes, breaks, cut, is_cut)| {
            for (at, value) in breaks {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_bytes_there_is_an_answer(bytes in almost_pictures()) {
        let options = PhotoOptions { max_pixels: 1 << 20, max_memory_bytes: 1 << 24, ..PhotoOptions::default() };
        probe(&bytes);
        if let Ok(photo) = prepare(&bytes, &options) {
            prop_assert!(photo.thumbnail.len() <= THUMBNAIL_BYTES_MAX);
        }
    }
}

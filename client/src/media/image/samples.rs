//! Pictures for tests.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A picture whose upper left quarter is red, and the rest blue.
pub(super) fn corner(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        match (x * 2 < width, y * 2 < height) {
            (true, true) => Rgb([230, 20, 20]),
            _ => Rgb([20, 20, 230]),
        }
    })
}

pub(super) fn jpeg(pixels: &RgbImage) -> Vec<u8> {
    encoded(pixels.clone().into(), ImageFormat::Jpeg)
}

pub(super) fn encoded(pixels: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Puts a segment with EXIF behind the beginning of a JPEG: an orientation, and where it was taken.
pub(super) fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // Orientation (0x0112), a SHORT; GPS (0x8825), where a directory of one entry is.
    tiff.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend([0, 0, 0, 0]);
    // GPSLatitudeRef (1), two characters of ASCII.
    tiff.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    segment(jpeg, 0xe1, &[b"Exif\0\0", &tiff[..]].concat())
}

/// Puts a segment behind the beginning of a JPEG.
pub(super) fn segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, marker], &length[..], body].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

/// A PNG of nothing but a header that promises so many pixels.
pub(super) fn promising_png(width: u32, height: u32) -> Vec<u8> {
    let small = encoded(RgbImage::new(1, 1).into(), ImageFormat::Png);
    let mut header = [&b"IHDR"[..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let crc = crc32(&header).to_be_bytes();
    [&small[..8], &[0, 0, 0, 13], &header, &crc, &small[33..]].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

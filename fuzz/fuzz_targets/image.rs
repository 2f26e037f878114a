//! Pictures from strangers: whatever the bytes, an answer within the limits and no panic.
#![no_main]

use heliograph_client::media::image::{
    PhotoOptions, THUMBNAIL_BYTES_MAX, placeholder, prepare, probe,
};
use libfuzzer_sys::fuzz_target;

/// Small, so that a run is short and what takes more memory than it may is found by `-rss_limit_mb`.
const OPTIONS: PhotoOptions = PhotoOptions {
    longest_side: 64,
    quality: 80,
    max_pixels: 1_000_000,
    max_memory_bytes: 16 * 1024 * 1024,
};

fuzz_target!(|bytes: &[u8]| {
    let probed = probe(bytes);
    // A stranger's hash comes inside a message.
    let _ = placeholder(bytes);
    let Ok(photo) = prepare(bytes, &OPTIONS) else {
        return;
    };
    assert!(probed.is_photo);
    assert!((1..=64).contains(&photo.width) && (1..=64).contains(&photo.height));
    assert!(photo.thumbnail.len() <= THUMBNAIL_BYTES_MAX);
    let made = probe(&photo.jpeg);
    assert_eq!(made.mime, "image/jpeg");
    assert_eq!(made.dimensions, Some((photo.width, photo.height)));
});

//! Measures the media kit, a line of JSON for each figure: `name`, `unit`, `value` (the median), `best`
//! and `runs`.
//!
//! Run as `cargo run --release -p heliograph-client --example media_bench`.

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use heliograph_client::media::image::{PhotoOptions, prepare};
use heliograph_client::media::seal::{Opener, Sealer, seal};
use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::io::{Cursor, Write};
use std::time::Instant;

const FILE_BYTES: usize = 64 << 20;
const BUFFER_BYTES: usize = 64 << 10;
const RUNS: usize = 7;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let plain = noise(FILE_BYTES);
    throughput("memcpy", || copy(&plain))?;
    throughput("cipher", || encrypt_in_place(&plain))?;
    throughput("sha256", || hash(&plain))?;
    throughput("seal", || seal_pieces(&plain))?;
    throughput("seal_into_memory", || seal_whole(&plain).map(|_| ()))?;
    let (facts, sealed) = seal_whole(&plain)?;
    throughput("open", || {
        let mut opener = Opener::new(&facts.key, facts.sealed_bytes)?;
        for piece in sealed.chunks(BUFFER_BYTES) {
            opener.push(piece, |plain| Ok(_ = black_box(plain)))?;
        }
        Ok(opener.finish()?)
    })?;
    let upright = photo(4000, 3000)?;
    let options = PhotoOptions::default();
    milliseconds("photo_12mp_ready", || Ok(_ = prepare(&upright, &options)?))?;
    let turned = on_its_side(&upright);
    milliseconds("photo_12mp_turned_ready", || {
        Ok(_ = prepare(&turned, &options)?)
    })
}

fn copy(plain: &[u8]) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER_BYTES];
    for piece in plain.chunks_exact(BUFFER_BYTES) {
        buffer.copy_from_slice(black_box(piece));
        black_box(&buffer);
    }
    Ok(())
}

/// The cipher alone, as its crate has it, with no chunk read or written.
fn encrypt_in_place(plain: &[u8]) -> Result<(), Failure> {
    let cipher = XChaCha20Poly1305::new(&[7; 32].into());
    let mut buffer = plain[..BUFFER_BYTES].to_vec();
    for _ in 0..plain.len() / BUFFER_BYTES {
        let buffer = buffer.as_mut_slice();
        let tag = cipher.encrypt_inout_detached(&[1; 24].into(), b"", buffer.into());
        black_box(tag.map_err(|_| "cipher failed")?);
    }
    Ok(())
}

fn hash(plain: &[u8]) -> Result<(), Failure> {
    black_box(Sha256::digest(plain));
    Ok(())
}

/// Sealing with the hashes of the whole and of each part, as for an upload.
fn seal_pieces(plain: &[u8]) -> Result<(), Failure> {
    let mut sealer = Sealer::new()?;
    for piece in plain.chunks(BUFFER_BYTES) {
        sealer.push(piece, |sealed| Ok(_ = black_box(sealed)))?;
    }
    sealer.finish(|sealed| Ok(_ = black_box(sealed)))?;
    Ok(())
}

fn seal_whole(plain: &[u8]) -> Result<(heliograph_client::media::seal::Sealed, Vec<u8>), Failure> {
    let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 1000);
    let facts = seal(&mut &*plain, &mut sealed)?;
    Ok((facts, sealed))
}

/// A photo with slow and fast changes of light, and the noise of a sensor.
fn photo(width: u32, height: u32) -> Result<Vec<u8>, Failure> {
    let mut grain = noise(1 << 16).into_iter().cycle();
    let wave = |at: u32, length: f32| (f64::from(at) / f64::from(length)).sin();
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let light = |length: f32| 110.0 + 90.0 * wave(x, length) * wave(y, length * 0.7);
        let grain = f64::from(grain.next().unwrap_or_default() % 13);
        Rgb([211.0, 97.0, 331.0].map(|length| byte(light(length) + grain)))
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// Puts EXIF into a JPEG that says that it was taken with the phone upright.
fn on_its_side(jpeg: &[u8]) -> Vec<u8> {
    let exif =
        b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    [&jpeg[..2], exif, &jpeg[2..]].concat()
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

fn throughput(name: &str, run: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
    #[expect(clippy::cast_precision_loss, reason = "64 MiB")]
    let megabytes = FILE_BYTES as f64 / 1e6;
    let mut rates: Vec<f64> = seconds(run)?.iter().map(|run| megabytes / run).collect();
    rates.sort_by(f64::total_cmp);
    tell(name, "MB/s", rates[RUNS / 2], rates[RUNS - 1])
}

fn milliseconds(name: &str, run: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
    let mut times: Vec<f64> = seconds(run)?.iter().map(|run| run * 1e3).collect();
    times.sort_by(f64::total_cmp);
    tell(name, "ms", times[RUNS / 2], times[0])
}

/// How long each of several runs takes, after one that warms up.
fn seconds(mut run: impl FnMut() -> Result<(), Failure>) -> Result<[f64; RUNS], Failure> {
    run()?;
    let mut times = [0.0; RUNS];
    for time in &mut times {
        let begun = Instant::now();
        run()?;
        *time = begun.elapsed().as_secs_f64();
    }
    Ok(times)
}

fn tell(name: &str, unit: &str, value: f64, best: f64) -> Result<(), Failure> {
    let line = format!(
        r#"{{"name":"{name}","unit":"{unit}","value":{value:.1},"best":{best:.1},"runs":{RUNS}}}"#
    );
    writeln!(std::io::stdout(), "{line}").map_err(Into::into)
}

//! Any bytes through every decoder of socket messages and HTTP bodies.

#![no_main]

// The body also runs as an ordinary property test, where there is no nightly compiler.
#[path = "../../shared/protocol/tests/wire/frame_decode.rs"]
mod frame_decode;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| frame_decode::check(bytes));

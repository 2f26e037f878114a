//! Heliograph's client library, native and for browsers (`wasm32-unknown-unknown`).
//!
//! * [`media`]: files, from a photo on disk to sealed bytes in the store and back
//! * `store`: what outlives the process, in one encrypted file; not in browsers yet
#![deny(missing_docs)]

pub mod media;
#[cfg(not(target_arch = "wasm32"))]
pub mod store;

mod random;

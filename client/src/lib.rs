//! Heliograph's client library, native and for browsers (`wasm32-unknown-unknown`).
//!
//! * [`media`]: files, from a photo on disk to sealed bytes in the store and back
#![deny(missing_docs)]

pub mod media;

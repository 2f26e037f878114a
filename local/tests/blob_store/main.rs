//! Files in a folder: what is there after a crash, what goes, and that there is no more than may be.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod parts;
mod world;

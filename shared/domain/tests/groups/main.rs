//! Groups: who is in them, what they are told, and what that costs.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod caches;
mod changes;
mod matrix;
mod messages;
mod people;
mod world;

//! Files: who may do what with them, what it costs, how long they live (protocol §9).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod files;
mod limits;
mod parts;
mod photos;
mod world;

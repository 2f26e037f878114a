//! Pre-keys: handed over, handed out once, and what that costs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fetches;
mod once;
mod uploads;
mod world;

//! Presence: who is told what, when, and at what cost.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod matrix;
mod told;
mod world;

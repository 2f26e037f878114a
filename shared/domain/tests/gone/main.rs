//! What is left of an account that is taken over or deleted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deletion;
mod in_time;
mod take_over;
mod traces;
mod world;

//! A sender against push services on this machine, read by what a browser has.
#![expect(
    clippy::unwrap_used,
    reason = "what tests share panics, as a test does"
)]

mod answers;
mod messages;
mod refusals;
mod silence;
mod support;

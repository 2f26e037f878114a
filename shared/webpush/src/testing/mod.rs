//! The two ends of a push, for tests: a service that takes it and a browser that reads it.
#![expect(
    clippy::unwrap_used,
    reason = "what is not as it should be fails a test"
)]

mod browser;
mod service;

pub use browser::Browser;
pub use service::{Push, Service};

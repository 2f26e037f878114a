//! Heliograph on one machine: a WebSocket gateway, HTTP, and the functions of `functions/` over an
//! embedded, durable store, in one process.

pub mod args;
pub mod blobs;
pub mod clock;
mod cors;
pub mod faults;
mod http;
pub mod log;
pub mod metrics;
pub mod preload;
pub mod queue;
pub mod secret;
pub mod server;
pub mod sms;
pub mod socket;
pub mod store;

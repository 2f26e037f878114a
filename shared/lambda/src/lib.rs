//! The edge of the functions: typed events in, replies out, errors logged once.
//!
//! * [`socket`]: frames of a WebSocket and its opening and closing
//! * [`http`]: calls of the HTTP API
//! * [`jobs`]: work from queues
//! * [`authorizer`]: what the socket's authorizer is asked and answers
//! * `runtime` (feature): running a handler as a Lambda
#![deny(missing_docs)]

pub mod authorizer;
#[cfg(feature = "runtime")]
mod config;
pub mod http;
pub mod jobs;
mod log;
#[cfg(feature = "runtime")]
mod notifiers;
#[cfg(feature = "runtime")]
pub mod runtime;
pub mod socket;

pub use aws_lambda_events::apigw;
pub use aws_lambda_events::encodings::Body;
pub use aws_lambda_events::http::{HeaderMap, HeaderValue, Method};

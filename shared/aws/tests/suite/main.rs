//! The ports on AWS, against an in-memory DynamoDB and stubs that speak HTTP.
//!
//! `deploy/dynoxide.sh` installs the DynamoDB (`HELIOGRAPH_TEST_DYNAMODB_ENDPOINT` names another).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics, as a test does"
)]

mod contract;
mod credentials;
mod faults;
mod notifier;
mod pusher;
mod queue;
mod secret;
mod sms;
mod support;

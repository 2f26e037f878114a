//! Heliograph's ports on AWS: the only place that depends on its SDK.
//!
//! * [`DynamoStore`]: the Store port on DynamoDB
//! * [`ApiGatewayPusher`]: the Pusher port on API Gateway's management API
//! * [`SqsQueue`]: the Queue port on SQS
//! * [`S3Blobs`]: the Blobs port on S3, with [`Cdn`] in front or not
//! * [`SnsNotifier`]: the Notifier port on SNS mobile push
//! * [`SnsSms`]: the Sms port on SNS
//! * [`MasterSecret`]: the versions of the deployment's secret, from Secrets Manager
//! * [`AwsConfig`] and [`Clients`]: what the environment says, and the above made from it
//!
//! A function reads its [`AwsConfig`] once, makes its [`Clients`] and from them its ports, and warms
//! these before it asks for its first invocation, so that no request waits for a TLS handshake.
#![deny(missing_docs)]

mod blobs;
mod cdn;
mod clients;
mod config;
mod credentials;
mod dynamo;
mod failure;
mod http;
mod notifier;
mod patience;
mod pusher;
mod queue;
mod secret;
mod sms;

pub use blobs::{Bucket, S3Blobs};
pub use cdn::Cdn;
pub use clients::Clients;
pub use config::{AwsConfig, CredentialsSource, MissingVariable};
pub use dynamo::{DynamoStore, TableNames};
pub use http::Roots;
pub use notifier::{PlatformArns, SnsNotifier};
pub use patience::Patience;
pub use pusher::ApiGatewayPusher;
pub use queue::SqsQueue;
pub use secret::{MasterSecret, SecretError};
pub use sms::SnsSms;

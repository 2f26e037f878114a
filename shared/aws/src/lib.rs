//! Heliograph's ports on AWS: the only place that depends on its SDK.
#![deny(missing_docs)]
mod http;
pub use http::Roots;
/// x
pub fn x(r: Roots) -> aws_smithy_runtime_api::client::http::SharedHttpClient { http::shared_client(r, std::time::Duration::from_secs(1)) }

//! Credentials from the container endpoint, where the environment does not hold them.
//!
//! The same protocol as in every SDK ([container credential provider]); `aws-config` has it too, with
//! four service clients that it cannot be built without.
//!
//! [container credential provider]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

use crate::CredentialsSource;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;
use std::error::Error;
use std::fmt;
use std::time::SystemTime;

/// Makes the provider of credentials that all clients share.
pub(crate) fn provider(
    source: &CredentialsSource,
    connector: &SharedHttpConnector,
) -> SharedCredentialsProvider {
    match source {
        CredentialsSource::Environment(credentials) => {
            SharedCredentialsProvider::new(credentials.clone())
        }
        CredentialsSource::Container { url, token } => {
            let (url, token) = (url.clone(), token.clone());
            SharedCredentialsProvider::new(Container {
                url,
                token,
                connector: connector.clone(),
            })
        }
    }
}

struct Container {
    url: String,
    token: Option<String>,
    connector: SharedHttpConnector,
}

/// What the endpoint answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: String,
}

impl Container {
    async fn load(&self) -> Result<Credentials, Box<dyn Error + Send + Sync>> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(self.url.as_str())?;
        if let Some(token) = &self.token {
            request
                .headers_mut()
                .try_insert("authorization", token.clone())?;
        }
        let response = self.connector.call(request).await?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status().as_u16()).into());
        }
        let body = ByteStream::new(response.into_body())
            .collect()
            .await?
            .into_bytes();
        let answer: Answer = serde_json::from_slice(&body)?;
        let expiry = DateTime::from_str(&answer.expiration, Format::DateTime)?;
        Ok(Credentials::new(
            answer.access_key_id,
            answer.secret_access_key,
            answer.token,
            Some(SystemTime::try_from(expiry)?),
            "container",
        ))
    }
}

impl ProvideCredentials for Container {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.load().await.map_err(CredentialsError::provider_error)
        })
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

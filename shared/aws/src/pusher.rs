//! The Pusher port on API Gateway's management API ([`@connections`]).
//!
//! [`@connections`]: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

use crate::Patience;
use crate::failure::Failure;
use async_trait::async_trait;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::error::ProvideErrorMetadata;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::SdkConfig;
use heliograph_domain::Context;
use heliograph_domain::ports::{ConnectionId, PostError, PostErrorKind, Pusher};
use heliograph_protocol::event::Event;
use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

/// The longest wait for one attempt of two: a sender is kept waiting for 1.5 s at most, since the
/// envelope is stored and its device will sync.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(750);

/// Posts to the sockets of an API Gateway stage.
///
/// A post whose answer got lost is sent once more, so that a device may see an envelope twice;
/// clients know them by id. A throttled one is not: what throttles is mostly a client that does not
/// read.
#[derive(Clone, Debug)]
pub struct ApiGatewayPusher {
    sdk: SdkConfig,
    endpoint: String,
    patience: Patience,
    client: OnceLock<Client>,
}

impl ApiGatewayPusher {
    pub(crate) fn new(sdk: SdkConfig, endpoint: String, patience: Patience) -> Self {
        Self {
            sdk,
            endpoint,
            patience,
            client: OnceLock::new(),
        }
    }

    /// The client, made when it is first asked for.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(self.patience.attempt_timeout.min(ATTEMPT_TIMEOUT));
            let config = Builder::from(&self.sdk)
                .endpoint_url(&self.endpoint)
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts.build());
            Client::from_conf(config.build())
        })
    }

    /// Opens a connection, so that the first post finds it open; whether that worked is only logged.
    pub async fn warm(&self) {
        let answer = self
            .client()
            .get_connection()
            .connection_id("warm")
            .send()
            .await;
        if let Err(error @ (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_))) = answer {
            tracing::warn!(error = %Failure::from(error), "connections api not warmed");
        }
    }
}

#[async_trait]
impl Pusher for ApiGatewayPusher {
    async fn post(
        &self,
        cx: &Context,
        connection: &ConnectionId,
        event: Event,
    ) -> Result<(), PostError> {
        cx.meter.post();
        let request = self
            .client()
            .post_to_connection()
            .connection_id(connection.as_str())
            .data(Blob::new(event.to_json()));
        match request.clone().send().await {
            Err(error) if is_lost(&error) => done(request.send().await),
            answer => done(answer),
        }
    }

    async fn close(&self, _: &Context, connection: &ConnectionId) -> Result<(), PostError> {
        let request = self
            .client()
            .delete_connection()
            .connection_id(connection.as_str());
        match request.clone().send().await {
            Err(error) if is_lost(&error) => done(request.send().await),
            answer => done(answer),
        }
    }
}

/// Tells whether a second attempt may do better at once.
fn is_lost<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::DispatchFailure(failure) => !failure.is_user(),
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(service) => service.raw().status().is_server_error(),
        _ => false,
    }
}

fn done<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Result<(), PostError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let error = match answer {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let kind = match status {
        Some(410) => PostErrorKind::Gone,
        Some(429) => PostErrorKind::Throttled,
        _ => PostErrorKind::Unavailable,
    };
    Err(PostError::because(kind, Failure::from(error)))
}

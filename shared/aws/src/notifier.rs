//! The Notifier port on SNS mobile push ([SNS mobile push]): Apple's and Google's services.
//!
//! SNS wants an endpoint for every token. It is made anew with each notification, which finds the one
//! there is, so that nothing of SNS has to be kept; one that SNS has disabled is deleted, so that the
//! same token can be registered again. No attributes are set: with any, SNS would refuse an endpoint
//! that has others. One that it refuses all the same was made by somebody else, with user data of
//! theirs, and is not ours to use.
//!
//! [SNS mobile push]: https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html

use crate::failure::Failure;
use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::operation::publish::PublishError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use heliograph_domain::ports::{
    NOTIFICATION, Notifier, NotifyError, NotifyErrorKind, Registration, TargetError,
};
use heliograph_protocol::request::PushTarget;
use serde_json::json;
use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::timeout;

/// How long all requests of a notification may take together: a function has several to send.
const DEADLINE: Duration = Duration::from_secs(5);

/// The platform applications that an operator has made in SNS; none where there is no such app.
#[derive(Clone, Debug, Default)]
pub struct PlatformArns {
    /// For Apple's service.
    pub apns: Option<String>,
    /// For Google's service.
    pub fcm: Option<String>,
}

/// Wakes phones.
#[derive(Clone, Debug)]
pub struct SnsNotifier {
    sdk: SdkConfig,
    platforms: PlatformArns,
    client: OnceLock<Client>,
}

impl SnsNotifier {
    pub(crate) fn new(sdk: SdkConfig, platforms: PlatformArns) -> Self {
        Self {
            sdk,
            platforms,
            client: OnceLock::new(),
        }
    }

    /// The platform application and the token of a target.
    fn route<'a>(&'a self, target: &'a PushTarget) -> Option<(&'a str, &'a str)> {
        let (arn, token) = match target {
            PushTarget::Apns { token } => (&self.platforms.apns, token),
            PushTarget::Fcm { token } => (&self.platforms.fcm, token),
            PushTarget::Web { .. } => return None,
        };
        Some((arn.as_deref()?, token))
    }

    async fn endpoint(&self, arn: &str, token: &str) -> Result<String, NotifyError> {
        let client = self.client.get_or_init(|| Client::new(&self.sdk));
        let made = client
            .create_platform_endpoint()
            .platform_application_arn(arn)
            .token(token)
            .send()
            .await
            .map_err(failed)?;
        let garbled = || NotifyError::new(NotifyErrorKind::Unavailable);
        made.endpoint_arn.ok_or_else(garbled)
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    fn accepts(&self, target: &PushTarget) -> Result<(), TargetError> {
        self.route(target).map(drop).ok_or(TargetError::Kind)
    }

    fn web_push_key(&self) -> Option<String> {
        None
    }

    async fn notify(&self, to: &Registration, _now_ms: u64) -> Result<(), NotifyError> {
        // An application that is not configured now may be again: the registration stays.
        let (arn, token) = self
            .route(&to.target)
            .ok_or(NotifyError::new(NotifyErrorKind::Refused))?;
        let late = |_| NotifyError::new(NotifyErrorKind::Unavailable);
        let published = timeout(DEADLINE, self.publish(arn, token)).await;
        published.map_err(late)?
    }
}

impl SnsNotifier {
    async fn publish(&self, arn: &str, token: &str) -> Result<(), NotifyError> {
        let client = self.client.get_or_init(|| Client::new(&self.sdk));
        let endpoint = self.endpoint(arn, token).await?;
        let publish = client
            .publish()
            .target_arn(&endpoint)
            .message_structure("json")
            .message(message())
            .send();
        match publish.await {
            Ok(_) => Ok(()),
            Err(error) if is_disabled(&error) => {
                let deleted = client.delete_endpoint().endpoint_arn(&endpoint).send();
                if let Err(error) = deleted.await {
                    tracing::warn!(error = %Failure::from(error), "dead endpoint kept");
                }
                Err(NotifyError::new(NotifyErrorKind::Gone))
            }
            Err(error) => Err(failed(error)),
        }
    }
}

/// What each service is handed, in its own form.
fn message() -> String {
    let apple = json!({"aps": {"alert": NOTIFICATION, "sound": "default"}}).to_string();
    let google = json!({"notification": {"body": NOTIFICATION}}).to_string();
    json!({
        "default": NOTIFICATION,
        "APNS": apple,
        "APNS_SANDBOX": apple,
        "GCM": google,
    })
    .to_string()
}

fn is_disabled(error: &SdkError<PublishError, HttpResponse>) -> bool {
    let ends = |error: &PublishError| {
        error.is_endpoint_disabled_exception() || error.is_not_found_exception()
    };
    error.as_service_error().is_some_and(ends)
}

/// What the service says is wrong with the request stays wrong; the rest may pass.
fn failed<E>(error: SdkError<E, HttpResponse>) -> NotifyError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|it| it.status().as_u16());
    let is_throttled = error.code().is_some_and(|code| code.contains("Thrott"));
    let kind = match status {
        Some(400..=499) if !is_throttled && status != Some(429) => NotifyErrorKind::Refused,
        _ => NotifyErrorKind::Unavailable,
    };
    NotifyError::because(kind, Failure::from(error))
}

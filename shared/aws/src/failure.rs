//! What is kept of the SDK's errors.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::error::Error;

/// Errors whose messages name roles, actions and, behind [`OF_WHAT`], resources: no more of what a
/// request held.
const CODES_OF_HARMLESS_MESSAGES: [&str; 4] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "ResourceNotFoundException",
];

/// Behind it a denied request names its resource. Where SNS was asked that is a phone number or a
/// device's endpoint.
const OF_WHAT: &str = " on resource: ";

/// A failed call: what can be logged of it.
///
/// The SDK's own errors carry the response, and so what people wrote, into `Debug`; messages of
/// services quote phone numbers and keys.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    what: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let what = describe(&error);
        let source = match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => None,
            other => other.into_source().ok(),
        };
        Self { what, source }
    }
}

fn describe<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> String {
    let what = match error {
        SdkError::ConstructionFailure(_) => "request not built",
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "request or answer lost",
        SdkError::ResponseError(_) => "answer not understood",
        SdkError::ServiceError(_) => error.code().unwrap_or("unnamed error"),
        _ => "unknown failure",
    };
    let message = error
        .message()
        .filter(|_| CODES_OF_HARMLESS_MESSAGES.contains(&what))
        .and_then(|message| message.split(OF_WHAT).next())
        .map_or_else(String::new, |message| format!(": {message}"));
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    match (status, error.request_id()) {
        (None, _) => what.to_owned(),
        (Some(status), None) => format!("{what} (status {status}){message}"),
        (Some(status), Some(id)) => format!("{what} (status {status}, request {id}){message}"),
    }
}

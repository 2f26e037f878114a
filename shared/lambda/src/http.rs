//! HTTP calls: their bodies, and their answers.

use crate::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use crate::log::told;
use aws_lambda_events::http::HeaderValue;
use aws_lambda_events::http::header::{CONTENT_TYPE, RETRY_AFTER};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heliograph_protocol::http::ErrorAnswer;
use heliograph_protocol::{ErrorBody, decode_http};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::error::Error;

/// A call of the HTTP API, payload format 2.0.
pub type HttpEvent = ApiGatewayV2httpRequest;
/// The answer to a call of the HTTP API.
pub type HttpReply = ApiGatewayV2httpResponse;

/// Reads a call's JSON body.
///
/// # Errors
/// The answer for a body that is not understood.
pub fn body<T: DeserializeOwned>(event: &HttpEvent) -> Result<T, Box<HttpReply>> {
    let text = event.body.as_deref().unwrap_or_default();
    let text = if event.is_base64_encoded {
        let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
        Cow::Owned(String::from_utf8(bytes).unwrap_or_default())
    } else {
        Cow::Borrowed(text)
    };
    decode_http(&text).map_err(|error| Box::new(refuse(error)))
}

/// Makes the answer of what a use case returned; `status` is the one of success.
pub fn answer<T, E>(status: u16, result: Result<T, E>) -> HttpReply
where
    T: Serialize,
    E: Error + 'static,
    for<'e> ErrorBody: From<&'e E>,
{
    match result {
        Ok(ok) => json(status, &ok),
        Err(error) => refuse_for(&error),
    }
}

/// Makes the answer of what a use case returned that has nothing to say: 204, without a body.
pub fn answer_nothing<E>(result: Result<(), E>) -> HttpReply
where
    E: Error + 'static,
    for<'e> ErrorBody: From<&'e E>,
{
    match result {
        Ok(()) => {
            let mut reply = HttpReply::default();
            reply.status_code = 204;
            reply
        }
        Err(error) => refuse_for(&error),
    }
}

/// Makes the answer that refuses a call for what went wrong.
pub fn refuse_for<E>(error: &E) -> HttpReply
where
    E: Error + 'static,
    for<'e> ErrorBody: From<&'e E>,
{
    refuse(told(error))
}

/// Makes the answer that refuses a call.
pub fn refuse(error: ErrorBody) -> HttpReply {
    let retry_after_s = error.retry_after_ms.map(|ms| ms.div_ceil(1000));
    let mut reply = json(error.code.http_status(), &ErrorAnswer { error });
    if let Some(seconds) = retry_after_s {
        reply.headers.insert(RETRY_AFTER, seconds.into());
    }
    reply
}

/// Makes a JSON answer.
pub fn json<T: Serialize>(status: u16, body: &T) -> HttpReply {
    let mut reply = HttpReply::default();
    reply.status_code = status.into();
    reply
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply.body = serde_json::to_string(body).ok().map(Into::into);
    reply
}

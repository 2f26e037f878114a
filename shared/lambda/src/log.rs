//! Errors on their way out: the client gets code and message, the log gets the chain, once.

use heliograph_protocol::{ErrorBody, ErrorCode};
use std::error::Error;

/// Logs an error that is the service's, and makes what the client is told of any.
pub(crate) fn told<E>(error: &E) -> ErrorBody
where
    E: Error + 'static,
    for<'e> ErrorBody: From<&'e E>,
{
    let body = ErrorBody::from(error);
    match body.code {
        ErrorCode::Internal => tracing::error!(error = heliograph_domain::chain(error), "failed"),
        ErrorCode::Unavailable => {
            tracing::warn!(error = heliograph_domain::chain(error), "unavailable")
        }
        code => tracing::debug!(?code, "refused"),
    }
    body
}

//! DynamoDB's errors, by what the caller can do about them.
//!
//! Source: [error handling] in the developer guide.
//!
//! [error handling]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html

use crate::failure::Failure;
use crate::patience::Backoff;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use heliograph_domain::store::{StoreError, StoreErrorKind};
use std::error::Error;

/// Tells what can be done about a failed call.
pub(super) fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> StoreErrorKind {
    match error {
        SdkError::ConstructionFailure(_) => StoreErrorKind::Invalid,
        SdkError::ServiceError(_) => kind_of_code(error.code().unwrap_or_default()),
        _ => StoreErrorKind::Unavailable,
    }
}

/// Tells what can be done about an error, or a reason why a transaction was cancelled.
///
/// `TransactionInProgressException` is not a conflict: our own transaction, whose answer was lost,
/// may still be done.
pub(super) fn kind_of_code(code: &str) -> StoreErrorKind {
    match code {
        "TransactionConflictException" | "TransactionConflict" => StoreErrorKind::Conflict,
        "ProvisionedThroughputExceededException"
        | "ProvisionedThroughputExceeded"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "ThrottlingError" => StoreErrorKind::Throttled,
        "ValidationException" | "ValidationError" | "ItemCollectionSizeLimitExceeded" => {
            StoreErrorKind::Invalid
        }
        _ => StoreErrorKind::Unavailable,
    }
}

pub(super) fn failed<E>(error: SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    StoreError::because(kind(&error), Failure::from(error))
}

/// The error of a batch of which something stays undone.
pub(super) fn left_unprocessed() -> StoreError {
    StoreError::because(StoreErrorKind::Throttled, "left unprocessed")
}

/// The error of a batch whose time was over in the middle of a round.
pub(super) fn out_of_time(backoff: &Backoff) -> StoreError {
    match backoff.has_waited() {
        true => left_unprocessed(),
        false => StoreError::because(StoreErrorKind::Unavailable, "no answer in time"),
    }
}

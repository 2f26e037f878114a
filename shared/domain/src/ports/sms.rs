//! Sending text messages.

use async_trait::async_trait;
use heliograph_protocol::http::PhoneNumber;
use std::error::Error;

/// Sends text messages: SNS, or a program of the operator's.
#[async_trait]
pub trait Sms: Send + Sync {
    /// Sends a registration code to a phone number.
    ///
    /// # Errors
    /// When it was not taken; nothing of number or code is in the error.
    async fn send_code(&self, to: &PhoneNumber, code: &str) -> Result<(), SmsError>;
}

/// Sends nothing: registration answers `unavailable`.
#[derive(Clone, Copy, Debug)]
pub struct NoSms;

#[async_trait]
impl Sms for NoSms {
    async fn send_code(&self, _to: &PhoneNumber, _code: &str) -> Result<(), SmsError> {
        Err(SmsError::unconfigured())
    }
}

/// A text message that was not taken; the cause is its `source`.
#[derive(Debug, thiserror::Error)]
#[error("text message not sent")]
pub struct SmsError(#[source] Option<Box<dyn Error + Send + Sync>>);

impl SmsError {
    /// Makes an error for a deployment that cannot send.
    pub fn unconfigured() -> Self {
        Self(None)
    }

    /// Makes an error with its cause.
    pub fn because(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Some(source.into()))
    }
}

//! The Sms port on SNS ([publish to a phone number]).
//!
//! [publish to a phone number]: https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html

use crate::failure::Failure;
use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_types::SdkConfig;
use heliograph_domain::ports::{Sms, SmsError};
use heliograph_protocol::http::PhoneNumber;
use std::sync::OnceLock;

/// Sends text messages through SNS, as transactional ones: these go first and cost what they cost.
#[derive(Clone, Debug)]
pub struct SnsSms {
    sdk: SdkConfig,
    sender_id: Option<String>,
    client: OnceLock<Client>,
}

impl SnsSms {
    pub(crate) fn new(sdk: SdkConfig, sender_id: Option<String>) -> Self {
        Self {
            sdk,
            sender_id,
            client: OnceLock::new(),
        }
    }
}

#[async_trait]
impl Sms for SnsSms {
    async fn send_code(&self, to: &PhoneNumber, code: &str) -> Result<(), SmsError> {
        let mut message = self
            .client
            .get_or_init(|| Client::new(&self.sdk))
            .publish()
            .phone_number(to.as_str())
            .message(format!(
                "{code} is your Heliograph code. Nobody will ever ask you for it."
            ))
            .message_attributes("AWS.SNS.SMS.SMSType", text("Transactional")?);
        if let Some(sender_id) = &self.sender_id {
            message = message.message_attributes("AWS.SNS.SMS.SenderID", text(sender_id)?);
        }
        match message.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(SmsError::because(Failure::from(error))),
        }
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, SmsError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .map_err(SmsError::because)
}

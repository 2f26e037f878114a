//! The HTTPS calls: registration and tokens (protocol §1).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    bounded::{Within, read_as_object, text, written_as_derived},
    error::ErrorBody,
    ids::{DeviceId, InvalidId, RegistrationId, UserId, text_newtype},
    keys::KeySet,
    limits::{
        CODE_DIGITS, DEVICE_NAME_CHARS_MAX, DEVICE_REGISTRATION_ID_MAX, PHONE_DIGITS_MAX,
        PHONE_DIGITS_MIN, TOKEN_CHARS_MAX,
    },
};

/// Stands for what must not be printed.
const REDACTED: &str = "[redacted]";

const PHONE_EXPECTED: &str = "a phone number: + and 7 to 15 digits, the first not 0";

fn is_phone_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

/// Is a phone number in E.164 form: `+`, then 7 to 15 digits of which the first is not 0.
///
/// Well-formed is not assigned: whether a number can exist is the server's to check.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = r"^\+[1-9][0-9]{6,14}$")))]
pub struct PhoneNumber(String);
text_newtype!(PhoneNumber, PHONE_EXPECTED, is_phone_number);

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Asks for a code by SMS: `POST /v1/registrations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterRequest {
    /// The number to register.
    pub phone_number: PhoneNumber,
}

/// Answers a registration, 202: the same for known and unknown numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterOk {
    /// Names the registration in the call that verifies it.
    pub registration_id: RegistrationId,
    /// When it ends, ms since the epoch: 5 minutes from now.
    pub expires_at: u64,
}

/// Proves the number and registers the primary device:
/// `POST /v1/registrations/{registration_id}/verify`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerifyRequest {
    /// The 6 digits that came by SMS.
    #[serde(deserialize_with = "code")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]{6}$")))]
    pub code: String,
    /// The device that becomes the account's primary one.
    pub device: DeviceInfo,
}

impl fmt::Debug for VerifyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyRequest")
            .field("code", &format_args!("{REDACTED}"))
            .field("device", &self.device)
            .finish()
    }
}

/// Registers a further device: `POST /v1/devices/link`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkRequest {
    /// What the primary device's `devices.link` gave: single use, 10 minutes.
    #[serde(deserialize_with = "token")]
    #[cfg_attr(feature = "schema", schemars(length(max = TOKEN_CHARS_MAX)))]
    pub link_token: String,
    /// The new device.
    pub device: DeviceInfo,
}

impl fmt::Debug for LinkRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkRequest")
            .field("link_token", &format_args!("{REDACTED}"))
            .field("device", &self.device)
            .finish()
    }
}

/// Describes a device that is being registered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceInfo {
    /// What its owner calls it: 1 to 64 characters.
    #[serde(deserialize_with = "device_name")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = DEVICE_NAME_CHARS_MAX)))]
    pub name: String,
    /// Tells this installation from an earlier one with the same device id: random, 0 to 16383.
    #[serde(deserialize_with = "device_registration_id")]
    #[cfg_attr(feature = "schema", schemars(range(max = DEVICE_REGISTRATION_ID_MAX)))]
    pub registration_id: u16,
    /// Its public keys.
    pub keys: KeySet,
}

impl fmt::Debug for DeviceInfo {
    /// Leaves out the name, which is often a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceInfo")
            .field("registration_id", &self.registration_id)
            .finish_non_exhaustive()
    }
}

/// Answers a registered device, 201: who it is, and its first tokens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionOk {
    /// The account.
    pub user_id: UserId,
    /// The device in it.
    pub device_id: DeviceId,
    /// Opens the socket; a JWT.
    pub access_token: String,
    /// When the access token ends, ms since the epoch.
    pub access_expires_at: u64,
    /// Gets the next pair, once.
    pub refresh_token: String,
}

impl fmt::Debug for SessionOk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionOk")
            .field("user_id", &self.user_id)
            .field("device_id", &self.device_id)
            .field("access_token", &format_args!("{REDACTED}"))
            .field("access_expires_at", &self.access_expires_at)
            .field("refresh_token", &format_args!("{REDACTED}"))
            .finish()
    }
}

/// Asks for the next pair of tokens: `POST /v1/tokens`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokensRequest {
    /// The refresh token; using one twice revokes the device.
    #[cfg_attr(feature = "schema", schemars(length(max = TOKEN_CHARS_MAX)))]
    #[serde(deserialize_with = "token")]
    pub refresh_token: String,
}

impl fmt::Debug for TokensRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokensRequest")
            .field("refresh_token", &format_args!("{REDACTED}"))
            .finish()
    }
}

/// Answers with the next pair of tokens, 200.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokensOk {
    /// Opens the socket; a JWT.
    pub access_token: String,
    /// When the access token ends, ms since the epoch.
    pub access_expires_at: u64,
    /// Gets the next pair, once.
    pub refresh_token: String,
}

impl fmt::Debug for TokensOk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokensOk")
            .field("access_token", &format_args!("{REDACTED}"))
            .field("access_expires_at", &self.access_expires_at)
            .field("refresh_token", &format_args!("{REDACTED}"))
            .finish()
    }
}

/// Answers a call that failed, with the status of the error's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorAnswer {
    /// What went wrong.
    pub error: ErrorBody,
}

/// Answers `GET /healthz`: `{"status":"ok"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// `ok`.
    pub status: String,
}

impl Health {
    /// Makes the answer of a server that is well.
    pub fn ok() -> Self {
        Self {
            status: "ok".to_owned(),
        }
    }
}

read_as_object!(
    RegisterRequest,
    VerifyRequest,
    LinkRequest,
    DeviceInfo,
    TokensRequest
);
written_as_derived!(
    RegisterRequest,
    VerifyRequest,
    LinkRequest,
    DeviceInfo,
    TokensRequest
);

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, "6 digits", |text| {
        text.len() == CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, "a token of at most 1024 characters", |text| {
        text.len() <= TOKEN_CHARS_MAX
    })
}

fn device_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, "a name of 1 to 64 characters", |text| {
        !text.is_empty() && text.chars().count() <= DEVICE_NAME_CHARS_MAX
    })
}

fn device_registration_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Number = Within<u16, 0, { DEVICE_REGISTRATION_ID_MAX as u64 }>;
    Number::deserialize(deserializer).map(|number| number.0)
}

//! What goes wrong, as a client is told: the closed list of protocol §3.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::DeviceId;

/// Says what kind of thing went wrong, and so what a client can do about it (protocol §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ErrorCode {
    /// The request is malformed or outside a limit; sending it again does not help.
    BadRequest,
    /// The request is larger than allowed.
    TooLarge,
    /// There is no valid access token.
    Unauthenticated,
    /// The caller is known, and may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// The state has changed, or already is what would clash with the request.
    Conflict,
    /// It was there, and has ended for good.
    Gone,
    /// The contents are not for exactly the recipient's devices; see [`DeviceMismatch`].
    MismatchedDevices,
    /// The caller asks too often; `retry_after_ms` says when to try again.
    RateLimited,
    /// Nothing was stored; try again.
    Unavailable,
    /// The server is at fault.
    Internal,
}

impl ErrorCode {
    /// Is the whole list, in the order of protocol §3.
    pub const ALL: [Self; 11] = [
        Self::BadRequest,
        Self::TooLarge,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Gone,
        Self::MismatchedDevices,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Gives the HTTP status that an HTTP call answers with for this code.
    pub fn http_status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::TooLarge => 413,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::MismatchedDevices => 409,
            Self::Gone => 410,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// Lists where the device set of a send's `contents` differs from the recipient's (protocol §4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceMismatch {
    /// Devices of the recipient that the contents leave out.
    pub missing: Vec<DeviceId>,
    /// Devices in the contents that the recipient does not have.
    pub extra: Vec<DeviceId>,
    /// Devices that the recipient has, but has registered anew: the session is with the old one.
    pub stale: Vec<DeviceId>,
}

/// Tells a client what went wrong: the `error` of a reply, a send result or an HTTP answer.
///
/// `{"code","message","retry_after_ms"?}`, and for `mismatched_devices` also `missing`, `extra` and
/// `stale` (protocol §3, §4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// What kind of thing went wrong.
    pub code: ErrorCode,
    /// Says it to a client developer; never holds content, tokens, phone numbers or inner errors.
    pub message: Cow<'static, str>,
    /// When to try again, in milliseconds from now; with `rate_limited`.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "u64", default, skip_serializing_if = "Option::is_none")
    )]
    pub retry_after_ms: Option<u64>,
    /// How the devices differ; with `mismatched_devices`.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub devices: Option<Box<DeviceMismatch>>,
}

impl ErrorBody {
    /// Makes an error of a code and a message for client developers.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
            devices: None,
        }
    }

    /// Makes the error of a request that is malformed or outside a limit.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// Makes the error of a failure that passes: nothing was stored.
    pub fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable, "nothing was stored, try again")
    }

    /// Makes the error of a failure that is the server's fault.
    pub fn internal() -> Self {
        Self::new(ErrorCode::Internal, "the server failed")
    }

    /// Makes the error of a caller that asks too often.
    pub fn rate_limited(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(ErrorCode::RateLimited, "too many requests, try again later")
        }
    }

    /// Makes the error of contents that are not for exactly the recipient's devices.
    pub fn mismatched_devices(devices: DeviceMismatch) -> Self {
        Self {
            devices: Some(Box::new(devices)),
            ..Self::new(
                ErrorCode::MismatchedDevices,
                "the contents are not for exactly the recipient's devices",
            )
        }
    }
}

/// An [`ErrorBody`] as it is on the wire.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    code: ErrorCode,
    message: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<Cow<'a, [DeviceId]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extra: Option<Cow<'a, [DeviceId]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale: Option<Cow<'a, [DeviceId]>>,
}

impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let devices = self.devices.as_deref();
        Wire {
            code: self.code,
            message: Cow::Borrowed(&self.message),
            retry_after_ms: self.retry_after_ms,
            missing: devices.map(|it| it.missing.as_slice().into()),
            extra: devices.map(|it| it.extra.as_slice().into()),
            stale: devices.map(|it| it.stale.as_slice().into()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let differs = wire.missing.is_some() || wire.extra.is_some() || wire.stale.is_some();
        let devices = differs.then(|| {
            Box::new(DeviceMismatch {
                missing: wire.missing.unwrap_or_default().into_owned(),
                extra: wire.extra.unwrap_or_default().into_owned(),
                stale: wire.stale.unwrap_or_default().into_owned(),
            })
        });
        Ok(Self {
            code: wire.code,
            message: Cow::Owned(wire.message.into_owned()),
            retry_after_ms: wire.retry_after_ms,
            devices,
        })
    }
}

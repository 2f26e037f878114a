//! Waking devices that are away: APNs, FCM, Web Push.

use async_trait::async_trait;
use heliograph_protocol::request::PushTarget;
use serde::{Deserialize, Serialize};
use std::error::Error;

/// All that a notification says; what the messages are is between their senders and the device.
pub const NOTIFICATION: &str = "you have messages";

/// How a device asked to be woken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// How it is reached.
    pub target: PushTarget,
    /// The version of this deployment's keys that it was registered under.
    pub key_id: String,
}

/// Wakes devices.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Tells whether a target is one that this deployment can wake.
    ///
    /// # Errors
    /// What is wrong with it.
    fn accepts(&self, target: &PushTarget) -> Result<(), TargetError>;

    /// The public key that a browser subscribes with, where there is Web Push: base64url.
    fn web_push_key(&self) -> Option<String>;

    /// Wakes a device. An `Ok` means that its service took it.
    ///
    /// # Errors
    /// `Gone` when the registration has ended; `Refused` when the service does not take it, and
    /// trying again does not help; `Unavailable` when it may later.
    async fn notify(&self, to: &Registration, now_ms: u64) -> Result<(), NotifyError>;
}

/// Why a target is not one that can be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Devices of that kind are not woken here.
    #[error("kind not served")]
    Kind,
    /// It is no address of a known push service.
    #[error("not a known push service")]
    Endpoint,
    /// The keys are none.
    #[error("unusable keys")]
    Keys,
}

/// Wakes nobody.
#[derive(Clone, Copy, Debug)]
pub struct NoNotifier;

#[async_trait]
impl Notifier for NoNotifier {
    fn accepts(&self, _target: &PushTarget) -> Result<(), TargetError> {
        Err(TargetError::Kind)
    }

    fn web_push_key(&self) -> Option<String> {
        None
    }

    async fn notify(&self, _to: &Registration, _now_ms: u64) -> Result<(), NotifyError> {
        Err(NotifyError::new(NotifyErrorKind::Gone))
    }
}

/// A device that was not woken; the cause is its `source`.
#[derive(Debug, thiserror::Error)]
#[error("notification {kind}")]
pub struct NotifyError {
    kind: NotifyErrorKind,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What can be done about a [`NotifyError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyErrorKind {
    /// The registration has ended.
    #[error("not possible any more")]
    Gone,
    /// The service does not take it.
    #[error("refused")]
    Refused,
    /// Later, perhaps.
    #[error("unavailable")]
    Unavailable,
}

impl NotifyError {
    /// Makes an error without a cause.
    pub fn new(kind: NotifyErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error with its cause.
    pub fn because(kind: NotifyErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Tells what can be done about it.
    pub fn kind(&self) -> NotifyErrorKind {
        self.kind
    }
}

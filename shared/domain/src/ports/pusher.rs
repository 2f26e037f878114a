//! Pushing to live sockets.

use crate::Context;
use async_trait::async_trait;
use heliograph_protocol::event::Event;
use serde::{Deserialize, Serialize};
use std::error::Error;

/// The gateway's name of one live socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// Takes the name that the gateway gave.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Pushes to live sockets: API Gateway's management API, or a channel in the same process.
///
/// An adapter charges the context's meter with one post a frame, and tries again by itself for as
/// long as a sender can be kept waiting.
#[async_trait]
pub trait Pusher: Send + Sync {
    /// Posts an event to a connection.
    ///
    /// An `Ok` means that the gateway took it, not that the client has it.
    ///
    /// # Errors
    /// `Gone` when there is no such connection any more; `Throttled` when the gateway takes no more
    /// for it (a client that does not read); `Unavailable` when no answer came: it may have been
    /// posted.
    async fn post(
        &self,
        cx: &Context,
        connection: &ConnectionId,
        event: Event,
    ) -> Result<(), PostError>;

    /// Closes a connection after what was posted before.
    ///
    /// # Errors
    /// As [`Pusher::post`].
    async fn close(&self, cx: &Context, connection: &ConnectionId) -> Result<(), PostError>;
}

/// A failure to reach a connection; the cause is its `source`.
#[derive(Debug, thiserror::Error)]
#[error("connection {kind}")]
pub struct PostError {
    kind: PostErrorKind,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a caller can do about a [`PostError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostErrorKind {
    /// The connection is no more, or not open yet.
    #[error("gone")]
    Gone,
    /// The gateway takes no more for it now.
    #[error("throttled")]
    Throttled,
    /// No answer.
    #[error("unavailable")]
    Unavailable,
}

impl PostError {
    /// Makes an error without a cause.
    pub fn new(kind: PostErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error with its cause.
    pub fn because(kind: PostErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Tells what can be done about it.
    pub fn kind(&self) -> PostErrorKind {
        self.kind
    }
}

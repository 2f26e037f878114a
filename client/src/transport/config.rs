//! What a connection needs to know.

use crate::MaybeSendSync;
use crate::connection::{Timing, Tokens};
use crate::media::transfer::{Clock, SystemClock};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;

/// Keeps the tokens of a device.
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait TokenStore: MaybeSendSync {
    /// Keeps a pair in place of the one before, and returns when it is on the disk. Before that it is not
    /// used: the one before is dead already, and a process that dies now has lost its device.
    ///
    /// # Errors
    /// [`NotStored`]; it is tried again.
    async fn store(&self, tokens: &Tokens) -> Result<(), NotStored>;
}

/// Reports that tokens were not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tokens not stored")]
pub struct NotStored;

/// Says where a deployment is, and how to live with it.
#[derive(Clone)]
pub struct Config {
    /// The address of its HTTP calls, as `https://chat.example.org`.
    pub http_url: String,
    /// The address of its socket, as `wss://chat.example.org/v1/socket`.
    pub socket_url: String,
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// How long things may take: [`Timing::default`].
    pub timing: Timing,
    /// What tells the time: the system's clock.
    pub clock: Arc<dyn Clock>,
}

impl Config {
    /// Takes what has no default.
    pub fn new(
        http_url: impl Into<String>,
        socket_url: impl Into<String>,
        tokens: Arc<dyn TokenStore>,
    ) -> Self {
        Self {
            http_url: http_url.into(),
            socket_url: socket_url.into(),
            tokens,
            timing: Timing::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("http_url", &self.http_url)
            .field("socket_url", &self.socket_url)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

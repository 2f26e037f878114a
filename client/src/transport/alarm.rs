//! When to wake the machine.

use crate::media::transfer::Clock;
#[cfg(not(target_arch = "wasm32"))]
use futures_util::future::BoxFuture as Waiting;
#[cfg(target_arch = "wasm32")]
use futures_util::future::LocalBoxFuture as Waiting;
use std::sync::Arc;

/// Rings once. What it waits for is how long it is, not what a clock shows by then, which may be set.
pub(super) struct Alarm(Waiting<'static, ()>);

impl Alarm {
    /// Never rings.
    pub(super) fn off() -> Self {
        Self(Box::pin(std::future::pending()))
    }

    /// Rings when the clock shows this, in milliseconds since the epoch.
    pub(super) fn at(clock: Arc<dyn Clock>, at_ms: u64) -> Self {
        let ms = at_ms.saturating_sub(clock.now_ms());
        Self(Box::pin(async move { clock.sleep_ms(ms).await }))
    }

    /// Waits until it rings; safe to cancel.
    pub(super) fn ring(&mut self) -> &mut Waiting<'static, ()> {
        &mut self.0
    }
}

//! The time, and waiting.

use async_trait::async_trait;

/// Tells the time, and waits: the system's, or the one of a test.
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait Clock: Send + Sync {
    /// Tells the time in milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// Waits for so many milliseconds.
    async fn sleep_ms(&self, ms: u64);
}

/// Is the system's clock, or the browser's.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(not(target_arch = "wasm32"))]
#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where time comes from"
    )]
    fn now_ms(&self) -> u64 {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since_epoch.map_or(0, |time| {
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        })
    }

    async fn sleep_ms(&self, ms: u64) {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
    }
}

#[cfg(target_arch = "wasm32")]
#[async_trait(?Send)]
impl Clock for SystemClock {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an integer after 1970"
    )]
    fn now_ms(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    async fn sleep_ms(&self, ms: u64) {
        // What setTimeout takes.
        let longest = u64::from(u32::MAX >> 1);
        let ms = u32::try_from(ms.min(longest)).unwrap_or_default();
        gloo_timers::future::TimeoutFuture::new(ms).await;
    }
}

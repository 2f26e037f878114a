//! A clock that tests can turn forward.

use heliograph_domain::ports::{Clock, SystemClock};
use std::sync::atomic::{AtomicU64, Ordering};

/// The machine's clock and an offset.
#[derive(Debug, Default)]
pub struct TurnableClock {
    ahead_ms: AtomicU64,
}

impl TurnableClock {
    /// Turns the clock forward, for `POST /dev/clock`.
    pub fn advance(&self, by_ms: u64) {
        self.ahead_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for TurnableClock {
    fn now_ms(&self) -> u64 {
        SystemClock.now_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }
}

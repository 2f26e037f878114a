//! How long to wait before the next try: chance within a window that doubles, and 5 minutes after half an
//! hour ([full jitter]).
//!
//! [full jitter]: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/

use super::chance::Chance;
use super::timing::Timing;

/// Bounds how long the other side may have us wait, in milliseconds: an hour.
pub(super) const ASKED_MS_MAX: u64 = 60 * 60 * 1_000;
/// Is the least window, in failures, for a server that sends all its clients away at once: up to 4 s at
/// [`Timing::retry_first_ms`].
const CROWD: u32 = 3;

/// Counts failures.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    since_ms: Option<u64>,
}

impl Backoff {
    /// Notes a failure, and tells how long to wait, in milliseconds.
    pub(super) fn failed(&mut self, now: u64, timing: &Timing, chance: &mut Chance) -> u64 {
        let since = *self.since_ms.get_or_insert(now);
        let delay = if now.saturating_sub(since) >= timing.retry_slow_after_ms {
            chance.around(timing.retry_slow_ms, timing.retry_slow_ms / 5)
        } else {
            let doubled = timing
                .retry_first_ms
                .saturating_mul(1 << self.failures.min(30));
            chance.up_to(doubled.min(timing.retry_most_ms))
        };
        self.failures = self.failures.saturating_add(1);
        delay
    }

    /// Notes that everybody else has been sent away too.
    pub(super) fn crowded(&mut self) {
        self.failures = self.failures.max(CROWD);
    }

    /// Notes that it went well, which may not last.
    pub(super) fn went_well(&mut self) {
        self.since_ms = None;
    }

    /// Forgets all failures.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest of many draws, so nearly the window.
    fn window(failures: u32) -> u64 {
        let longest = (0..2_000).map(|seed| {
            let mut backoff = Backoff {
                failures,
                since_ms: None,
            };
            backoff.failed(0, &Timing::default(), &mut Chance::new(seed))
        });
        longest.max().unwrap()
    }

    #[test]
    fn doubles_from_half_a_second_to_a_minute() {
        let near = |failures, ms: u64| (ms * 9 / 10..=ms).contains(&window(failures));
        assert!(near(0, 500));
        assert!(near(1, 1_000));
        assert!(near(6, 32_000));
        assert!(near(7, 60_000));
        assert!(near(u32::MAX, 60_000));
    }

    #[test]
    fn is_slow_after_half_an_hour_and_quick_once_it_went_well() {
        let (timing, mut chance) = (Timing::default(), Chance::new(1));
        let mut backoff = Backoff::default();
        backoff.failed(0, &timing, &mut chance);
        let half_an_hour = 30 * 60_000;
        let before = backoff.failed(half_an_hour - 1, &timing, &mut chance);
        assert!(before <= 1_000);
        for _ in 0..100 {
            let slow = backoff.failed(half_an_hour, &timing, &mut chance);
            assert!((240_000..=360_000).contains(&slow), "{slow}");
        }
        backoff.went_well();
        let flapping = backoff.failed(half_an_hour, &timing, &mut chance);
        assert!(flapping <= 60_000, "counted on, but not slow");
        backoff.reset();
        assert!(backoff.failed(half_an_hour, &timing, &mut chance) <= 500);
    }
}

//! Time that never goes back, of a clock that may be set.

/// Follows a clock. Where the clock is set back, time goes on from where it was; where it is set forward, or
/// the process was asleep, time has passed.
#[derive(Debug, Default)]
pub(super) struct Time {
    last_ms: u64,
    ahead_ms: u64,
}

impl Time {
    /// Takes what the clock shows, and gives the time.
    pub(super) fn at(&mut self, clock_ms: u64) -> u64 {
        let now = clock_ms.saturating_add(self.ahead_ms);
        self.ahead_ms = self
            .ahead_ms
            .saturating_add(self.last_ms.saturating_sub(now));
        self.last_ms = self.last_ms.max(now);
        self.last_ms
    }

    /// Gives what the clock is going to show at a time.
    pub(super) fn on_the_clock(&self, at_ms: u64) -> u64 {
        at_ms.saturating_sub(self.ahead_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn goes_on_where_the_clock_is_set_back() {
        let mut time = Time::default();
        assert_eq!(time.at(5_000), 5_000);
        assert_eq!(time.at(1_000), 5_000);
        assert_eq!(time.at(1_700), 5_700);
        assert_eq!(time.on_the_clock(6_000), 2_000);
        assert_eq!(time.at(2_000), 6_000);
    }

    proptest! {
        #[test]
        fn never_goes_back(clock in proptest::collection::vec(0..u64::MAX / 128, 0..64)) {
            let mut time = Time::default();
            let mut last = 0;
            for shown in clock {
                let now = time.at(shown);
                prop_assert!(now >= last);
                prop_assert_eq!(time.on_the_clock(now), shown);
                last = now;
            }
        }
    }
}

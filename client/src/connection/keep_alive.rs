//! How long a socket may be silent on this network.
//!
//! Between here and the server there may be boxes that forget a connection which is silent, some after half a
//! minute, without a word to anybody. How long they wait is found out: after a cut in silence pings come
//! twice as often, and after many that went well a little more seldom again.

/// Is the shortest interval, in milliseconds: 30 s. What is shorter would not let a phone sleep, and no cut
/// in a shorter silence is laid to it.
const LEAST_MS: u64 = 30_000;
/// Is how many pings must be answered before the interval grows.
const GOOD: u32 = 6;
/// Is how many cuts in silence it takes that might have had another reason.
const SUSPICIOUS: u32 = 2;

/// Is what is known of the network.
#[derive(Debug)]
pub(super) struct KeepAlive {
    interval_ms: u64,
    most_ms: u64,
    good: u32,
    suspicions: u32,
}

impl KeepAlive {
    pub(super) fn new(most_ms: u64) -> Self {
        Self {
            interval_ms: most_ms,
            most_ms,
            good: 0,
            suspicions: 0,
        }
    }

    /// Tells how long nothing may be sent, in milliseconds.
    pub(super) fn interval_ms(&self) -> u64 {
        self.interval_ms
    }

    /// Notes that a ping was answered after a silence.
    pub(super) fn answered(&mut self) {
        self.suspicions = 0;
        self.good += 1;
        if self.good >= GOOD {
            self.good = 0;
            self.interval_ms = (self.interval_ms + self.interval_ms / 4).min(self.most_ms);
        }
    }

    /// Notes that a ping was not answered, after a silence of so many milliseconds.
    pub(super) fn unanswered(&mut self, silent_ms: u64) {
        if silent_ms >= LEAST_MS {
            self.shorten(silent_ms);
        }
    }

    /// Notes a cut in silence for which nobody gave a reason.
    pub(super) fn cut(&mut self, silent_ms: u64) {
        if silent_ms < LEAST_MS {
            return;
        }
        self.suspicions += 1;
        if self.suspicions >= SUSPICIOUS {
            self.shorten(silent_ms);
        }
    }

    /// Notes that the server says that nothing came for too long.
    pub(super) fn shorten(&mut self, silent_ms: u64) {
        let half = silent_ms.min(self.interval_ms) / 2;
        self.interval_ms = half.max(LEAST_MS).min(self.most_ms);
        (self.good, self.suspicions) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    #[test]
    fn a_silence_that_was_too_long_is_halved_and_never_below_half_a_minute() {
        let mut keep_alive = KeepAlive::new(9 * MINUTE);
        keep_alive.unanswered(9 * MINUTE);
        assert_eq!(keep_alive.interval_ms(), 270_000);
        for _ in 0..10 {
            keep_alive.unanswered(keep_alive.interval_ms());
        }
        assert_eq!(keep_alive.interval_ms(), LEAST_MS);
    }

    #[test]
    fn one_cut_in_silence_may_be_chance_and_two_are_not() {
        let mut keep_alive = KeepAlive::new(9 * MINUTE);
        keep_alive.cut(5 * MINUTE);
        keep_alive.cut(29_999);
        assert_eq!(keep_alive.interval_ms(), 9 * MINUTE);
        keep_alive.cut(4 * MINUTE);
        assert_eq!(keep_alive.interval_ms(), 2 * MINUTE);

        let mut keep_alive = KeepAlive::new(9 * MINUTE);
        for _ in 0..5 {
            keep_alive.cut(5 * MINUTE);
            keep_alive.answered();
        }
        assert_eq!(keep_alive.interval_ms(), 9 * MINUTE);
    }

    #[test]
    fn grows_by_a_quarter_after_six_answers_up_to_where_it_began() {
        let mut keep_alive = KeepAlive::new(9 * MINUTE);
        keep_alive.unanswered(4 * MINUTE);
        for _ in 0..5 {
            keep_alive.answered();
        }
        assert_eq!(keep_alive.interval_ms(), 2 * MINUTE);
        keep_alive.answered();
        assert_eq!(keep_alive.interval_ms(), 150_000);
        for _ in 0..100 {
            keep_alive.answered();
        }
        assert_eq!(keep_alive.interval_ms(), 9 * MINUTE);
    }

    #[test]
    fn an_interval_that_was_asked_for_is_not_made_longer() {
        let mut keep_alive = KeepAlive::new(2_000);
        keep_alive.shorten(MINUTE);
        assert_eq!(keep_alive.interval_ms(), 2_000);
    }
}

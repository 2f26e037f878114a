//! Leaky buckets: so many at once, so many a second after that.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

/// How much a bucket takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How many thousandths come back a second.
    pub refill_milli_per_s: u32,
}

/// A bucket's state; the default is an empty one, which takes a whole burst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// How full it was, in thousandths.
    pub level_milli: i64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
}

impl Bucket {
    /// Takes one in.
    ///
    /// # Errors
    /// How many milliseconds to wait, when it is full.
    pub fn take(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        let leaked = now_ms
            .saturating_sub(self.at_ms)
            .saturating_mul(rate.refill_milli_per_s.into());
        let leaked = i64::try_from(leaked / 1000).unwrap_or(i64::MAX);
        let level = self.level_milli.saturating_sub(leaked).max(0);
        let over = level + 1000 - i64::from(rate.burst) * 1000;
        if over > 0 {
            let over = u64::try_from(over).unwrap_or(0);
            return Err((over * 1000).div_ceil(u64::from(rate.refill_milli_per_s).max(1)));
        }
        *self = Bucket {
            level_milli: level + 1000,
            at_ms: now_ms.max(self.at_ms),
        };
        Ok(())
    }

    /// How long until nothing is left in it, in milliseconds.
    pub fn full_again_in_ms(&self, rate: Rate) -> u64 {
        let level = u64::try_from(self.level_milli).unwrap_or(0);
        (level * 1000).div_ceil(u64::from(rate.refill_milli_per_s).max(1))
    }
}

/// Buckets that one process keeps in memory, by the hash of their subject.
///
/// Bounded: at 100,000 those that have leaked dry are dropped, and if that is not enough,
/// all of them. What it forgets it forgets in favour of the sender.
#[derive(Debug, Default)]
pub struct Buckets {
    hasher: RandomState,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

/// About 4 MB.
const BUCKETS_MAX: usize = 100_000;

impl Buckets {
    /// Takes one in for a subject.
    ///
    /// # Errors
    /// How many milliseconds to wait, when its bucket is full.
    pub fn take(&self, subject: impl Hash, rate: Rate, now_ms: u64) -> Result<(), u64> {
        let subject = self.hasher.hash_one(subject);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.at_ms + bucket.full_again_in_ms(rate) > now_ms);
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        buckets.entry(subject).or_default().take(rate, now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate {
        burst: 60,
        refill_milli_per_s: 1000,
    };

    #[test]
    fn a_burst_passes_and_then_one_a_second() {
        let mut bucket = Bucket::default();
        for _ in 0..60 {
            assert_eq!(bucket.take(RATE, 1_000_000), Ok(()));
        }
        assert_eq!(bucket.take(RATE, 1_000_000), Err(1000));
        assert_eq!(bucket.take(RATE, 1_000_400), Err(600));
        assert_eq!(bucket.take(RATE, 1_001_000), Ok(()));
        assert_eq!(bucket.take(RATE, 1_001_000), Err(1000));
    }

    #[test]
    fn subjects_do_not_share_a_bucket() {
        let buckets = Buckets::default();
        let rate = Rate {
            burst: 1,
            refill_milli_per_s: 1,
        };
        assert_eq!(buckets.take(("a", "b"), rate, 0), Ok(()));
        assert!(buckets.take(("a", "b"), rate, 0).is_err());
        assert_eq!(buckets.take(("b", "a"), rate, 0), Ok(()));
    }

    proptest! {
        #[test]
        fn no_more_than_burst_and_refill_ever_pass(
            gaps_ms in prop::collection::vec(0_u64..3000, 1..300)
        ) {
            let (mut bucket, mut now, mut passed) = (Bucket::default(), 1_000_000, 0);
            for gap_ms in gaps_ms {
                now += gap_ms;
                passed += u64::from(bucket.take(RATE, now).is_ok());
                prop_assert!(passed <= 60 + (now - 1_000_000) / 1000 + 1);
            }
        }

        #[test]
        fn waiting_as_told_is_enough(now in 0_u64..1 << 41) {
            let mut bucket = Bucket::default();
            let wait_ms = loop {
                if let Err(wait_ms) = bucket.take(RATE, now) {
                    break wait_ms;
                }
            };
            prop_assert_eq!(bucket.take(RATE, now + wait_ms), Ok(()));
        }
    }
}

//! Leaky buckets: so many at once, so many a second after that.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

/// How much a bucket takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// After how many milliseconds one more is taken.
    pub every_ms: u32,
}

/// A bucket's state; the default is an empty one, which takes a whole burst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When it will have leaked dry, in milliseconds since the Unix epoch.
    pub empty_at: u64,
}

impl Bucket {
    /// Takes one in.
    ///
    /// # Errors
    /// How many milliseconds to wait, when it is full.
    pub fn take(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        let every_ms = u64::from(rate.every_ms);
        let empty_at = self.empty_at.max(now_ms) + every_ms;
        let full_at = now_ms + every_ms * u64::from(rate.burst);
        if empty_at > full_at {
            return Err(empty_at - full_at);
        }
        self.empty_at = empty_at;
        Ok(())
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
            buckets.retain(|_, bucket| bucket.empty_at > now_ms);
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
        every_ms: 1000,
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
            every_ms: 1_000_000,
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

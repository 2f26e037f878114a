//! Chance, so that clients that failed together do not come back together.

/// Draws numbers: the same ones from the same seed. Nobody's secret depends on them.
///
/// [SplitMix64](https://doi.org/10.1145/2714064.2660195).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Begins with a seed: the system's randomness, or a test's number.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Draws a number of 0 to `most`, both included.
    pub(super) fn up_to(&mut self, most: u64) -> u64 {
        match most.checked_add(1) {
            Some(many) => self.draw() % many,
            None => self.draw(),
        }
    }

    /// Draws a number that is at most `off` away from `middle`.
    pub(super) fn around(&mut self, middle: u64, off: u64) -> u64 {
        let least = middle.saturating_sub(off);
        least.saturating_add(self.up_to(off.saturating_mul(2)))
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_seed_draws_its_own_numbers() {
        let drawn = |seed| {
            let mut chance = Chance::new(seed);
            [(); 4].map(|()| chance.up_to(u64::MAX))
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        // The first number of the published generator for the seed 0.
        assert_eq!(drawn(0)[0], 0xe220_a839_7b1d_cdaf);
    }

    proptest! {
        #[test]
        fn stays_where_it_is_told_to(seed in any::<u64>(), middle in 0..1u64 << 40, off in 0..1u64 << 40) {
            let mut chance = Chance::new(seed);
            prop_assert!(chance.up_to(off) <= off);
            let drawn = chance.around(middle, off);
            prop_assert!(drawn >= middle.saturating_sub(off) && drawn <= middle.saturating_sub(off) + 2 * off);
        }
    }
}

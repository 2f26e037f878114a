//! How long to wait before the next try.

/// Is how long is waited at first, in milliseconds, at most.
const FIRST_MS: u64 = 1_000;
/// Bounds how long is waited, in milliseconds.
const LONGEST_MS: u64 = 5 * 60 * 1_000;
/// Bounds how long is waited where the other side says when to try again, in milliseconds: a day, over
/// which uploads are counted.
const LONGEST_ASKED_MS: u64 = 24 * 60 * 60 * 1_000;

/// Tells how long to wait after so many failures in a row, in milliseconds: twice as long each time, of
/// which the second half is left to chance, so that clients that failed together do not come back
/// together. Not before the other side wants to be asked again.
pub(super) fn delay_ms(failures: u32, chance: u64, asked_ms: Option<u64>) -> u64 {
    let doubled = FIRST_MS.checked_shl(failures.saturating_sub(1).min(30));
    let at_most = doubled.unwrap_or(LONGEST_MS).min(LONGEST_MS);
    let half = at_most / 2;
    let own = half + chance % (at_most - half + 1);
    own + asked_ms.unwrap_or(0).min(LONGEST_ASKED_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubles_up_to_five_minutes() {
        let longest = |failures| delay_ms(failures, 0, None) * 2;
        let doubled: Vec<u64> = (1..=4).map(longest).collect();
        assert_eq!(doubled, [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(longest(u32::MAX), LONGEST_MS);
    }

    proptest! {
        #[test]
        fn is_never_at_once_nor_before_it_was_asked_for(
            failures in any::<u32>(),
            chance in any::<u64>(),
            asked in 0..LONGEST_ASKED_MS,
        ) {
            let delay = delay_ms(failures, chance, None);
            prop_assert!((FIRST_MS / 2..=LONGEST_MS).contains(&delay));
            prop_assert!(delay_ms(failures, chance, Some(asked)) >= asked);
            prop_assert!(delay_ms(failures, chance, Some(u64::MAX)) < 2 * LONGEST_ASKED_MS);
        }
    }
}

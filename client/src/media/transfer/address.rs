//! How long an address is good, on a clock that may be wrong, and how often another one is asked for.

use super::setback::{Setback, TransferError};

/// How long addresses are good, in milliseconds (protocol §9).
const LIFE_MS: u64 = 15 * 60 * 1_000;
/// How long an address must be good yet to be used, in milliseconds.
const MARGIN_MS: u64 = 5_000;
/// How long a new address is good at least, in milliseconds, unless a clock is wrong.
const LIFE_MS_MIN: u64 = 60 * 1_000;

/// How often in a row addresses are asked for anew before a transfer is given up.
const ANEW_MAX: u32 = 20;

/// Counts that addresses were no good.
///
/// # Errors
/// [`TransferError::Expired`] when it was too often.
pub(super) fn count_anew(anew: &mut u32) -> Result<(), Setback> {
    *anew += 1;
    match *anew > ANEW_MAX {
        true => Err(Setback::Final(TransferError::Expired)),
        false => Ok(()),
    }
}

/// Tells until when a new address is good on this device's clock, where `expires_at` is on the
/// service's: the store has the last word, so a clock that is wrong by any amount may cost a try and not
/// more.
pub(super) fn good_until(expires_at: u64, now_ms: u64) -> u64 {
    let left_ms = expires_at.saturating_sub(now_ms);
    let life_ms = match left_ms {
        LIFE_MS_MIN..=LIFE_MS => left_ms,
        _ => LIFE_MS,
    };
    now_ms.saturating_add(life_ms)
}

/// Tells whether there is time enough to use an address.
pub(super) fn is_good(good_until: u64, now_ms: u64) -> bool {
    good_until > now_ms.saturating_add(MARGIN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_shorter_life_is_believed() {
        assert_eq!(good_until(1_000_000 + 120_000, 1_000_000), 1_120_000);
    }

    #[test]
    fn addresses_that_are_never_good_are_the_end() {
        let mut anew = 0;
        for _ in 0..ANEW_MAX {
            count_anew(&mut anew).unwrap();
        }
        let over = Err(Setback::Final(TransferError::Expired));
        assert_eq!(count_anew(&mut anew), over);
    }

    proptest! {
        #[test]
        fn whatever_the_clock_a_new_address_is_good_and_not_for_ever(expires_at in any::<u64>(), now_ms in 0..u64::MAX / 2) {
            let until = good_until(expires_at, now_ms);
            prop_assert!(is_good(until, now_ms));
            prop_assert!(!is_good(until, now_ms + LIFE_MS));
        }
    }
}

//! How long an address is good, on a clock that may be wrong, and how often another one is asked for.

use super::setback::{Setback, TransferError};

/// How long addresses are good, in milliseconds (protocol §9).
const LIFE_MS: u64 = 15 * 60 * 1_000;
/// How long an address must be good yet to be used, in milliseconds.
const MARGIN_MS: u64 = 5_000;

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

/// Tells until when a new address is good on this device's clock.
///
/// The service says when it expires, but on its own clock: on a device that is some minutes fast, addresses
/// would be over too early, and the parts that were put be forgotten with them. The store has the last
/// word; an address that was good for less costs a try and not more.
pub(super) fn good_until(now_ms: u64) -> u64 {
    now_ms.saturating_add(LIFE_MS)
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
        fn whatever_the_clock_a_new_address_is_good_and_not_for_ever(now_ms in 0..u64::MAX / 2) {
            let until = good_until(now_ms);
            prop_assert!(is_good(until, now_ms + LIFE_MS - MARGIN_MS - 1));
            prop_assert!(!is_good(until, now_ms + LIFE_MS));
        }
    }
}

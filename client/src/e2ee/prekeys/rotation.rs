//! When pre-keys are made, and when they are forgotten.

use heliograph_protocol::limits::{EXPIRES_IN_S_MAX, ONE_TIME_KEYS_MAX};

const DAY_MS: u64 = 86_400_000;

/// Is how long a signed and a last-resort key are handed out, in ms: a week. Who gets hold of one
/// learns what was begun with it in that time at most.
pub const ROTATED_AFTER_MS: u64 = 7 * DAY_MS;

/// Is how long a replaced key is kept, in ms: as long as the server keeps a message that was begun with
/// it, 30 days.
pub const KEPT_MS: u64 = EXPIRES_IN_S_MAX as u64 * 1_000;

/// Is the number of one-time keys of a kind below which new ones are made.
pub const REFILL_BELOW: usize = 50;

/// Bounds the ML-KEM keys of one `keys.upload`: about 55 fill a message.
pub const KEM_KEYS_PER_UPLOAD_MAX: usize = 50;

/// Is what a device has handed over: its newest keys' age, and what the server says is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When the signed key was uploaded, ms since the epoch; nothing before there is one.
    pub signed_uploaded_at_ms: Option<u64>,
    /// When the last-resort key was uploaded, ms since the epoch; nothing before there is one.
    pub last_resort_uploaded_at_ms: Option<u64>,
    /// How many one-time X25519 keys are left.
    pub one_time: usize,
    /// How many one-time ML-KEM keys are left.
    pub one_time_kem: usize,
}

/// Says which keys are to be made and uploaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// A signed key, in place of the one before.
    pub signed: bool,
    /// A last-resort key, in place of the one before.
    pub last_resort: bool,
    /// So many one-time X25519 keys.
    pub one_time: usize,
    /// So many one-time ML-KEM keys, as many as fit one upload: ask again after it.
    pub one_time_kem: usize,
}

/// Decides which keys are to be made.
pub fn due(held: &Held, now_ms: u64) -> Due {
    Due {
        signed: is_old(held.signed_uploaded_at_ms, now_ms),
        last_resort: is_old(held.last_resort_uploaded_at_ms, now_ms),
        one_time: missing(held.one_time),
        one_time_kem: missing(held.one_time_kem).min(KEM_KEYS_PER_UPLOAD_MAX),
    }
}

/// A key from the future was uploaded by a clock that was wrong; it is replaced lest it stay for years.
fn is_old(uploaded_at_ms: Option<u64>, now_ms: u64) -> bool {
    uploaded_at_ms.is_none_or(|uploaded| {
        now_ms.saturating_sub(uploaded) >= ROTATED_AFTER_MS
            || uploaded.saturating_sub(now_ms) > DAY_MS
    })
}

fn missing(left: usize) -> usize {
    match left < REFILL_BELOW {
        true => ONE_TIME_KEYS_MAX - left,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn held(age_ms: u64, left: usize) -> Held {
        Held {
            signed_uploaded_at_ms: Some(NOW - age_ms),
            last_resort_uploaded_at_ms: Some(NOW - age_ms),
            one_time: left,
            one_time_kem: left,
        }
    }

    #[test]
    fn a_new_device_makes_all() {
        let nothing = Held {
            signed_uploaded_at_ms: None,
            last_resort_uploaded_at_ms: None,
            one_time: 0,
            one_time_kem: 0,
        };
        let all = Due {
            signed: true,
            last_resort: true,
            one_time: 100,
            one_time_kem: 50,
        };
        assert_eq!(due(&nothing, NOW), all);
    }

    #[test]
    fn keys_of_a_week_are_replaced() {
        assert_eq!(due(&held(ROTATED_AFTER_MS - 1, 50), NOW), Due::default());
        let old = due(&held(ROTATED_AFTER_MS, 50), NOW);
        assert!(old.signed && old.last_resort);
        let ahead = due(&held(0, 50), NOW - 2 * DAY_MS);
        assert!(ahead.signed && ahead.last_resort);
    }

    #[test]
    fn one_time_keys_are_refilled() {
        let few = due(&held(0, 49), NOW);
        assert_eq!((few.one_time, few.one_time_kem), (51, 50));
        assert_eq!(due(&held(0, 200), NOW), Due::default());
    }
}

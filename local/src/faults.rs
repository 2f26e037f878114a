//! AWS's manners that clients must live with, switched on for tests.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How likely each is, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// A closed socket sends no `$disconnect`.
    pub lose_disconnect: f64,
    /// A post says gone (410) although the socket is there.
    pub gone: f64,
    /// A post says too many (429).
    pub throttled: f64,
    /// An event is held back for up to 50 ms, behind later ones.
    pub reorder: f64,
    /// A job is delivered twice.
    pub duplicate: f64,
    /// Expired items are never deleted (1) or in time (0).
    pub late_ttl: f64,
}

/// Text of the form `name=probability,…` that it is not.
#[derive(Debug, thiserror::Error)]
#[error("expected name=probability,… with names of the help text")]
pub struct UnknownFault;

impl FromStr for Faults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let mut faults = Faults::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(UnknownFault)?;
            let value: f64 = value.parse().map_err(|_| UnknownFault)?;
            *match name {
                "lose-disconnect" => &mut faults.lose_disconnect,
                "gone" => &mut faults.gone,
                "throttled" => &mut faults.throttled,
                "reorder" => &mut faults.reorder,
                "duplicate" => &mut faults.duplicate,
                "late-ttl" => &mut faults.late_ttl,
                _ => return Err(UnknownFault),
            } = value.clamp(0.0, 1.0);
        }
        Ok(faults)
    }
}

/// Draws whether a fault happens, the same way for the same seed.
#[derive(Debug)]
pub struct Dice {
    /// How likely each fault is.
    pub faults: Faults,
    rng: Mutex<StdRng>,
}

impl Dice {
    /// Takes the seed.
    pub fn new(faults: Faults, seed: u64) -> Self {
        Self {
            faults,
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// Draws; never true for 0, and then without a lock.
    pub fn roll(&self, probability: f64) -> bool {
        probability > 0.0 && self.rng().random_bool(probability)
    }

    /// Draws how long to hold an event back.
    pub fn hold(&self) -> Duration {
        Duration::from_millis(self.rng().random_range(1..=50))
    }

    fn rng(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_by_name() {
        let faults: Faults = "gone=0.25,late-ttl=1".parse().unwrap();
        assert_eq!(
            faults,
            Faults {
                gone: 0.25,
                late_ttl: 1.0,
                ..Faults::default()
            }
        );
        assert!("fire=1".parse::<Faults>().is_err());
        assert!("gone".parse::<Faults>().is_err());
    }

    #[test]
    fn one_seed_draws_one_sequence() {
        let draw = |seed| {
            let dice = Dice::new(Faults::default(), seed);
            (0..64).map(|_| dice.roll(0.5)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}

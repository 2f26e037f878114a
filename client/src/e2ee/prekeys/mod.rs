//! Pre-keys: what others begin sessions with while this device is away.
//!
//! A device hands over a signed X25519 key and a last-resort ML-KEM key, which everybody may use, and
//! of either kind keys for one use each. The private halves are values to be stored; [`due`] says which
//! to make; what was replaced is kept for [`KEPT_MS`].
//!
//! Ids of all kinds come from one [`KeyIds`], so that a first message names the ML-KEM key it was made
//! for by an id alone: the bundle does not say whether that was the last-resort one, so who sends
//! cannot say it either, and who receives knows.

mod ids;
mod one_time;
mod pq;
mod rotation;
mod signed;

pub use ids::{KeyIds, KeyIdsUsedUp};
pub use one_time::{OneTimePrekeyPickle, OneTimePrekeySecret};
pub use pq::{KemPrekeyPickle, KemPrekeySecret, KemUse};
pub use rotation::{
    Due, Held, KEM_KEYS_PER_UPLOAD_MAX, KEPT_MS, REFILL_BELOW, ROTATED_AFTER_MS, due,
};
pub use signed::{SignedPrekeyPickle, SignedPrekeySecret};

use crate::random::NoRandomness;

/// Reports that no pre-key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrekeyError {
    /// There was nothing to draw it from.
    #[error("no key drawn")]
    Random(#[from] NoRandomness),
    /// There is no id left.
    #[error("no key id left")]
    Ids(#[from] KeyIdsUsedUp),
}

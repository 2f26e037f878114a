//! Values of which the last one counts.

use super::Position;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Holds one value, the last that was written: by height, so a write always beats those that its writer
/// had seen, and among those at once by time and then by the message that brought it. In whichever order
/// writes come, the same one stays.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    value: T,
    at: Position,
}

impl<T> Register<T> {
    /// Begins with a value, that of the message at a position.
    pub fn new(value: T, at: Position) -> Self {
        Self { value, at }
    }

    /// Takes a value if it is later, and tells whether it is.
    pub fn set(&mut self, value: T, at: Position) -> bool {
        let is_later = at > self.at;
        if is_later {
            *self = Self::new(value, at);
        }
        is_later
    }

    /// Takes a value into what may hold none yet, and tells whether it is the last.
    pub fn set_in(slot: &mut Option<Self>, value: T, at: Position) -> bool {
        if let Some(register) = slot {
            return register.set(value, at);
        }
        *slot = Some(Self::new(value, at));
        true
    }

    /// Takes what another one holds into what may hold none yet, if it is later.
    pub fn merge(slot: &mut Option<Self>, other: Option<Self>) {
        if let Some(Self { value, at }) = other {
            Self::set_in(slot, value, at);
        }
    }

    /// Reads the value.
    pub fn value(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Register<T> {
    /// Hides the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

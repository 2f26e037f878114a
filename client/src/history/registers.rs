//! Settings by their names.

use super::{Position, Register};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bounds the names that are known. Chosen here: only a user's own devices write them.
pub const REGISTERS_MAX: usize = 1024;

/// Holds values by name, each a [`Register`]: what a user's devices have to agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Registers(BTreeMap<String, Register<Option<Vec<u8>>>>);

impl Registers {
    /// Takes a value, or that there is none any more; tells whether it is the last. Not so is that of a new
    /// name where [`REGISTERS_MAX`] are known.
    pub fn set(&mut self, name: &str, value: Option<Vec<u8>>, at: Position) -> bool {
        if let Some(register) = self.0.get_mut(name) {
            return register.set(value, at);
        }
        let has_room = self.0.len() < REGISTERS_MAX;
        if has_room {
            self.0.insert(name.to_owned(), Register::new(value, at));
        }
        has_room
    }

    /// Takes what others hold, each where it is later.
    pub fn merge(&mut self, others: Self) {
        for (name, other) in others.0 {
            let has_room = self.0.len() < REGISTERS_MAX || self.0.contains_key(&name);
            if has_room {
                let mut slot = self.0.remove(&name);
                Register::merge(&mut slot, Some(other));
                self.0.extend(slot.map(|register| (name, register)));
            }
        }
    }

    /// Reads the value of a name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name)?.value().as_deref()
    }
}

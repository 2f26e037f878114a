//! Ids of pre-keys.

use serde::{Deserialize, Serialize};

/// Counts out the ids of a device's pre-keys, of all kinds; to be stored with the keys.
///
/// They rise, as the server wants it: an id that is not above all that were uploaded is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyIds {
    next: u32,
}

/// Reports that a device has made 2^32 pre-keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all key ids are used up")]
pub struct KeyIdsUsedUp;

impl Default for KeyIds {
    /// Begins with 1.
    fn default() -> Self {
        Self { next: 1 }
    }
}

impl KeyIds {
    /// Gives the next id.
    pub(super) fn take(&mut self) -> Result<u32, KeyIdsUsedUp> {
        let id = self.next;
        self.next = id.checked_add(1).ok_or(KeyIdsUsedUp)?;
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rise_to_their_end() {
        let mut ids = KeyIds::default();
        assert_eq!((ids.take(), ids.take()), (Ok(1), Ok(2)));
        let mut ids: KeyIds = serde_json::from_str("4294967294").unwrap();
        assert_eq!(ids.take(), Ok(u32::MAX - 1));
        assert_eq!(ids.take(), Err(KeyIdsUsedUp));
        assert_eq!(ids.take(), Err(KeyIdsUsedUp));
    }
}

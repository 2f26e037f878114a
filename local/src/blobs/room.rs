//! How much room files may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what is kept, and what is about to be.
#[derive(Debug)]
pub(super) struct Room {
    used: AtomicU64,
    max: u64,
}

/// Room that is taken until this goes, unless it is kept.
#[derive(Debug)]
pub(super) struct Taken {
    room: Arc<Room>,
    bytes: u64,
}

impl Room {
    pub(super) fn new(used: u64, max: u64) -> Self {
        Self {
            used: AtomicU64::new(used),
            max,
        }
    }

    /// Takes room; `None` when there is not as much.
    pub(super) fn take(self: &Arc<Self>, bytes: u64) -> Option<Taken> {
        let after = |used: u64| used.checked_add(bytes).filter(|after| *after <= self.max);
        let order = Ordering::Relaxed;
        let taken = self.used.fetch_update(order, order, after);
        taken.ok().map(|_| Taken {
            room: self.clone(),
            bytes,
        })
    }

    /// Gives room back that was kept.
    pub(super) fn free(&self, bytes: u64) {
        let order = Ordering::Relaxed;
        let after = |used: u64| Some(used.saturating_sub(bytes));
        let _ = self.used.fetch_update(order, order, after);
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

impl Taken {
    /// Keeps the room.
    pub(super) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.free(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_as_much_room_as_there_is() {
        let room = Arc::new(Room::new(10, 100));
        let taken = room.take(90).unwrap();
        assert!(room.take(1).is_none());
        drop(taken);
        room.take(50).unwrap().keep();
        assert_eq!(room.used(), 60);
        assert!(room.take(u64::MAX).is_none());
        room.free(60);
        assert_eq!(room.used(), 0);
    }
}

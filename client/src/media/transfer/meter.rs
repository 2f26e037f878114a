//! How far a transfer is.

use super::{Event, JobId, Listener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the bytes of a transfer, and tells of them.
pub(super) struct Meter {
    id: JobId,
    total_bytes: u64,
    done_bytes: AtomicU64,
    listener: Arc<dyn Listener>,
}

impl Meter {
    pub(super) fn new(
        id: JobId,
        done_bytes: u64,
        total_bytes: u64,
        listener: &Arc<dyn Listener>,
    ) -> Self {
        Self {
            id,
            total_bytes,
            done_bytes: AtomicU64::new(done_bytes),
            listener: Arc::clone(listener),
        }
    }

    /// Counts bytes that go, or come.
    pub(super) fn add(&self, bytes: usize) {
        let before = self.done_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.tell(before.saturating_add(bytes as u64));
    }

    /// Sets right how many are there: what was on its way is not.
    pub(super) fn set(&self, done_bytes: u64) {
        let before = self.done_bytes.swap(done_bytes, Ordering::Relaxed);
        if before != done_bytes {
            self.tell(done_bytes);
        }
    }

    /// Tells how many bytes were counted.
    pub(super) fn done_bytes(&self) -> u64 {
        self.done_bytes.load(Ordering::Relaxed)
    }

    fn tell(&self, done_bytes: u64) {
        (self.listener)(Event::Progress {
            id: self.id,
            done_bytes: done_bytes.min(self.total_bytes),
            total_bytes: self.total_bytes,
        });
    }
}

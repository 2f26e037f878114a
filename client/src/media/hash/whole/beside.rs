//! A hash that is made on a thread of its own, so that it takes no time from what else is done.

use crate::media::hash::Hasher;
use heliograph_protocol::media::Sha256;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

/// How many pieces may wait to be hashed: with those in use they take a third of a megabyte.
const WAITING_MAX: usize = 4;

/// Hashes copies of what it is given.
pub(in crate::media) struct Beside {
    pieces: SyncSender<Vec<u8>>,
    /// The pieces that were hashed, to be used again.
    used: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Beside {
    /// Goes on with a hash that was begun.
    ///
    /// # Errors
    /// The system's, where it has no thread to give, as browsers have not.
    pub(super) fn start(mut hasher: Hasher) -> io::Result<Self> {
        let (pieces, coming) = sync_channel::<Vec<u8>>(WAITING_MAX);
        let (back, used) = channel();
        let thread = Builder::new().spawn(move || {
            for piece in coming {
                hasher.update(&piece);
                // Who gives up wants none back.
                _ = back.send(piece);
            }
            hasher.finish()
        })?;
        Ok(Self {
            pieces,
            used,
            thread,
        })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        let mut piece = self.used.try_recv().unwrap_or_default();
        piece.clear();
        piece.extend_from_slice(bytes);
        // Refused only by a thread that panicked, which the end tells.
        _ = self.pieces.send(piece);
    }

    pub(super) fn finish(self) -> Sha256 {
        drop(self.pieces);
        let hash = self.thread.join();
        hash.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_up_leaves_no_thread_that_waits() {
        let mut beside = Beside::start(Hasher::new()).unwrap();
        beside.update(b"given up");
        let Beside {
            pieces,
            used,
            thread,
        } = beside;
        drop((pieces, used));
        thread.join().unwrap();
    }
}

//! The Store port on one machine: a SQLite file for what must last, memory for what must not.
//!
//! * **Durable.** A write is answered after the fsync of the commit that holds it. It survives
//!   kill -9, and power loss as far as the disk keeps what it has confirmed.
//! * **Group commit.** One thread writes. It takes all that wait into one transaction, so that many
//!   writers share one fsync; a write that is refused or fails does not touch the others.
//! * **In order.** A write is submitted when its future is first polled, and writes are done in the
//!   order of submission. Dropping the future does not take the write back.
//! * **Reads** run on the caller's thread, on snapshots, and wait for no commit. They take
//!   microseconds, a page of 1 MB about a millisecond.
//! * **Deleted is gone.** Deleted content is overwritten in the file, and leaves the log about a
//!   second later.
//! * **Volatile tables** live in memory ([`Table::is_volatile`]).
//!
//! The reasons and the measurements are in `docs/adr/0002-embedded-store.md`.
//!
//! [`Table::is_volatile`]: heliograph_domain::store::Table::is_volatile

mod codec;
mod connection;
mod error;
mod open;
mod port;
mod reader;
mod row;
mod schema;
mod walk;
mod writer;

pub use open::OpenError;

use heliograph_domain::store::{MemoryStore, StoreError};
use reader::Readers;
use std::fs::File;
use std::path::Path;
use walk::Walk;
use writer::{Checkpointer, Purge, PurgeFound, Writer};

/// How many steps of the [`Walk`] a purge makes.
const WALK_STEPS: usize = 20;

/// How a store is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The most bytes that the file may have; writes beyond are `Unavailable`. `None` leaves it to
    /// the disk.
    pub max_bytes: Option<u64>,
}

/// A store in a directory of this machine.
///
/// Dropping it waits until everything submitted has been written.
#[derive(Debug)]
pub struct EmbeddedStore {
    // In the order in which they must end.
    readers: Readers,
    _checkpointer: Checkpointer,
    writer: Writer,
    memory: MemoryStore,
    walk: Walk,
    _lock: File,
}

impl EmbeddedStore {
    /// Opens the store in a directory, which is made where it is missing.
    ///
    /// # Errors
    /// [`OpenError`] says what is in the way: another process, another program's file, a newer
    /// version's, the file system.
    pub fn open(directory: &Path, options: &Options) -> Result<Self, OpenError> {
        let open::Opened { file, lock } = open::open(directory, options)?;
        let failed = |source| OpenError::Io {
            path: file.clone(),
            source,
        };
        let writer = Writer::start(&file, options).map_err(failed)?;
        let checkpointer = Checkpointer::start(&file, &writer).map_err(failed)?;
        Ok(Self {
            readers: Readers::new(file),
            _checkpointer: checkpointer,
            writer,
            memory: MemoryStore::new(),
            walk: Walk::new(schema::UNINDEXED),
            _lock: lock,
        })
    }

    /// Deletes what has expired by `now_s`, seconds since the Unix epoch, in commits short enough not to
    /// hold up others; returns how many items that were. In inboxes it looks at the next 10,000 items
    /// and goes on there when it is called again; elsewhere it finds everything.
    ///
    /// # Errors
    /// `Unavailable`; some may have been deleted.
    pub async fn purge_expired(&self, now_s: u64) -> Result<usize, StoreError> {
        let mut count = self.memory.purge_expired(now_s);
        for table in schema::tables().filter(|table| *table != schema::UNINDEXED) {
            loop {
                let purged = self.writer.submit(Purge::new(table, now_s)).wait().await?;
                count += purged.count;
                if !purged.more {
                    break;
                }
            }
        }
        for _ in 0..WALK_STEPS {
            let step = self.walk.step(&self.readers, now_s)?;
            if !step.expired.is_empty() {
                let found = PurgeFound::new(step.expired, now_s);
                count += self.writer.submit(found).wait().await?;
            }
            if step.is_last {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(count)
    }
}

//! Keeping the log short, off the commit path, so that what is deleted leaves it within seconds.
//!
//! SQLite's log holds old pages, and with them deleted content, until it is cut. A thread of its own
//! copies the log into the file while commits go on (a passive checkpoint); then the writer, between
//! two transactions, copies the little that came meanwhile and cuts the log to nothing.

use crate::store::connection;
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long what was deleted stays in the log, at least when no reader is in the way.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often the length of the log is looked at while it grows.
const LOOK: Duration = Duration::from_millis(100);
/// A log of this length is copied before its time.
const LOG_BYTES: u64 = 16 << 20;

/// Says that there is something in the log.
#[derive(Debug, Default)]
pub(super) struct Signal {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    changed: bool,
    stopped: bool,
}

impl Signal {
    /// Notes a commit.
    pub(super) fn changed(&self) {
        let mut state = self.state();
        if !state.changed {
            state.changed = true;
            self.woken.notify_all();
        }
    }

    fn stop(&self) {
        self.state().stopped = true;
        self.woken.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a commit and then until the log is old or long; false when it is time to stop.
    fn wait(&self, log: &Path) -> bool {
        let mut state = self
            .woken
            .wait_while(self.state(), |state| !state.changed && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        let since = Instant::now();
        while !state.stopped && since.elapsed() < INTERVAL && length(log) < LOG_BYTES {
            (state, _) = self
                .woken
                .wait_timeout(state, LOOK)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.changed = false;
        !state.stopped
    }
}

/// The thread that keeps the log short; dropping it waits for its end.
#[derive(Debug)]
pub(in crate::store) struct Checkpointer {
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread for a writer.
    pub(in crate::store) fn start(file: &Path, writer: &super::Writer) -> io::Result<Self> {
        let signal = writer.signal.clone();
        let (of_thread, file, log) = (signal.clone(), file.to_owned(), log_of(file));
        let truncate = writer.truncate();
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || {
                let Some(truncate) = truncate else { return };
                while of_thread.wait(&log) {
                    if let Err(error) = passive(&file) {
                        let error = heliograph_domain::chain(&error);
                        tracing::warn!(error, "failed to copy the log");
                    }
                    truncate();
                }
            })?;
        Ok(Self {
            signal,
            thread: Some(thread),
        })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.signal.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Copies what is in the log into the file, without holding anybody up.
fn passive(file: &Path) -> Result<(), rusqlite::Error> {
    let connection = connection::checkpointer(file)?;
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Copies the rest and cuts the log to nothing; false when a reader was in the way.
pub(super) fn truncate(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0).map(|busy| busy == 0)
    })
}

fn log_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

//! Keeping the log short, off the commit path, so that what is deleted leaves it within seconds.
//!
//! SQLite's log holds old pages, and with them deleted content, until it is written over or cut. A
//! thread of its own copies the log into the file while commits go on (a passive checkpoint); then
//! the writer, between two transactions, copies the little that came meanwhile and starts the log
//! again from its beginning. Every few seconds, and as soon as commits pause, it cuts the log to
//! nothing. Not every time: a log that is written over is fsynced in half the time of one that grows.

use crate::store::connection;
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long commits go to one log.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long what was deleted stays in a log that is in constant use, when no reader is in the way.
const CUT_INTERVAL: Duration = Duration::from_secs(4);
/// How often the length of the log is looked at while it grows.
const LOOK: Duration = Duration::from_millis(100);
/// A log of so many pages (16 MB) is copied before its time.
const LOG_PAGES: i64 = 4096;

/// What the writer shall do with a log that has been copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    /// Write it from its beginning again.
    Restart,
    /// Cut it to nothing.
    Cut,
}

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

    /// Waits for a commit, takes note of it, and waits until the log is old or long; false when it
    /// is time to stop.
    fn wait(&self, mut is_long: impl FnMut() -> bool) -> bool {
        let mut state = self
            .woken
            .wait_while(self.state(), |state| !state.changed && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        state.changed = false;
        let since = Instant::now();
        while !state.stopped && since.elapsed() < INTERVAL {
            (state, _) = self
                .woken
                .wait_timeout_while(state, LOOK, |state| !state.stopped)
                .unwrap_or_else(PoisonError::into_inner);
            drop(state);
            if is_long() {
                return true;
            }
            state = self.state();
        }
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
        let (of_thread, file) = (signal.clone(), file.to_owned());
        let reset = writer.resetter();
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || run(&of_thread, file, reset))?;
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

fn run(signal: &Signal, file: PathBuf, reset: impl Fn(Reset)) {
    let mut log = Log {
        file,
        connection: None,
    };
    let mut last_cut = Instant::now();
    while signal.wait(|| log.pages().is_some_and(|pages| pages >= LOG_PAGES)) {
        log.copy();
        let paused = !signal.state().changed;
        if paused || last_cut.elapsed() >= CUT_INTERVAL {
            last_cut = Instant::now();
            reset(Reset::Cut);
        } else {
            reset(Reset::Restart);
        }
    }
}

/// The log, as this thread sees it.
struct Log {
    file: PathBuf,
    /// None at first, and after a failure: such a connection is not used again.
    connection: Option<Connection>,
}

impl Log {
    /// Tells how many pages are in it.
    fn pages(&mut self) -> Option<i64> {
        self.ask("PRAGMA wal_checkpoint(NOOP)")
    }

    /// Copies what is in it into the file, without holding anybody up.
    fn copy(&mut self) {
        self.ask("PRAGMA wal_checkpoint(PASSIVE)");
    }

    fn ask(&mut self, sql: &str) -> Option<i64> {
        match self.try_ask(sql) {
            Ok(pages) => Some(pages),
            Err(error) => {
                self.connection = None;
                let error = heliograph_domain::chain(&error);
                tracing::warn!(error, "failed to copy the log");
                None
            }
        }
    }

    fn try_ask(&mut self, sql: &str) -> Result<i64, rusqlite::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connection::checkpointer(&self.file)?),
        };
        connection
            .prepare_cached(sql)?
            .query_row([], |row| row.get(1))
    }
}

/// Copies the rest of the log and resets it; false when a reader was in the way.
pub(super) fn reset(connection: &Connection, reset: Reset) -> Result<bool, rusqlite::Error> {
    let sql = match reset {
        Reset::Restart => "PRAGMA wal_checkpoint(RESTART)",
        Reset::Cut => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get::<_, i64>(0).map(|busy| busy == 0))
}

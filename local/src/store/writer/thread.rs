//! The thread's loop: take what waits, commit, answer.

use super::checkpoint::{self, Reset, Signal};
use super::intake::Intake;
use super::job::Run;
use super::tables::Tables;
use crate::store::Options;
use crate::store::connection;
use crate::store::error::is_damage;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;

/// What the thread owns.
pub(super) struct Thread {
    file: PathBuf,
    options: Options,
    signal: Arc<Signal>,
    /// None until the first commit, and after one that failed: such a connection is not used again.
    connection: Option<Connection>,
}

impl Thread {
    pub(super) fn new(file: PathBuf, options: Options, signal: Arc<Signal>) -> Self {
        Self {
            file,
            options,
            signal,
            connection: None,
        }
    }

    /// Serves until all senders are gone and the queue is empty.
    pub(super) fn run(mut self, mut intake: Intake) {
        while let Some(turn) = intake.turn() {
            self.commit(turn.jobs);
            if let Some(how) = turn.reset {
                self.reset(how);
            }
        }
    }

    /// Does the jobs in one transaction and answers them.
    ///
    /// Where the file is damaged, each job is tried alone, so that only those that meet the damage
    /// fail. Other failures (no space, a broken disk) fail them all.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Run>>) {
        if jobs.is_empty() {
            return;
        }
        match self.attempt(&mut jobs) {
            Ok(()) => {
                self.signal.changed();
                jobs.into_iter().for_each(Run::answer);
            }
            Err(error) if is_damage(&error) && jobs.len() > 1 => {
                jobs.into_iter().for_each(|job| self.commit(vec![job]));
            }
            Err(error) => {
                let error = Arc::new(error);
                jobs.into_iter().for_each(|job| job.fail(&error));
            }
        }
    }

    fn attempt(&mut self, jobs: &mut [Box<dyn Run>]) -> Result<(), rusqlite::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connection::writer(&self.file, &self.options)?,
        };
        transact(&connection, jobs)?; // closing the connection rolls back
        self.connection = Some(connection);
        Ok(())
    }

    fn reset(&mut self, how: Reset) {
        let Some(connection) = &self.connection else {
            return;
        };
        match checkpoint::reset(connection, how) {
            Ok(true) => {}
            Ok(false) => self.signal.changed(), // a reader was in the way: again, later
            Err(error) => {
                let error = heliograph_domain::chain(&error);
                tracing::warn!(error, "failed to reset the log");
                self.signal.changed();
            }
        }
    }
}

/// Does all jobs in one transaction; they are durable when it returns.
fn transact(connection: &Connection, jobs: &mut [Box<dyn Run>]) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let tables = Tables::within(connection);
    for job in jobs {
        job.run(&tables)?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

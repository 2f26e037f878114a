//! The thread's loop: take what waits, commit, answer.

use super::batch::Batch;
use super::checkpoint::Signal;
use super::job::{Message, Run};
use crate::store::Options;
use crate::store::connection;
use crate::store::error::is_damage;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

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
    pub(super) fn run(mut self, waiting: &Receiver<Message>) {
        while let Ok(first) = waiting.recv() {
            let mut batch = Batch::default();
            let mut next = Some(first);
            let mut truncate = false;
            while let Some(message) = next {
                match message {
                    Message::Job(job) => batch.push(job),
                    Message::TruncateLog => truncate = true,
                }
                next = if batch.is_full() || truncate {
                    None
                } else {
                    waiting.try_recv().ok()
                };
            }
            self.commit(batch.into_jobs());
            if truncate {
                self.truncate();
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
        super::batch::commit(&connection, jobs)?; // closing the connection rolls back
        self.connection = Some(connection);
        Ok(())
    }

    fn truncate(&mut self) {
        let Some(connection) = &self.connection else {
            return;
        };
        match super::checkpoint::truncate(connection) {
            Ok(true) => {}
            Ok(false) => self.signal.changed(), // a reader was in the way: again, later
            Err(error) => {
                tracing::warn!(
                    error = heliograph_domain::chain(&error),
                    "failed to truncate the log"
                );
                self.signal.changed();
            }
        }
    }
}

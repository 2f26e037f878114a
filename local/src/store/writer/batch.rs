//! Jobs that share a transaction.

use super::job::Run;
use super::tables::Tables;
use rusqlite::Connection;

/// More jobs would make the first of them wait too long.
const JOBS_MAX: usize = 1024;
/// More bytes would make the log, and the wait, too long.
const BYTES_MAX: u64 = 4 << 20;

/// Jobs for the next transaction, in the order in which they were submitted.
#[derive(Default)]
pub(super) struct Batch {
    jobs: Vec<Box<dyn Run>>,
    bytes: u64,
}

impl Batch {
    pub(super) fn push(&mut self, job: Box<dyn Run>) {
        self.bytes += job.bytes();
        self.jobs.push(job);
    }

    pub(super) fn is_full(&self) -> bool {
        self.jobs.len() >= JOBS_MAX || self.bytes >= BYTES_MAX
    }

    pub(super) fn into_jobs(self) -> Vec<Box<dyn Run>> {
        self.jobs
    }
}

/// Does all jobs in one transaction; they are durable when it returns.
///
/// # Errors
/// When the transaction is lost; the connection may still be in it.
pub(super) fn commit(
    connection: &Connection,
    jobs: &mut [Box<dyn Run>],
) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let tables = Tables::within(connection);
    for job in jobs {
        job.run(&tables)?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

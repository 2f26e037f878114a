//! The transfers that have not ended, as this process knows them.

use super::JobId;
use super::job::Job;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::AbortHandle;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps transfers; a clone keeps the same ones.
#[derive(Clone)]
pub(super) struct Entries {
    kept: Arc<Mutex<BTreeMap<JobId, Entry>>>,
    adding: UnboundedSender<JobId>,
}

/// Is a transfer that has not ended.
pub(super) struct Entry {
    pub(super) job: Job,
    /// Stops it where it runs.
    pub(super) stop: Option<AbortHandle>,
}

impl Entries {
    /// Begins with some; gives what tells of those that are added.
    pub(super) fn new(jobs: Vec<(JobId, Job)>) -> (Self, UnboundedReceiver<JobId>) {
        let (adding, added) = unbounded();
        let entry = |job| Entry { job, stop: None };
        let kept = jobs.into_iter().map(|(id, job)| (id, entry(job)));
        let kept = Arc::new(Mutex::new(kept.collect()));
        (Self { kept, adding }, added)
    }

    /// Adds one. Who runs is told; if nobody does, whoever will looks for it.
    pub(super) fn add(&self, id: JobId, job: Job) {
        self.lock().insert(id, Entry { job, stop: None });
        _ = self.adding.unbounded_send(id);
    }

    /// Tells how far one is; nothing where it has ended or was cancelled.
    pub(super) fn job(&self, id: JobId) -> Option<Job> {
        self.lock().get(&id).map(|entry| entry.job.clone())
    }

    /// Keeps how far one is as long as this process runs.
    pub(super) fn keep(&self, id: JobId, job: Job) {
        if let Some(entry) = self.lock().get_mut(&id) {
            entry.job = job;
        }
    }

    /// Keeps what stops one.
    pub(super) fn stop_with(&self, id: JobId, stop: AbortHandle) {
        if let Some(entry) = self.lock().get_mut(&id) {
            entry.stop = Some(stop);
        }
    }

    /// Forgets one: of those who try at the same time, one gets it.
    pub(super) fn take(&self, id: JobId) -> Option<Entry> {
        self.lock().remove(&id)
    }

    /// Lists them, the oldest first.
    pub(super) fn ids(&self) -> Vec<JobId> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, Entry>> {
        // Whoever panicked left it as it was.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Which transfers go on when, and what becomes of those that do not.

use super::backoff::delay_ms;
use super::job::{End, Job};
use super::setback::Setback;
use super::transfers::Transfers;
use super::{Event, JobId, MediaService, RetryReason};
use crate::random;
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable, Either, select};
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeSet;
use std::path::Path;

impl Transfers {
    /// Does what there is to be done, now and whenever more is added, for as long as it is awaited.
    ///
    /// What fails and may pass is tried again by itself, after a second or two at first and five minutes
    /// at last. Whoever knows that the network is back drops this and runs it anew: all is tried at once
    /// then, and goes on where it was. While one runs, another waits.
    pub async fn run<S: MediaService + ?Sized>(&self, service: &S) {
        let mut added = self.added.lock().await;
        loop {
            self.work_off(service, &mut added).await;
            // The sender is here too, so there is a next one.
            _ = added.next().await;
        }
    }

    /// Does what there is to be done, and returns when there is nothing more.
    pub async fn run_until_idle<S: MediaService + ?Sized>(&self, service: &S) {
        let mut added = self.added.lock().await;
        self.work_off(service, &mut added).await;
    }

    async fn work_off<S: MediaService + ?Sized>(
        &self,
        service: &S,
        added: &mut UnboundedReceiver<JobId>,
    ) {
        let mut known = BTreeSet::new();
        let mut running = FuturesUnordered::new();
        loop {
            for id in self.pending() {
                if known.insert(id) {
                    running.push(self.work(id, service));
                }
            }
            if running.is_empty() {
                return;
            }
            if let Either::Left((Some(id), _)) = select(running.next(), added.next()).await {
                known.remove(&id);
            }
        }
    }

    /// Works on one until it has ended or is cancelled.
    async fn work<S: MediaService + ?Sized>(&self, id: JobId, service: &S) -> JobId {
        let (stop, stopped) = AbortHandle::new_pair();
        self.entries.stop_with(id, stop);
        // Who cancels cleans up.
        _ = Abortable::new(self.try_on(id, service), stopped).await;
        id
    }

    async fn try_on<S: MediaService + ?Sized>(&self, id: JobId, service: &S) {
        let mut failures = 0;
        loop {
            let slot = self.slots.acquire().await;
            let Some(job) = self.entries.job(id) else {
                return;
            };
            let tried = match job {
                Job::Upload(upload) => self.put(id, *upload, service, &mut failures).await,
                Job::Download(download) => self.get(id, *download, service, &mut failures).await,
                // Whoever gave it its name may not have come to that.
                Job::Ended(End::Downloaded(to)) => self.publish_again(id, to).await,
                Job::Ended(end) => Ok(end),
            };
            drop(slot);
            let (because, asked_ms) = match tried {
                Ok(end) => return self.end(id, end).await,
                Err(Setback::Final(error)) => return self.end(id, End::Failed(error)).await,
                Err(Setback::Stale) => (RetryReason::Expired, None),
                Err(Setback::Passing {
                    because,
                    retry_after_ms,
                }) => (because, retry_after_ms),
            };
            failures += 1;
            // Without chance it waits as well.
            let chance = random::bytes().map_or(0, u64::from_be_bytes);
            let retry_in_ms = delay_ms(failures, chance, asked_ms);
            self.wait(id, retry_in_ms, because).await;
        }
    }

    async fn wait(&self, id: JobId, retry_in_ms: u64, because: RetryReason) {
        (self.listener)(Event::Waiting {
            id,
            retry_in_ms,
            because,
        });
        self.clock.sleep_ms(retry_in_ms).await;
    }

    /// Notes the end of a transfer, tells of it, and forgets it. A disk that fails here keeps nobody from
    /// being told.
    async fn end(&self, id: JobId, end: End) {
        let job = self.entries.job(id);
        let to = job.as_ref().and_then(Job::partial_of).map(Path::to_owned);
        if let (Some(to), End::Failed(_)) = (to, &end) {
            // As long as the note says where it is.
            _ = self.files.remove_partial(id, to).await;
        }
        let ended = Job::Ended(end.clone());
        if job.as_ref() != Some(&ended) {
            _ = self.note(id, ended).await;
        }
        // Who has cancelled it meanwhile was promised that nothing is told, and cleans up.
        if self.entries.take(id).is_none() {
            return;
        }
        (self.listener)(Event::of_end(id, end));
        _ = self.forget(id, None).await;
    }
}

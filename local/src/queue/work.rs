//! The workers: they take what waits, and offer again what failed.

use super::lanes::Lanes;
use super::{Waiting, Workers};
use crate::server::Server;
use futures_util::FutureExt;
use futures_util::future::join_all;
use heliograph_domain::ports::QueueName;
use heliograph_domain::store::Write;
use heliograph_lambda::jobs::{JobsReply, Trigger, TriggerReply, event_of};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many jobs of a queue are done at a time.
fn at_once(queue: QueueName) -> usize {
    match queue {
        QueueName::Presence | QueueName::Notifications | QueueName::Receipts => 64,
        // One is 256 writes and as many posts: whoever else writes waits behind them.
        QueueName::FanOut => 4,
    }
}

/// How often a job is tried, as often as the template's queues do.
const TRIES: u32 = 5;
/// How long a failed job waits before the next try, times how often it has failed.
const BACKOFF: Duration = Duration::from_secs(1);
/// Does jobs until `stop`, and then those that wait; each queue has workers of its own, so that none
/// waits for another's.
pub async fn work(server: Arc<Server>, workers: Workers, stop: CancellationToken) {
    let queues = workers.0.into_iter();
    join_all(queues.map(|(name, jobs)| work_off(server.clone(), name, jobs, stop.clone()))).await;
}

async fn work_off(
    server: Arc<Server>,
    name: QueueName,
    mut jobs: mpsc::UnboundedReceiver<Waiting>,
    stop: CancellationToken,
) {
    let free = Arc::new(Semaphore::new(at_once(name)));
    let lanes = Arc::new(Lanes::default());
    let tasks = TaskTracker::new();
    loop {
        let waiting = tokio::select! {
            biased;
            waiting = jobs.recv() => waiting,
            () = stop.cancelled() => None,
        };
        let Some(waiting) = waiting else { break };
        let (server, free) = (server.clone(), free.clone());
        let Some(group_id) = waiting.job.group_id().cloned() else {
            let Ok(permit) = free.acquire_owned().await else {
                break;
            };
            tasks.spawn(async move {
                work_together(&server, vec![waiting]).await;
                drop(permit);
            });
            continue;
        };
        if lanes.enter(&group_id, waiting) {
            let lanes = lanes.clone();
            tasks.spawn(async move {
                while let Some(waiting) = lanes.next(&group_id) {
                    let permit = free.acquire().await;
                    // A lane whose task has died would never be worked off again.
                    let _ = AssertUnwindSafe(work_together(&server, waiting))
                        .catch_unwind()
                        .await;
                    drop(permit);
                }
            });
        }
    }
    tasks.close();
    tasks.wait().await;
}

async fn work_together(server: &Server, waiting: Vec<Waiting>) {
    let failed = call(server, &waiting).await;
    for (place, waiting) in waiting.into_iter().enumerate() {
        if failed.contains(&place.to_string()) {
            again(server, waiting).await;
        } else {
            finish(server, &waiting).await;
        }
    }
}

/// Calls the function of jobs of one queue; tells which are not done, by their places.
async fn call(server: &Server, waiting: &[Waiting]) -> BTreeSet<String> {
    let app = &server.app;
    let cx = app.context();
    let event = event_of(waiting.iter().map(|it| &it.job));
    let Some(queue) = waiting.first().map(|it| it.job.queue()) else {
        return BTreeSet::new();
    };
    let (route, reply) = match queue {
        QueueName::Presence => {
            match heliograph_presence::handle(app, &cx, Trigger::Jobs(event)).await {
                TriggerReply::Jobs(reply) => ("presence", reply),
                TriggerReply::Frame(_) => ("presence", JobsReply::default()),
            }
        }
        QueueName::Notifications => ("notify", heliograph_notify::handle(app, &cx, event).await),
        QueueName::FanOut | QueueName::Receipts => {
            ("fanout", heliograph_fanout::handle(app, &cx, event).await)
        }
    };
    server.metrics.invoked(route, &cx);
    let failed = reply.batch_item_failures.into_iter();
    failed.map(|it| it.item_identifier).collect()
}

async fn finish(server: &Server, waiting: &Waiting) {
    let Some(row) = &waiting.row else { return };
    let cx = server.app.context();
    let deleted = server
        .app
        .store
        .write(&cx, Write::delete(row.clone()))
        .await;
    if let Err(error) = deleted {
        // It is done once more after the next start, which is as good.
        tracing::warn!(error = heliograph_domain::chain(&error), "job kept");
    }
}

/// Offers a failed job again after a while, or gives it up.
async fn again(server: &Server, mut waiting: Waiting) {
    waiting.failures += 1;
    if waiting.failures < TRIES {
        let backoff = BACKOFF * waiting.failures;
        server.queue.wait(waiting, backoff);
        return;
    }
    tracing::error!(queue = waiting.job.queue().name(), "job given up");
    finish(server, &waiting).await;
}

//! The Queue port in one process: workers beside the gateway, with SQS's manners.
//!
//! A job is done at least once and in no order; one that fails comes again after a while, five times
//! in all, and is then given up. Jobs that must outlive the process are kept in the store until they
//! are done; who has come or gone need not, since a server that starts again has no sockets. A server
//! that stops in order does what waits.

use crate::faults::Dice;
use crate::server::Server;
use async_trait::async_trait;
use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::ports::{Ids, Job, Queue, QueueError, QueueName};
use heliograph_domain::store::{Field, Item, Key, Query, Store, Table, Write};
use heliograph_lambda::jobs::{Trigger, TriggerReply, event_of};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// How many jobs of a queue are done at a time.
const AT_ONCE: usize = 64;
/// How often a job is tried, as often as the template's queues do.
const TRIES: u32 = 5;
/// How long a failed job waits before the next try, times how often it has failed.
const BACKOFF: Duration = Duration::from_secs(1);
const BODY: &str = "body";

/// Takes jobs, and keeps those that must last.
pub struct LocalQueue {
    store: Arc<dyn Store>,
    ids: Arc<dyn Ids>,
    dice: Arc<Dice>,
    presence: mpsc::UnboundedSender<Waiting>,
    notifications: mpsc::UnboundedSender<Waiting>,
}

/// What the workers of each queue take from.
pub struct Workers(Vec<mpsc::UnboundedReceiver<Waiting>>);

/// A job that waits for a worker.
#[derive(Clone, Debug)]
struct Waiting {
    job: Job,
    /// Its row, if it must last.
    row: Option<Key>,
    failures: u32,
}

impl LocalQueue {
    /// Makes the queues, and what their workers take from.
    pub fn new(store: Arc<dyn Store>, ids: Arc<dyn Ids>, dice: Arc<Dice>) -> (Self, Workers) {
        let (presence, presence_jobs) = mpsc::unbounded_channel();
        let (notifications, notification_jobs) = mpsc::unbounded_channel();
        let queue = Self {
            store,
            ids,
            dice,
            presence,
            notifications,
        };
        (queue, Workers(vec![presence_jobs, notification_jobs]))
    }

    /// Queues what an earlier process has left.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn resume(&self, cx: &Context) -> anyhow::Result<()> {
        for name in QueueName::ALL {
            let mut after = None;
            loop {
                let query = Query::partition(Table::Jobs, name.name(), 1000).after(after);
                let page = self.store.query(cx, &query).await?;
                for item in page.items {
                    let body = item.text(BODY).unwrap_or_default();
                    match serde_json::from_str(body) {
                        Ok(job) => self.offer(job, Some(item.key)),
                        Err(_) => {
                            tracing::error!(queue = name.name(), "a row is no job");
                            self.store.write(cx, Write::delete(item.key)).await?;
                        }
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn offer(&self, job: Job, row: Option<Key>) {
        let times = if self.dice.roll(self.dice.faults.duplicate) {
            2
        } else {
            1
        };
        for _ in 0..times {
            self.wait(Waiting {
                job: job.clone(),
                row: row.clone(),
                failures: 0,
            });
        }
    }

    fn wait(&self, waiting: Waiting) {
        let queue = match waiting.job.queue() {
            QueueName::Presence => &self.presence,
            QueueName::Notifications => &self.notifications,
        };
        // The workers are gone when the process ends; what lasts is found again.
        let _ = queue.send(waiting);
    }
}

/// Whether a queue's jobs must outlive the process.
fn lasts(queue: QueueName) -> bool {
    match queue {
        QueueName::Presence => false,
        QueueName::Notifications => true,
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn send(&self, cx: &Context, jobs: Vec<Job>) -> Result<(), QueueError> {
        cx.meter.queue_request();
        let mut writes = Vec::new();
        let mut offers = Vec::new();
        for job in jobs {
            let queue = job.queue();
            let row = lasts(queue)
                .then(|| Key::sorted(Table::Jobs, queue.name(), self.ids.uuid().to_string()));
            if let Some(key) = &row {
                let body = serde_json::to_string(&job).map_err(QueueError::because)?;
                let item = Item::new(key.clone()).with(BODY, Field::Text(body));
                writes.push(Write::put(item));
            }
            offers.push((job, row));
        }
        // What is kept here is no part of the invocation's bill: on AWS it is SQS.
        let unbilled = Context::at(cx.now_ms());
        let kept = self.store.batch_write(&unbilled, writes).await;
        kept.map_err(QueueError::because)?;
        for (job, row) in offers {
            self.offer(job, row);
        }
        Ok(())
    }
}

/// Does jobs until `stop`, and then those that wait; each queue has workers of its own, so that none
/// waits for another's.
pub async fn work(server: Arc<Server>, workers: Workers, stop: CancellationToken) {
    let queues = workers.0.into_iter();
    join_all(queues.map(|jobs| work_off(server.clone(), jobs, stop.clone()))).await;
}

async fn work_off(
    server: Arc<Server>,
    mut jobs: mpsc::UnboundedReceiver<Waiting>,
    stop: CancellationToken,
) {
    let free = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let waiting = tokio::select! {
            biased;
            waiting = jobs.recv() => waiting,
            () = stop.cancelled() => None,
        };
        let permit = free.clone().acquire_owned().await;
        let (Some(waiting), Ok(permit)) = (waiting, permit) else {
            break;
        };
        let server = server.clone();
        tokio::spawn(async move {
            let is_done = do_one(&server, &waiting.job).await;
            if is_done {
                finish(&server, &waiting).await;
            }
            drop(permit);
            if !is_done {
                again(&server, waiting).await;
            }
        });
    }
    let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
    let _ = free.acquire_many(all).await;
}

/// Calls the function of a job; tells whether it is done.
async fn do_one(server: &Server, job: &Job) -> bool {
    let app = &server.app;
    let cx = app.context();
    let event = event_of(job);
    let (route, reply) = match job.queue() {
        QueueName::Presence => {
            let reply = heliograph_presence::handle(app, &cx, Trigger::Jobs(event)).await;
            let TriggerReply::Jobs(reply) = reply else {
                return false;
            };
            ("presence", reply)
        }
        QueueName::Notifications => ("notify", heliograph_notify::handle(app, &cx, event).await),
    };
    server.metrics.invoked(route, &cx);
    reply.batch_item_failures.is_empty()
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
        tokio::time::sleep(BACKOFF * waiting.failures).await;
        server.queue.wait(waiting);
        return;
    }
    tracing::error!(queue = waiting.job.queue().name(), "job given up");
    finish(server, &waiting).await;
}

//! The Queue port in one process: workers beside the gateway, with SQS's manners.
//!
//! A job is done at least once and in no order; one that fails comes again after a while, five times
//! in all, and is then set aside. Jobs that must outlive the process are kept in the store until they
//! are done; who has come or gone need not, since a server that starts again has no sockets.

use crate::faults::Dice;
use crate::server::Server;
use async_trait::async_trait;
use heliograph_domain::Context;
use heliograph_domain::ports::{Ids, Job, Queue, QueueError, QueueName};
use heliograph_domain::store::{Consistency, Field, Item, Key, Query, Store, Table, Write};
use heliograph_lambda::jobs::{Trigger, TriggerReply, event_of};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// How many jobs are done at a time.
const AT_ONCE: usize = 64;
/// How often a job is tried; as the template's queues do.
const TRIES: u32 = 5;
/// How long a failed job waits before the next try, times how often it has failed.
const BACKOFF: Duration = Duration::from_secs(1);
/// How long a job that was set aside is kept for somebody to look at: 14 days.
const DEAD_S: u64 = 14 * 24 * 60 * 60;

const BODY: &str = "body";
const DEAD: &str = "dead";

/// Takes jobs, and keeps those that must last.
pub struct LocalQueue {
    store: Arc<dyn Store>,
    ids: Arc<dyn Ids>,
    dice: Arc<Dice>,
    waiting: mpsc::UnboundedSender<Waiting>,
}

/// A job that waits for a worker.
#[derive(Clone, Debug)]
pub struct Waiting {
    job: Job,
    /// Its row, if it must last.
    row: Option<Key>,
    failures: u32,
}

impl LocalQueue {
    /// Makes a queue, and what its workers take from.
    pub fn new(
        store: Arc<dyn Store>,
        ids: Arc<dyn Ids>,
        dice: Arc<Dice>,
    ) -> (Self, mpsc::UnboundedReceiver<Waiting>) {
        let (waiting, workers) = mpsc::unbounded_channel();
        let queue = Self {
            store,
            ids,
            dice,
            waiting,
        };
        (queue, workers)
    }

    /// Queues what an earlier process has left.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn resume(&self, cx: &Context) -> anyhow::Result<()> {
        for name in QueueName::ALL {
            let mut after = None;
            loop {
                let query = Query {
                    consistency: Consistency::Strong,
                    ..Query::partition(Table::Jobs, name.name(), 1000).after(after)
                };
                let page = self.store.query(cx, &query).await?;
                for item in page.items {
                    let body = item.text(BODY).unwrap_or_default();
                    match serde_json::from_str(body) {
                        Ok(job) => self.offer(job, Some(item.key)),
                        Err(_) => tracing::error!("a row is no job"),
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
            let waiting = Waiting {
                job: job.clone(),
                row: row.clone(),
                failures: 0,
            };
            // The workers are gone when the process ends; what lasts is found again.
            let _ = self.waiting.send(waiting);
        }
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

/// Does jobs until the process ends.
pub async fn work(server: Arc<Server>, mut jobs: mpsc::UnboundedReceiver<Waiting>) {
    let free = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(waiting) = jobs.recv().await {
        let Ok(permit) = free.clone().acquire_owned().await else {
            return;
        };
        let server = server.clone();
        tokio::spawn(async move {
            if do_one(&server, &waiting.job).await {
                drop(permit);
                finish(&server, &waiting).await;
            } else {
                drop(permit);
                again(&server, waiting).await;
            }
        });
    }
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

/// Offers a failed job again after a while, or sets it aside.
async fn again(server: &Server, mut waiting: Waiting) {
    waiting.failures += 1;
    if waiting.failures < TRIES {
        tokio::time::sleep(BACKOFF * waiting.failures).await;
        let _ = server.queue.waiting.send(waiting);
        return;
    }
    tracing::error!(queue = waiting.job.queue().name(), "job set aside");
    let Some(row) = &waiting.row else { return };
    let cx = server.app.context();
    let Ok(body) = serde_json::to_string(&waiting.job) else {
        return;
    };
    let dead = Item::new(Key::sorted(Table::Jobs, DEAD, row.sort.clone()))
        .with(BODY, Field::Text(body))
        .expiring(cx.now_s() + DEAD_S);
    let moves = vec![Write::put(dead), Write::delete(row.clone())];
    if let Err(error) = server.app.store.transact(&cx, moves).await {
        tracing::warn!(error = heliograph_domain::chain(&error), "job kept");
    }
}

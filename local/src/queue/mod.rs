//! The Queue port in one process: workers beside the gateway, with SQS's manners.
//!
//! A job is done at least once and in no order; one that fails comes again after a while, five times
//! in all, and is then given up. Jobs that must outlive the process are kept in the store until they
//! are done. Who has come or gone need not be, since a server that starts again has no sockets; what was
//! sent to a group is noted in the transaction that has taken it, and is found by that note. A server
//! that stops in order does what waits, but for what waits for its time: that is found after the next
//! start.

mod lanes;
mod work;

pub use work::work;

use crate::faults::Dice;
use async_trait::async_trait;
use heliograph_domain::Context;
use heliograph_domain::ports::{Ids, Job, Queue, QueueError, QueueName};
use heliograph_domain::store::{Field, Item, Key, Query, Store, Table, Write};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const BODY: &str = "body";

/// Takes jobs, and keeps those that must last.
pub struct LocalQueue {
    store: Arc<dyn Store>,
    ids: Arc<dyn Ids>,
    dice: Arc<Dice>,
    queues: BTreeMap<QueueName, mpsc::UnboundedSender<Waiting>>,
}

/// What the workers of each queue take from.
pub struct Workers(Vec<(QueueName, mpsc::UnboundedReceiver<Waiting>)>);

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
        let mut queues = BTreeMap::new();
        let mut workers = Vec::new();
        for name in QueueName::ALL {
            let (jobs, taken) = mpsc::unbounded_channel();
            queues.insert(name, jobs);
            workers.push((name, taken));
        }
        let queue = Self {
            store,
            ids,
            dice,
            queues,
        };
        (queue, Workers(workers))
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
                        Ok(job) => self.offer(job, Some(item.key), cx.now_ms()),
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

    fn offer(&self, job: Job, row: Option<Key>, now_ms: u64) {
        let wait = Duration::from_millis(job.due_at().saturating_sub(now_ms));
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
            self.wait(waiting, wait);
        }
    }

    /// Hands a job to the workers after a while.
    fn wait(&self, waiting: Waiting, wait: Duration) {
        let Some(queue) = self.queues.get(&waiting.job.queue()) else {
            return;
        };
        // The workers are gone when the process ends; what lasts is found again.
        if wait.is_zero() {
            let _ = queue.send(waiting);
            return;
        }
        let queue = queue.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let _ = queue.send(waiting);
        });
    }
}

/// Whether a job must outlive the process.
fn lasts(job: &Job) -> bool {
    match job {
        Job::Presence { .. } | Job::FanOut { .. } => false,
        // A telling of the whole message follows, and has this row with it.
        Job::Receipts { row: Some(_), .. } => false,
        Job::Receipts { row: None, .. } | Job::Notify { .. } => true,
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
            let row = lasts(&job)
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
            self.offer(job, row, cx.now_ms());
        }
        Ok(())
    }
}

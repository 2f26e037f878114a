//! The Queue port in one process: workers beside the gateway, with SQS's manners.
//!
//! A job is done at least once and in no order; one that fails comes again after a while, five times
//! in all, and is then given up. Jobs that must outlive the process are kept in the store until they
//! are done. Who has come or gone need not be, since a server that starts again has no sockets; what was
//! sent to a group is noted in the transaction that has taken it, and is found by that note. A server
//! that stops in order does what waits, but for what waits for its time: that is found after the next
//! start.

use crate::faults::Dice;
use crate::server::Server;
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::ports::{Ids, Job, Queue, QueueError, QueueName};
use heliograph_domain::store::{Field, Item, Key, Query, Store, Table, Write};
use heliograph_lambda::jobs::{JobsReply, Trigger, TriggerReply, event_of};
use heliograph_protocol::GroupId;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
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

/// How many jobs of a group are done together, as many as SQS hands over at once.
const TOGETHER: usize = 10;
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

/// A group's jobs wait for each other, so that its messages do not overtake each other unless one fails;
/// groups take turns. What the sweep queues again while it waits takes the place of itself.
#[derive(Default)]
struct Lanes(Mutex<HashMap<GroupId, Lane>>);

#[derive(Default)]
struct Lane {
    order: VecDeque<String>,
    jobs: HashMap<String, Waiting>,
}

impl Lane {
    fn push(&mut self, waiting: Waiting) {
        let Job::FanOut { sent, .. } = &waiting.job else {
            return;
        };
        let sent = sent.clone();
        if self.jobs.insert(sent.clone(), waiting).is_none() {
            self.order.push_back(sent);
        }
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.jobs.remove(&self.order.pop_front()?)
    }
}

impl Lanes {
    /// Lets a job wait behind its group's others; tells whether there was no lane of that group.
    fn enter(&self, group_id: &GroupId, waiting: Waiting) -> bool {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !lanes.contains_key(group_id);
        lanes.entry(group_id.clone()).or_default().push(waiting);
        is_new
    }

    /// Takes a group's next jobs; a lane without one ends.
    fn next(&self, group_id: &GroupId) -> Option<Vec<Waiting>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.get_mut(group_id)?;
        let next: Vec<Waiting> = std::iter::from_fn(|| lane.pop()).take(TOGETHER).collect();
        if next.is_empty() {
            lanes.remove(group_id);
            return None;
        }
        Some(next)
    }
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

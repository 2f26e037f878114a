//! The Queue port on SQS: a standard queue for each kind of job.
//!
//! A job may be queued twice, when the answer to a request got lost, and is delivered at least once
//! ([at-least-once delivery]): whoever works it off can take that. Work of a group names the group,
//! so that much of it keeps no other group's waiting ([fair queues]); nothing else comes of the name.
//!
//! [at-least-once delivery]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
//! [fair queues]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html

use crate::Patience;
use crate::failure::Failure;
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_types::SdkConfig;
use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::ports::{Job, Queue, QueueError, QueueName};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::timeout;

/// The most messages of one request ([SQS quotas]). Their bytes need no limit: ten jobs are some
/// KB, and a request may hold 1 MiB.
///
/// [SQS quotas]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const BATCH_MAX: usize = 10;
/// How often a message is offered that SQS did not take.
const TRIES: u32 = 3;
/// How long to wait before it is offered again, times how often it was.
const BACKOFF: Duration = Duration::from_millis(50);
/// How long a batch may take in all: somebody waits for the answer of what queues it.
const DEADLINE: Duration = Duration::from_millis(1500);
/// The longest wait for one attempt, so that the deadline leaves time for another.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(700);

/// A job as SQS is given it.
#[derive(Clone, Debug)]
struct Message {
    body: String,
    group_id: Option<String>,
}

impl Message {
    fn of(job: &Job) -> Result<Self, QueueError> {
        Ok(Self {
            body: serde_json::to_string(job).map_err(QueueError::because)?,
            group_id: job.group_id().map(ToString::to_string),
        })
    }

    /// The message as a part of a batch, in which `id` names it.
    fn entry(self, id: usize) -> Result<SendMessageBatchRequestEntry, QueueError> {
        SendMessageBatchRequestEntry::builder()
            .id(id.to_string())
            .message_body(self.body)
            .set_message_group_id(self.group_id)
            .build()
            .map_err(QueueError::because)
    }
}

/// Sends jobs to SQS as JSON.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    sdk: SdkConfig,
    patience: Patience,
    urls: BTreeMap<QueueName, String>,
    client: OnceLock<Client>,
}

impl SqsQueue {
    pub(crate) fn new(
        sdk: SdkConfig,
        patience: Patience,
        url: impl Fn(QueueName) -> String,
    ) -> Self {
        let urls = QueueName::ALL.into_iter().map(|name| (name, url(name)));
        Self {
            sdk,
            patience,
            urls: urls.collect(),
            client: OnceLock::new(),
        }
    }

    /// The client, made when it is first asked for.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(self.patience.attempt_timeout.min(ATTEMPT_TIMEOUT));
            let config = Builder::from(&self.sdk).timeout_config(timeouts.build());
            Client::from_conf(config.build())
        })
    }

    /// Sends a batch; offers again what was not taken.
    async fn send_batch(
        &self,
        cx: &Context,
        name: QueueName,
        messages: Vec<Message>,
    ) -> Result<(), QueueError> {
        let url = self.urls.get(&name).map_or("", String::as_str);
        let entries = messages.into_iter().enumerate();
        let entries = entries.map(|(id, message)| message.entry(id));
        let mut entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        for tried in 0..TRIES {
            if tried > 0 {
                tokio::time::sleep(BACKOFF * tried).await;
            }
            cx.meter.queue_request();
            let request = self.client().send_message_batch().queue_url(url);
            let sent = request.set_entries(Some(entries.clone())).send().await;
            let sent = sent.map_err(|error| QueueError::because(Failure::from(error)))?;
            let failed: Vec<&str> = sent.failed().iter().map(|failed| failed.id()).collect();
            if failed.is_empty() {
                return Ok(());
            }
            entries.retain(|entry| failed.contains(&entry.id()));
        }
        Err(QueueError::because(format!(
            "{} of a batch not taken",
            entries.len()
        )))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, cx: &Context, jobs: Vec<Job>) -> Result<(), QueueError> {
        let mut by_queue: BTreeMap<QueueName, Vec<Message>> = BTreeMap::new();
        for job in jobs {
            let message = Message::of(&job)?;
            by_queue.entry(job.queue()).or_default().push(message);
        }
        let batches = by_queue.into_iter().flat_map(|(name, messages)| {
            let batches: Vec<_> = messages.chunks(BATCH_MAX).map(<[_]>::to_vec).collect();
            batches.into_iter().map(move |batch| (name, batch))
        });
        let sends = batches.map(async |(name, batch)| {
            let sent = timeout(DEADLINE, self.send_batch(cx, name, batch)).await;
            sent.unwrap_or_else(|_| Err(QueueError::because("no answer in time")))
        });
        // A batch that fails does not keep the others from being sent.
        join_all(sends).await.into_iter().collect()
    }
}

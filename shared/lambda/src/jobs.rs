//! Jobs as they come from a queue.

use crate::socket::{SocketEvent, SocketReply};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::FutureExt;
use futures_util::future::join_all;
use heliograph_domain::ports::Job;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::error::Error;
use std::panic::AssertUnwindSafe;

/// Some jobs of a queue, as SQS hands them over.
pub type JobsEvent = SqsEvent;
/// Which jobs are to come again.
pub type JobsReply = SqsBatchResponse;

/// Does all jobs of an event at a time; answers which are to come again.
///
/// A body that is no job comes again, too, and ends with the dead letters, where somebody sees it; so
/// does a job at which the program fails: its neighbours are done.
pub async fn work_off<E, F>(event: &JobsEvent, work: impl Fn(Job) -> F) -> JobsReply
where
    E: Error + 'static,
    F: Future<Output = Result<(), E>>,
{
    let records = event.records.iter().map(async |record| {
        let job = serde_json::from_str(record.body.as_deref().unwrap_or_default());
        let is_done = match job {
            Ok(job) => match AssertUnwindSafe(async { work(job).await })
                .catch_unwind()
                .await
            {
                Ok(Ok(())) => true,
                Ok(Err(error)) => {
                    tracing::warn!(error = heliograph_domain::chain(&error), "job not done");
                    false
                }
                // The hook has logged where; what it was about is not to be.
                Err(_) => false,
            },
            Err(_) => {
                tracing::error!("message is no job");
                false
            }
        };
        (!is_done).then(|| failure(record))
    });
    let mut reply = JobsReply::default();
    reply.batch_item_failures = join_all(records).await.into_iter().flatten().collect();
    reply
}

fn failure(record: &SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = record.message_id.clone().unwrap_or_default();
    failure
}

/// Makes the event that hands over one job.
pub fn event_of(job: &Job) -> JobsEvent {
    let mut record = SqsMessage::default();
    record.message_id = Some("1".to_owned());
    record.body = serde_json::to_string(job).ok();
    let mut event = JobsEvent::default();
    event.records = vec![record];
    event
}

/// What calls a function that is behind the socket and behind a queue.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// A frame of a socket.
    Frame(Box<SocketEvent>),
    /// Jobs of a queue.
    Jobs(JobsEvent),
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let trigger = match event.get("Records") {
            Some(_) => serde_json::from_value(event).map(Trigger::Jobs),
            None => serde_json::from_value(event).map(Trigger::Frame),
        };
        trigger.map_err(D::Error::custom)
    }
}

/// The answer to a [`Trigger`], in the form that it wants.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum TriggerReply {
    /// To a frame.
    Frame(Box<SocketReply>),
    /// To jobs.
    Jobs(JobsReply),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct Refused;

    #[test]
    fn jobs_that_fail_and_what_is_no_job_come_again() {
        let job = |user: &str| Job::Presence {
            user_id: user.parse().unwrap(),
            at_ms: 1,
            after: None,
        };
        let mut event = JobsEvent::default();
        for (id, body) in [
            ("a", serde_json::to_string(&job("alice")).unwrap()),
            ("b", serde_json::to_string(&job("bob")).unwrap()),
            ("c", "{}".to_owned()),
        ] {
            let mut record = SqsMessage::default();
            record.message_id = Some(id.to_owned());
            record.body = Some(body);
            event.records.push(record);
        }
        let work = async |done: Job| {
            if done == job("bob") {
                Err(Refused)
            } else {
                Ok(())
            }
        };
        let reply = work_off(&event, work).now_or_never().unwrap();
        let failed = reply.batch_item_failures.iter();
        let failed: Vec<&str> = failed.map(|it| it.item_identifier.as_str()).collect();
        assert_eq!(failed, ["b", "c"]);
    }

    #[test]
    fn a_trigger_is_known_by_its_records() {
        let jobs = serde_json::to_string(&event_of(&Job::Presence {
            user_id: "alice".parse().unwrap(),
            at_ms: 1,
            after: None,
        }));
        let jobs: Trigger = serde_json::from_str(&jobs.unwrap()).unwrap();
        assert!(matches!(jobs, Trigger::Jobs(_)));
        let frame = include_str!("../../../events/presence/subscribe.json");
        let frame: Trigger = serde_json::from_str(frame).unwrap();
        assert!(matches!(frame, Trigger::Frame(_)));
    }
}

//! Jobs as they come from a queue.

use crate::socket::{SocketEvent, SocketReply};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::FutureExt;
use futures_util::future::{join_all, try_join_all};
use heliograph_domain::ports::Job;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
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
    let alone = |_: &Job| None::<()>;
    let each = async |jobs: Vec<Job>| try_join_all(jobs.into_iter().map(&work)).await.map(drop);
    work_off_together(event, alone, each).await
}

/// As [`work_off`], but jobs of the same `lane` are done together, in their order; a job without one is
/// done alone. Where that fails, each is tried alone, so that its neighbours are done.
pub async fn work_off_together<L, E, F>(
    event: &JobsEvent,
    lane: impl Fn(&Job) -> Option<L>,
    work: impl Fn(Vec<Job>) -> F,
) -> JobsReply
where
    L: Ord,
    E: Error + 'static,
    F: Future<Output = Result<(), E>>,
{
    let mut reply = JobsReply::default();
    let mut alone = Vec::new();
    let mut lanes: BTreeMap<L, Vec<(&SqsMessage, Job)>> = BTreeMap::new();
    for record in &event.records {
        let job: Result<Job, _> = serde_json::from_str(record.body.as_deref().unwrap_or_default());
        match job {
            Ok(job) => match lane(&job) {
                Some(lane) => lanes.entry(lane).or_default().push((record, job)),
                None => alone.push(vec![(record, job)]),
            },
            Err(_) => {
                tracing::error!("message is no job");
                reply.batch_item_failures.push(failure(record));
            }
        }
    }
    let together = lanes.into_values().chain(alone);
    let failed = together.map(async |jobs| {
        let all = jobs.iter().map(|(_, job)| job.clone()).collect();
        if is_done(&work, all).await {
            return Vec::new();
        }
        let mut failed = Vec::new();
        let is_one = jobs.len() == 1;
        for (record, job) in jobs {
            if is_one || !is_done(&work, vec![job]).await {
                failed.push(failure(record));
            }
        }
        failed
    });
    let failed = join_all(failed).await.into_iter().flatten();
    reply.batch_item_failures.extend(failed);
    reply
}

async fn is_done<E, F>(work: impl Fn(Vec<Job>) -> F, jobs: Vec<Job>) -> bool
where
    E: Error + 'static,
    F: Future<Output = Result<(), E>>,
{
    match AssertUnwindSafe(async { work(jobs).await })
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
    }
}

fn failure(record: &SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = record.message_id.clone().unwrap_or_default();
    failure
}

/// Makes the event that hands over jobs; each is called by its place, from 0.
pub fn event_of<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> JobsEvent {
    let record = |(place, job): (usize, &Job)| {
        let mut record = SqsMessage::default();
        record.message_id = Some(place.to_string());
        record.body = serde_json::to_string(job).ok();
        record
    };
    let mut event = JobsEvent::default();
    event.records = jobs.into_iter().enumerate().map(record).collect();
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
    use heliograph_domain::ports::Moment;
    use std::collections::BTreeSet;

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct Refused;

    #[test]
    fn jobs_that_fail_and_what_is_no_job_come_again() {
        let job = |user: &str| Job::Presence {
            user_id: user.parse().unwrap(),
            moment: Moment {
                at_ms: 1,
                device_created_at: 0,
            },
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
        let failed: BTreeSet<&str> = failed.map(|it| it.item_identifier.as_str()).collect();
        assert_eq!(failed, BTreeSet::from(["b", "c"]));
    }

    #[test]
    fn jobs_of_a_lane_are_done_together_and_alone_where_that_fails() {
        let job = |group: &str, due_at: u64| Job::FanOut {
            group_id: group.parse().unwrap(),
            sent: String::new(),
            due_at,
        };
        let jobs = [job("a", 1), job("b", 1), job("a", 2), job("b", 2)];
        let poison = &jobs[2];
        let done = std::cell::RefCell::new(Vec::new());
        let work = async |jobs: Vec<Job>| {
            if jobs.contains(poison) {
                return Err(Refused);
            }
            done.borrow_mut().push(jobs);
            Ok(())
        };
        let event = event_of(&jobs);
        let group = |job: &Job| job.group_id().cloned();
        let reply = work_off_together(&event, group, work)
            .now_or_never()
            .unwrap();
        let failed = reply.batch_item_failures.iter();
        let failed: Vec<&str> = failed.map(|it| it.item_identifier.as_str()).collect();
        assert_eq!(failed, ["2"]);
        let [a, b] = [
            vec![jobs[0].clone()],
            vec![jobs[1].clone(), jobs[3].clone()],
        ];
        assert_eq!(done.into_inner(), [a, b]);
    }

    #[test]
    fn a_trigger_is_known_by_its_records() {
        let jobs = serde_json::to_string(&event_of([&Job::Presence {
            user_id: "alice".parse().unwrap(),
            moment: Moment {
                at_ms: 1,
                device_created_at: 0,
            },
            after: None,
        }]));
        let jobs: Trigger = serde_json::from_str(&jobs.unwrap()).unwrap();
        assert!(matches!(jobs, Trigger::Jobs(_)));
        let frame = include_str!("../../../events/presence/subscribe.json");
        let frame: Trigger = serde_json::from_str(frame).unwrap();
        assert!(matches!(frame, Trigger::Frame(_)));
    }
}

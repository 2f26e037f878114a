//! Jobs sent to SQS.

use crate::support::{Proxy, Request, Step, config};
use heliograph_aws::{Clients, SqsQueue};
use heliograph_domain::Address;
use heliograph_domain::Context;
use heliograph_domain::ports::{Job, Moment, Queue, QueueName};
use heliograph_protocol::DeviceId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

fn queue(sqs: &Proxy) -> SqsQueue {
    Clients::new(&config(&sqs.endpoint())).queue(url)
}

fn url(name: QueueName) -> String {
    format!(
        "https://sqs.eu-north-1.amazonaws.com/000000000000/{}",
        name.name()
    )
}

fn presence() -> Job {
    Job::Presence {
        user_id: "alice".parse().unwrap(),
        moment: Moment {
            at_ms: 7,
            device_created_at: 0,
        },
        after: None,
    }
}

fn notify(number: usize) -> Job {
    let device = Address {
        user_id: "bob".parse().unwrap(),
        device_id: DeviceId::new(1).unwrap(),
        device_created_at: 7,
    };
    Job::Notify {
        device,
        entry: format!("entry-{number}"),
        tried: None,
    }
}

fn fan_out(group: &str) -> Job {
    Job::FanOut {
        group_id: group.parse().unwrap(),
        sent: format!("{group}:1"),
        due_at: 7,
    }
}

fn receipts() -> Job {
    Job::Receipts {
        sent: "group:1".to_owned(),
        at_ms: 7,
        row: None,
    }
}

fn notifies(count: usize) -> Vec<Job> {
    (0..count).map(notify).collect()
}

/// The entries of a request: their ids and jobs.
fn entries(request: &Request) -> Vec<(String, Job)> {
    let read = |entry: &Value| {
        let body = entry["MessageBody"].as_str().unwrap();
        let id = entry["Id"].as_str().unwrap().to_owned();
        (id, serde_json::from_str(body).unwrap())
    };
    let body = request.json();
    body["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect()
}

fn jobs(request: &Request) -> Vec<Job> {
    entries(request).into_iter().map(|(_, job)| job).collect()
}

/// SQS's answer to a request, of which it does not take some jobs.
fn taking_all_but(request: &Request, is_refused: impl Fn(&Job) -> bool) -> Value {
    let (refused, taken): (Vec<_>, Vec<_>) = entries(request)
        .into_iter()
        .partition(|(_, job)| is_refused(job));
    let ok = |(id, _): &(String, Job)| json!({"Id": id, "MessageId": format!("message-{id}"), "MD5OfMessageBody": "00"});
    let failed = |(id, job): &(String, Job)| json!({"Id": id, "Code": "InternalError", "SenderFault": false, "Message": format!("{job:?}")});
    let mut answer = json!({"Successful": taken.iter().map(ok).collect::<Vec<_>>()});
    if !refused.is_empty() {
        answer["Failed"] = refused.iter().map(failed).collect();
    }
    answer
}

fn taking_all(request: &Request) -> (u16, Value) {
    (200, taking_all_but(request, |_| false))
}

/// Fails to send, and returns all that the error says.
async fn failure(sqs: &Proxy, jobs: Vec<Job>) -> String {
    let cx = Context::at(0);
    let error = queue(sqs).send(&cx, jobs).await.unwrap_err();
    let all = format!("{} {error:?}", heliograph_domain::chain(&error));
    for hidden in ["alice", "bob", "entry-"] {
        assert!(!all.contains(hidden), "{all}");
    }
    all
}

#[tokio::test]
async fn jobs_go_to_the_queue_of_their_kind() {
    let sqs = Proxy::answering(taking_all).await;
    let cx = Context::at(0);
    let sent = vec![notify(0), presence(), notify(1)];
    queue(&sqs).send(&cx, sent).await.unwrap();
    let seen = sqs.seen();
    let of = |name: QueueName| {
        let to = seen
            .iter()
            .filter(|request| request.json()["QueueUrl"] == url(name));
        to.map(jobs).collect::<Vec<_>>()
    };
    assert_eq!(of(QueueName::Presence), [[presence()]]);
    assert_eq!(of(QueueName::Notifications), [[notify(0), notify(1)]]);
    assert_eq!(seen.len(), 2);
    assert_eq!(cx.meter.read().queue_requests, 2);
    for request in seen {
        let target = request.header("x-amz-target");
        assert_eq!(target, Some("AmazonSQS.SendMessageBatch"));
        let authorization = request.header("authorization").unwrap();
        assert!(
            authorization.contains("/eu-north-1/sqs/"),
            "{authorization}"
        );
    }
}

/// One group's work is not to keep another's waiting.
#[tokio::test]
async fn work_of_a_group_names_it() {
    let mut is_first = true;
    let sqs = Proxy::answering(move |request| {
        let is_first = std::mem::take(&mut is_first);
        let answer = taking_all_but(request, |job| is_first && *job == fan_out("choir"));
        (200, answer)
    })
    .await;
    let sent = vec![fan_out("team"), fan_out("choir"), fan_out("team")];
    queue(&sqs).send(&Context::at(0), sent).await.unwrap();
    // It is still named when it is offered again.
    assert_eq!(groups(&sqs.seen()[0]), ["team", "choir", "team"]);
    assert_eq!(groups(&sqs.seen()[1]), ["choir"]);
    assert_eq!(sqs.seen().len(), 2);
}

#[tokio::test]
async fn work_of_nobodys_names_no_group() {
    let sqs = Proxy::answering(taking_all).await;
    let sent = vec![presence(), notify(0), receipts()];
    queue(&sqs).send(&Context::at(0), sent).await.unwrap();
    assert_eq!(sqs.seen().len(), 3);
    for request in sqs.seen() {
        assert_eq!(groups(&request), [Value::Null]);
    }
}

fn groups(request: &Request) -> Vec<Value> {
    let entries = request.json()["Entries"].as_array().cloned().unwrap();
    let group = |entry: Value| entry["MessageGroupId"].clone();
    entries.into_iter().map(group).collect()
}

#[tokio::test]
async fn a_request_holds_ten_jobs() {
    let sqs = Proxy::answering(taking_all).await;
    let cx = Context::at(0);
    queue(&sqs).send(&cx, notifies(25)).await.unwrap();
    let seen = sqs.seen();
    let mut sizes: Vec<usize> = seen.iter().map(|request| entries(request).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [5, 10, 10]);
    for request in &seen {
        let ids: BTreeSet<String> = entries(request).into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), entries(request).len());
    }
    let mut sent: Vec<String> = seen
        .iter()
        .flat_map(jobs)
        .map(|job| format!("{job:?}"))
        .collect();
    let mut asked: Vec<String> = notifies(25).iter().map(|job| format!("{job:?}")).collect();
    sent.sort();
    asked.sort();
    assert_eq!(sent, asked);
    assert_eq!(cx.meter.read().queue_requests, 3);
}

#[tokio::test]
async fn the_longest_jobs_fit_a_request() {
    let sqs = Proxy::answering(taking_all).await;
    let longest = |at: u64| Job::Notify {
        device: Address {
            user_id: "u".repeat(64).parse().unwrap(),
            device_id: DeviceId::new(127).unwrap(),
            device_created_at: u64::MAX - at,
        },
        entry: "e".repeat(256),
        tried: None,
    };
    let sent = (0..10).map(longest).collect();
    queue(&sqs).send(&Context::at(0), sent).await.unwrap();
    let [request] = sqs.seen().try_into().unwrap();
    assert!(request.body.len() < 16_384, "{}", request.body.len());
}

#[tokio::test]
async fn no_jobs_are_no_request() {
    let sqs = Proxy::answering(taking_all).await;
    let cx = Context::at(0);
    queue(&sqs).send(&cx, vec![]).await.unwrap();
    assert!(sqs.seen().is_empty());
    assert_eq!(cx.meter.read().queue_requests, 0);
}

#[tokio::test]
async fn what_was_not_taken_is_offered_again() {
    let mut is_first = true;
    let sqs = Proxy::answering(move |request| {
        let is_first = std::mem::take(&mut is_first);
        let refused = [notify(2), notify(5)];
        let answer = taking_all_but(request, |job| is_first && refused.contains(job));
        (200, answer)
    })
    .await;
    let cx = Context::at(0);
    queue(&sqs).send(&cx, notifies(7)).await.unwrap();
    let [first, second] = sqs.seen().try_into().unwrap();
    assert_eq!(jobs(&first), notifies(7));
    assert_eq!(jobs(&second), [notify(2), notify(5)]);
    assert_eq!(cx.meter.read().queue_requests, 2);
}

#[tokio::test]
async fn what_is_never_taken_is_an_error() {
    let sqs =
        Proxy::answering(|request| (200, taking_all_but(request, |job| *job == notify(1)))).await;
    let cx = Context::at(0);
    assert!(queue(&sqs).send(&cx, notifies(3)).await.is_err());
    assert_eq!(cx.meter.read().queue_requests, 3);
    let offered: Vec<usize> = sqs.seen().iter().map(|it| entries(it).len()).collect();
    assert_eq!(offered, [3, 1, 1]);
    let error = failure(&sqs, notifies(3)).await;
    assert!(error.contains("1 of a batch not taken"), "{error}");
}

#[tokio::test]
async fn a_batch_that_fails_keeps_no_other_from_being_sent() {
    let sqs = Proxy::answering(|request| match jobs(request).contains(&presence()) {
        true => (
            400,
            json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist"}),
        ),
        false => {
            let is_first = jobs(request).len() > 1;
            (
                200,
                taking_all_but(request, |job| is_first && *job == notify(1)),
            )
        }
    })
    .await;
    let sent = vec![presence(), notify(0), notify(1)];
    failure(&sqs, sent).await;
    let last = sqs.seen().pop().unwrap();
    assert_eq!(jobs(&last), [notify(1)]);
}

#[tokio::test]
async fn an_error_tells_nothing_of_the_jobs() {
    let refusal = |kind: &str, message: &str| {
        let body = json!({"__type": format!("com.amazonaws.sqs#{kind}"), "message": message});
        Proxy::answering(move |_| (400, body.clone()))
    };
    let sqs = refusal("QueueDoesNotExist", "no queue for bob's entry-0").await;
    let error = failure(&sqs, notifies(1)).await;
    assert!(error.contains("QueueDoesNotExist (status 400)"), "{error}");
    assert_eq!(sqs.seen().len(), 1);

    let denied = "role is not authorized to perform: sqs:sendmessage on resource: bob";
    let sqs = refusal("AccessDeniedException", denied).await;
    let error = failure(&sqs, notifies(1)).await;
    assert!(error.contains("sqs:sendmessage"), "{error}");
}

#[tokio::test]
async fn a_throttled_request_is_sent_again() {
    let throttled = || {
        let kind = "com.amazonaws.sqs#RequestThrottled";
        (400, json!({"__type": kind, "message": "for bob"}))
    };
    let mut left = 2;
    let sqs = Proxy::answering(move |request| match left {
        0 => taking_all(request),
        _ => {
            left -= 1;
            throttled()
        }
    })
    .await;
    queue(&sqs)
        .send(&Context::at(0), notifies(2))
        .await
        .unwrap();
    assert_eq!(sqs.seen().len(), 3);

    let sqs = Proxy::answering(move |_| throttled()).await;
    let error = failure(&sqs, notifies(2)).await;
    assert!(error.contains("RequestThrottled"), "{error}");
    let attempts = config("http://127.0.0.1:9").patience.attempts;
    assert_eq!(sqs.seen().len(), usize::try_from(attempts).unwrap());
}

#[tokio::test]
async fn a_lost_request_is_sent_again() {
    for lost in [|| Step::LoseRequest, || Step::Hang] {
        let mut is_first = true;
        let sqs = Proxy::start("", move |request| match std::mem::take(&mut is_first) {
            true => lost(),
            false => {
                let (status, body) = taking_all(request);
                Step::Answer(status, body)
            }
        })
        .await;
        queue(&sqs)
            .send(&Context::at(0), notifies(1))
            .await
            .unwrap();
        assert_eq!(sqs.seen().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_a_queue() {
    let sqs = Proxy::start("", |_| Step::Hang).await;
    let started = Instant::now();
    failure(&sqs, notifies(25)).await;
    let waited = started.elapsed();
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}

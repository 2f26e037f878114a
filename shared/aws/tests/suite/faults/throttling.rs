//! A DynamoDB that asks for less, or does not answer.

use super::{Stage, cx, error, first, item, key};
use crate::support::{Request, Step};
use heliograph_domain::store::{
    Consistency, Store, StoreErrorKind, Table, TransactOutcome, Update, Write, WriteOutcome,
};
use serde_json::json;
use std::error::Error as _;
use std::time::{Duration, Instant};

fn throttled() -> Step {
    Step::Answer(400, error("ThrottlingException"))
}

#[tokio::test]
async fn a_throttled_request_is_sent_again() {
    let stage = Stage::with(first(3, "PutItem", throttled)).await;
    let written = stage.store.write(&cx(), Write::put(item(1))).await.unwrap();
    assert_eq!(written, WriteOutcome::Applied { old: None });
    assert_eq!(stage.count("PutItem"), 4);
}

#[tokio::test]
async fn a_throttled_counter_is_sent_again_and_counts_once() {
    let stage = Stage::with(first(3, "UpdateItem", throttled)).await;
    let add = Write::update(key(1), Update::default().add("count", 1));
    stage.store.write(&cx(), add).await.unwrap();
    assert_eq!(stage.count("UpdateItem"), 4);
    assert_eq!(stage.stored(&key(1)).await.unwrap().int("count"), Some(1));
}

#[tokio::test]
async fn who_is_throttled_for_long_is_told() {
    let all = |request: &Request| match request.operation() {
        "GetItem" | "UpdateItem" | "Query" => {
            Step::Answer(400, error("ProvisionedThroughputExceededException"))
        }
        _ => Step::Forward,
    };
    let stage = Stage::with(all).await;
    let read = stage.store.get(&cx(), &key(1), Consistency::Strong).await;
    assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Throttled);
    assert_eq!(stage.count("GetItem"), 5);
    let add = Write::update(key(1), Update::default().add("count", 1));
    let written = stage.store.write(&cx(), add).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Throttled);
    assert_eq!(stage.count("UpdateItem"), 5);
}

#[tokio::test]
async fn a_throttled_transaction_is_sent_again() {
    let cancelled = || {
        let reasons = json!([{"Code": "ThrottlingError"}, {"Code": "None"}]);
        let mut body = error("TransactionCanceledException");
        body["CancellationReasons"] = reasons;
        Step::Answer(400, body)
    };
    let stage = Stage::with(first(2, "TransactWriteItems", cancelled)).await;
    let writes = vec![Write::put(item(1)), Write::put(item(2))];
    let outcome = stage.store.transact(&cx(), writes).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    assert_eq!(stage.count("TransactWriteItems"), 3);
}

#[tokio::test]
async fn no_answer_is_unavailable_when_the_time_is_over() {
    let lost = |request: &Request| match request.operation() {
        "GetItem" => Step::Hang,
        _ => Step::Forward,
    };
    let stage = Stage::patient(Duration::from_millis(150), lost).await;
    let started = Instant::now();
    let read = stage.store.get(&cx(), &key(1), Consistency::Strong).await;
    assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn nothing_of_a_request_or_answer_is_in_an_error() {
    let refused = |request: &Request| match request.operation() {
        "GetItem" => {
            let mut body = error("ValidationException");
            body["message"] = json!("the value secret-value is not valid");
            Step::Answer(400, body)
        }
        _ => Step::Forward,
    };
    let stage = Stage::with(refused).await;
    let read = stage
        .store
        .get(&cx(), &key(1), Consistency::Strong)
        .await
        .unwrap_err();
    assert_eq!(read.kind(), StoreErrorKind::Invalid);
    let cause = read.source().unwrap().to_string();
    assert_eq!(cause, "ValidationException (status 400)");
    assert!(!format!("{read:?}").contains("secret-value"), "{read:?}");
}

#[tokio::test]
async fn warming_never_fails() {
    let stage = Stage::patient(Duration::from_millis(200), |_| Step::Hang).await;
    stage.store.warm(Table::Inbox, 2).await;
    assert_eq!(stage.count("GetItem"), 2);
}

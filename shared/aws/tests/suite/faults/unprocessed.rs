//! Batches that come back half done.

use super::{Stage, cx, item, key};
use crate::support::{Request, Step};
use heliograph_domain::store::{Consistency, Item, Store, StoreErrorKind, Write};
use serde_json::json;
use std::time::Duration;

const TABLE: &str = "heliograph-test-inbox";

/// Does the first `at_once` writes of each request and leaves the rest.
fn write_some(at_once: usize) -> impl FnMut(&Request) -> Step + Send + 'static {
    move |request| {
        let mut body = request.json();
        let Some(asked) = body["RequestItems"][TABLE].as_array().cloned() else {
            return Step::Forward;
        };
        if request.operation() != "BatchWriteItem" || asked.len() <= at_once {
            return Step::Forward;
        }
        let (now, later) = asked.split_at(at_once);
        body["RequestItems"][TABLE] = json!(now);
        let left = json!({ TABLE: later });
        Step::ForwardInstead(
            body,
            Box::new(move |answer| answer["UnprocessedItems"] = left),
        )
    }
}

/// Reads the first `at_once` keys of each request and leaves the rest.
fn read_some(at_once: usize) -> impl FnMut(&Request) -> Step + Send + 'static {
    move |request| {
        let mut body = request.json();
        let Some(asked) = body["RequestItems"][TABLE]["Keys"].as_array().cloned() else {
            return Step::Forward;
        };
        if request.operation() != "BatchGetItem" || asked.len() <= at_once {
            return Step::Forward;
        }
        let (now, later) = asked.split_at(at_once);
        body["RequestItems"][TABLE]["Keys"] = json!(now);
        let left = json!({ TABLE: {"Keys": later, "ConsistentRead": true} });
        Step::ForwardInstead(
            body,
            Box::new(move |answer| answer["UnprocessedKeys"] = left),
        )
    }
}

#[tokio::test]
async fn unprocessed_writes_are_written_until_done() {
    let stage = Stage::with(write_some(6)).await;
    stage.put_past_it(item(0)).await;
    let mut writes: Vec<Write> = (1..20).map(|number| Write::put(item(number))).collect();
    writes.push(Write::delete(key(0)));
    let cx = cx();
    stage.store.batch_write(&cx, writes).await.unwrap();
    for number in 1..20 {
        assert_eq!(stage.stored(&key(number)).await, Some(item(number)));
    }
    assert_eq!(stage.stored(&key(0)).await, None);
    assert_eq!(stage.count("BatchWriteItem"), 4);
    let usage = cx.meter.read();
    assert_eq!((usage.store_calls, usage.write_units), (4, 20));
}

#[tokio::test]
async fn unprocessed_keys_are_read_until_done() {
    let stage = Stage::with(read_some(7)).await;
    for number in (0..20).filter(|number| number % 3 != 0) {
        stage.put_past_it(item(number)).await;
    }
    let keys: Vec<_> = (0..20).map(key).collect();
    let read = stage
        .store
        .batch_get(&cx(), &keys, Consistency::Strong)
        .await
        .unwrap();
    let expected: Vec<Option<Item>> = (0..20)
        .map(|number| (number % 3 != 0).then(|| item(number)))
        .collect();
    assert_eq!(read, expected);
    assert_eq!(stage.count("BatchGetItem"), 3);
}

#[tokio::test]
async fn what_stays_unprocessed_is_throttled_and_never_dropped() {
    let nothing = |request: &Request| {
        let asked = request.json()["RequestItems"].clone();
        let left = match request.operation() {
            "BatchWriteItem" => "UnprocessedItems",
            "BatchGetItem" => "UnprocessedKeys",
            _ => return Step::Forward,
        };
        Step::Answer(200, json!({ left: asked }))
    };
    let stage = Stage::patient(Duration::from_millis(500), nothing).await;
    let written = stage
        .store
        .batch_write(&cx(), vec![Write::put(item(1))])
        .await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Throttled);
    let read = stage
        .store
        .batch_get(&cx(), &[key(1)], Consistency::Strong)
        .await;
    assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Throttled);
    assert!(
        stage.count("BatchWriteItem") > 5,
        "{}",
        stage.count("BatchWriteItem")
    );
    assert!(
        stage.count("BatchGetItem") > 5,
        "{}",
        stage.count("BatchGetItem")
    );
}

#[tokio::test]
async fn one_stuck_call_fails_the_whole_batch() {
    let stuck = |request: &Request| {
        let holds_30 = request.text().contains("\"030\"");
        if request.operation() != "BatchWriteItem" || !holds_30 {
            return Step::Forward;
        }
        Step::Answer(
            200,
            json!({"UnprocessedItems": request.json()["RequestItems"]}),
        )
    };
    let stage = Stage::patient(Duration::from_millis(500), stuck).await;
    let writes = (0..60).map(|number| Write::put(item(number))).collect();
    let written = stage.store.batch_write(&cx(), writes).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Throttled);
    assert_eq!(stage.stored(&key(30)).await, None);
}

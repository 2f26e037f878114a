//! Requests that were done, and whose answers got lost.

use super::{NOW_S, Stage, cx, first, item, key};
use crate::support::Step;
use heliograph_domain::store::{
    Condition, Consistency, Field, Item, Store, StoreErrorKind, TransactOutcome, Update, Write,
    WriteOutcome,
};

fn lost() -> Step {
    Step::LoseAnswer
}

#[tokio::test]
async fn a_put_meets_itself() {
    let stage = Stage::with(first(1, "PutItem", lost)).await;
    let put = Write::put(item(1)).when(Condition::Absent);
    let outcome = stage.store.write(&cx(), put).await.unwrap();
    assert_eq!(outcome, WriteOutcome::Refused { old: Some(item(1)) });
    assert_eq!(stage.count("PutItem"), 2);
}

#[tokio::test]
async fn a_delete_finds_nothing_left() {
    let stage = Stage::with(first(1, "DeleteItem", lost)).await;
    stage.put_past_it(item(1)).await;
    let delete = Write::delete(key(1)).when(Condition::Present);
    let outcome = stage.store.write(&cx(), delete).await.unwrap();
    assert_eq!(outcome, WriteOutcome::Refused { old: None });
    assert_eq!(stage.stored(&key(1)).await, None);
}

#[tokio::test]
async fn a_request_that_never_came_in_is_sent_again() {
    let stage = Stage::with(first(2, "PutItem", || Step::LoseRequest)).await;
    let put = Write::put(item(1)).when(Condition::Absent);
    let outcome = stage.store.write(&cx(), put).await.unwrap();
    assert_eq!(outcome, WriteOutcome::Applied { old: None });
    let read = stage
        .store
        .get(&cx(), &key(1), Consistency::Strong)
        .await
        .unwrap();
    assert_eq!(read, Some(item(1)));
}

#[tokio::test]
async fn an_answer_of_500_may_have_been_done() {
    let down = || Step::Answer(500, super::error("InternalServerError"));
    let stage = Stage::with(first(1, "PutItem", down)).await;
    stage.store.write(&cx(), Write::put(item(1))).await.unwrap();
    assert_eq!(stage.count("PutItem"), 2);
}

/// An update that counts is not sent again: it would count twice.
#[tokio::test]
async fn a_counter_that_may_have_counted_is_unavailable() {
    let stage = Stage::with(first(1, "UpdateItem", lost)).await;
    let add = Write::update(key(1), Update::default().add("count", 1));
    let written = stage.store.write(&cx(), add).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert_eq!(stage.count("UpdateItem"), 1);
    assert_eq!(stage.stored(&key(1)).await.unwrap().int("count"), Some(1));
}

/// The same where the counter's expired item was replaced by a put.
#[tokio::test]
async fn a_counter_that_started_again_counts_once() {
    let stage = Stage::with(first(1, "PutItem", lost)).await;
    stage.put_past_it(item(1).expiring(NOW_S)).await;
    let add = Write::update(key(1), Update::default().add("count", 1));
    let written = stage.store.write(&cx(), add).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert_eq!(stage.stored(&key(1)).await.unwrap().int("count"), Some(1));
}

/// Fields that are set to the same values twice are as if they were set once.
#[tokio::test]
async fn an_update_without_counters_is_sent_again() {
    let stage = Stage::with(first(1, "UpdateItem", lost)).await;
    let set = Write::update(key(1), Update::default().set("name", Field::Int(1)));
    stage.store.write(&cx(), set).await.unwrap();
    assert_eq!(stage.count("UpdateItem"), 2);
}

/// A transaction is known by its token, so that it is done once.
#[tokio::test]
async fn a_transaction_is_done_once() {
    let stage = Stage::with(first(1, "TransactWriteItems", lost)).await;
    stage
        .put_past_it(Item::new(key(1)).with("count", Field::Int(1)))
        .await;
    let writes = vec![
        Write::update(key(1), Update::default().add("count", 1)).when(Condition::Present),
        Write::put(item(2)).when(Condition::Absent),
    ];
    let outcome = stage.store.transact(&cx(), writes).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    let tokens: Vec<_> = stage
        .proxy
        .seen()
        .iter()
        .filter(|request| request.operation() == "TransactWriteItems")
        .map(|request| request.json()["ClientRequestToken"].clone())
        .collect();
    assert_eq!(tokens.len(), 2);
    assert!(
        tokens[0].is_string() && tokens[0] == tokens[1],
        "{tokens:?}"
    );
    assert_eq!(stage.stored(&key(1)).await.unwrap().int("count"), Some(2));
}

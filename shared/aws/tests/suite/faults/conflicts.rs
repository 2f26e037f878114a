//! Writers that touch the same items.

use super::{NOW_S, Stage, cx, error, first, item, key};
use crate::support::{Request, Step};
use heliograph_domain::store::{
    Condition, Field, Item, Store, StoreErrorKind, TransactOutcome, Update, Write, WriteOutcome,
};
use serde_json::{Value, json};

fn conflict() -> Step {
    Step::Answer(400, error("TransactionConflictException"))
}

fn cancelled(codes: &[&str]) -> Step {
    let reasons: Vec<Value> = codes.iter().map(|code| json!({"Code": code})).collect();
    let mut body = error("TransactionCanceledException");
    body["CancellationReasons"] = json!(reasons);
    Step::Answer(400, body)
}

#[tokio::test]
async fn a_write_meets_a_conflict_again() {
    for (operation, write) in [
        ("PutItem", Write::put(item(1))),
        (
            "UpdateItem",
            Write::update(key(2), Update::default().set("body", Field::Int(1))),
        ),
        (
            "UpdateItem",
            Write::update(key(3), Update::default().add("count", 1)),
        ),
        ("DeleteItem", Write::delete(key(4))),
    ] {
        let stage = Stage::with(first(3, operation, conflict)).await;
        let outcome = stage.store.write(&cx(), write).await.unwrap();
        assert_eq!(outcome, WriteOutcome::Applied { old: None });
        assert_eq!(stage.count(operation), 4);
    }
}

#[tokio::test]
async fn a_conflict_without_end_is_told() {
    let stage = Stage::with(first(100, "PutItem", conflict)).await;
    let written = stage.store.write(&cx(), Write::put(item(1))).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Conflict);
    assert_eq!(stage.count("PutItem"), 5);
}

#[tokio::test]
async fn a_transaction_meets_a_conflict_again() {
    let script = first(3, "TransactWriteItems", || {
        cancelled(&["None", "TransactionConflict"])
    });
    let stage = Stage::with(script).await;
    let writes = vec![Write::put(item(1)), Write::put(item(2))];
    let outcome = stage.store.transact(&cx(), writes).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    assert_eq!(stage.count("TransactWriteItems"), 4);
    assert_eq!(stage.stored(&key(2)).await, Some(item(2)));
}

#[tokio::test]
async fn a_transaction_in_conflict_without_end_has_written_nothing() {
    let script = first(100, "TransactWriteItems", || {
        cancelled(&["TransactionConflict", "None"])
    });
    let stage = Stage::with(script).await;
    let writes = vec![Write::put(item(1)), Write::put(item(2))];
    let outcome = stage.store.transact(&cx(), writes).await;
    assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::Conflict);
    assert_eq!(stage.count("TransactWriteItems"), 5);
    assert_eq!(stage.stored(&key(1)).await, None);
}

/// Between the update that found an expired item and the put over it, somebody else makes one.
#[tokio::test]
async fn an_update_that_was_overtaken_updates_what_it_finds() {
    let mut is_first = true;
    let script = move |request: &Request| {
        let overtakes = request.operation() == "PutItem" && std::mem::take(&mut is_first);
        if !overtakes {
            return Step::Forward;
        }
        let mut theirs = request.json();
        theirs["Item"]["count"] = json!({"N": "100"});
        for name in [
            "ConditionExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
        ] {
            theirs.as_object_mut().unwrap().remove(name);
        }
        Step::ForwardFirst(theirs)
    };
    let stage = Stage::with(script).await;
    let expired = Item::new(key(1))
        .with("count", Field::Int(41))
        .expiring(NOW_S);
    stage.put_past_it(expired).await;
    let add = Write::update(key(1), Update::default().add("count", 1));
    let outcome = stage.store.write(&cx(), add).await.unwrap();
    let theirs = Item::new(key(1)).with("count", Field::Int(100));
    assert_eq!(outcome, WriteOutcome::Applied { old: Some(theirs) });
    assert_eq!(stage.stored(&key(1)).await.unwrap().int("count"), Some(101));
    assert_eq!((stage.count("UpdateItem"), stage.count("PutItem")), (2, 1));
}

#[tokio::test]
async fn a_transaction_updates_live_and_expired_items_alike() {
    let stage = Stage::with(|_| Step::Forward).await;
    let counted = |number, count| Item::new(key(number)).with("count", Field::Int(count));
    stage.put_past_it(counted(1, 41).expiring(NOW_S)).await;
    stage.put_past_it(counted(2, 41).expiring(NOW_S + 1)).await;
    let add = |number| Write::update(key(number), Update::default().add("count", 1));
    let writes = vec![
        add(1).when(Condition::Lacks("count".into())),
        add(2).when(Condition::Present),
        add(3).when(Condition::Absent),
        Write::update(key(4), Update::default()),
        Write::check(key(5)),
    ];
    let outcome = stage.store.transact(&cx(), writes).await.unwrap();
    assert_eq!(outcome, TransactOutcome::Applied);
    assert_eq!(stage.stored(&key(1)).await, Some(counted(1, 1)));
    assert_eq!(
        stage.stored(&key(2)).await,
        Some(counted(2, 42).expiring(NOW_S + 1))
    );
    assert_eq!(stage.stored(&key(3)).await, Some(counted(3, 1)));
    assert_eq!(stage.stored(&key(4)).await, Some(Item::new(key(4))));
    assert_eq!(stage.count("TransactWriteItems"), 2);
}

//! Blocking: nothing comes from the blocked, who are not told.

use crate::stage::*;
use heliograph_domain::Address;
use heliograph_domain::testing::stage::{BEGINNING_MS, Fate, Stage};
use heliograph_domain::usecases::{self, people::PeopleError};
use heliograph_protocol::event::Receipt;
use heliograph_protocol::reply::{DeliveryStatus, SendOutcome};
use heliograph_protocol::request::{ReceiptStatus, Status, StatusQuery};
use heliograph_protocol::{ErrorBody, ErrorCode, MessageId, UserId};
use std::sync::atomic::{AtomicBool, Ordering};

/// Sends something that is accepted.
async fn send(stage: &Stage, from: &Address, to: &Address) -> MessageId {
    // One after the other, also in the order of their ids.
    stage.clock.advance(1);
    let id = stage.message_id().unwrap();
    let (outcome, _) = stage.send(from, to, id, "aGk").await;
    assert!(matches!(outcome, Some(SendOutcome::Accepted { .. })));
    id
}

/// What waits for a device: message ids and their tokens.
async fn waiting(stage: &Stage, device: &Address) -> Vec<(MessageId, String)> {
    let (page, _) = stage.sync(device, None).await.unwrap();
    let tokens = page.messages.into_iter();
    tokens.map(|it| (it.message_id, it.ack_token)).collect()
}

async fn status(stage: &Stage, from: &Address, id: MessageId, to: &Address) -> DeliveryStatus {
    let query = StatusQuery {
        message_id: id,
        to: to.user_id.clone().into(),
    };
    let request = Status::new(crate::stage::id(), vec![query]);
    let answer = usecases::status(&stage.app, &stage.app.context(), from, request).await;
    answer.unwrap().statuses.remove(0).status
}

async fn receipts(stage: &Stage, device: &Address) -> Vec<Receipt> {
    stage.sync(device, None).await.unwrap().0.receipts
}

async fn ack(stage: &Stage, device: &Address, token: &str) {
    for status in [ReceiptStatus::Delivered, ReceiptStatus::Read] {
        let tokens = vec![token.to_owned()];
        stage.ack(device, status, tokens).await.unwrap();
    }
}

#[tokio::test]
async fn a_blocked_senders_messages_are_accepted_and_dropped_until_unblocked() {
    let (stage, [alice, bob, carol]) = people().await;
    let before = send(&stage, &bob, &alice).await;
    block(&stage, &alice, &bob.user_id).await;
    let socket = stage.connect(&alice).await.unwrap();
    let dropped = send(&stage, &bob, &alice).await;
    let other = send(&stage, &carol, &alice).await;
    let ids = |waiting: Vec<(MessageId, String)>| waiting.into_iter().map(|it| it.0);
    let got = waiting(&stage, &alice).await;
    assert_eq!(ids(got).collect::<Vec<_>>(), [before, other]);
    let got = stage.sockets.got(&socket).messages();
    assert_eq!(got.len(), 1);
    for id in [before, dropped] {
        assert_eq!(
            status(&stage, &bob, id, &alice).await,
            DeliveryStatus::Waiting
        );
    }
    // Who is dropped costs no write and no post, and is not refused for anything else.
    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&bob, &alice, id, "aGk").await;
    assert_eq!((usage.write_units, usage.posts), (0, 0));

    unblock(&stage, &alice, &bob.user_id).await;
    let after = send(&stage, &bob, &alice).await;
    assert_eq!(stage.sockets.got(&socket).messages().len(), 2);
    let got = waiting(&stage, &alice).await;
    assert_eq!(got.last().unwrap().0, after);
    ack(&stage, &alice, &got.last().unwrap().1).await;
    let delivered = DeliveryStatus::Delivered;
    assert_eq!(status(&stage, &bob, after, &alice).await, delivered);
    assert_eq!(receipts(&stage, &bob).await.len(), 2);
}

#[tokio::test]
async fn no_receipt_crosses_a_block_either_way() {
    let (stage, [alice, bob]) = people().await;
    send(&stage, &bob, &alice).await;
    block(&stage, &alice, &bob.user_id).await;
    send(&stage, &alice, &bob).await;
    let to_alice = waiting(&stage, &alice).await.remove(0).1;
    let to_bob = waiting(&stage, &bob).await.remove(0).1;
    ack(&stage, &alice, &to_alice).await;
    ack(&stage, &bob, &to_bob).await;
    assert_eq!(receipts(&stage, &alice).await, []);
    assert_eq!(receipts(&stage, &bob).await, []);
    unblock(&stage, &alice, &bob.user_id).await;
    ack(&stage, &alice, &to_alice).await;
    ack(&stage, &bob, &to_bob).await;
    assert_eq!(receipts(&stage, &alice).await.len(), 2);
    assert_eq!(receipts(&stage, &bob).await.len(), 2);
}

#[tokio::test]
async fn blocking_oneself_or_nobody_is_refused_and_repeating_is_fine() {
    let (stage, [alice, bob]) = people().await;
    let nobody: UserId = "nobody".parse().unwrap();
    let refused = try_block(&stage, &alice, &alice.user_id).await.unwrap_err();
    assert!(matches!(refused, PeopleError::Yourself));
    assert_eq!(ErrorBody::from(&refused).code, ErrorCode::BadRequest);
    let refused = try_block(&stage, &alice, &nobody).await.unwrap_err();
    assert!(matches!(refused, PeopleError::NotFound));
    assert_eq!(ErrorBody::from(&refused).code, ErrorCode::NotFound);
    assert_eq!(rows(&stage, &alice), []);

    for _ in 0..2 {
        block(&stage, &alice, &bob.user_id).await;
        let (blocks, next) = blocks_page(&stage, &alice, None, 100).await;
        assert_eq!((blocks.len(), next), (1, None));
        assert_eq!(blocks[0].user_id, bob.user_id);
        assert_eq!(blocks[0].blocked_at, BEGINNING_MS);
    }
    for id in [&bob.user_id, &bob.user_id, &nobody, &alice.user_id] {
        unblock(&stage, &alice, id).await;
        assert_eq!(blocked(&stage, &alice).await, [] as [UserId; 0]);
    }
}

#[tokio::test]
async fn a_block_and_a_contact_stand_beside_each_other() {
    let (stage, [alice, bob]) = people().await;
    put(&stage, &alice, vec![by_number(1)]).await;
    block(&stage, &alice, &bob.user_id).await;
    assert_eq!(contacts(&stage, &alice).await.len(), 1);
    remove(&stage, &alice, vec![bob.user_id.clone()]).await;
    let both = [bob.user_id.clone()];
    assert_eq!(blocked(&stage, &alice).await, both);
    put(&stage, &alice, vec![by_number(1)]).await;
    unblock(&stage, &alice, &bob.user_id).await;
    assert_eq!(contacts(&stage, &alice).await.len(), 1);
}

/// Who says that they block somebody, in the rows of who is blocked.
fn blockers(stage: &Stage, blocked: &Address) -> Vec<String> {
    let rows = rows(stage, blocked).into_iter();
    let rows = rows.filter(|row| row.key.sort.starts_with("blocked_by#"));
    let rows: Vec<_> = rows.collect();
    let names = rows.iter().flat_map(|row| row.fields.keys());
    names
        .map(|name| name.trim_start_matches('+').to_owned())
        .collect()
}

#[tokio::test]
async fn a_block_is_taken_out_of_the_rows_of_the_blocked_with_the_blocker() {
    for is_deleted in [false, true] {
        let (stage, [alice, bob, carol]) = people().await;
        for blocker in [&alice, &carol] {
            block(&stage, blocker, &bob.user_id).await;
        }
        let both = [&alice, &carol].map(|it| it.user_id.to_string());
        assert_eq!(blockers(&stage, &bob).len(), both.len());
        unblock(&stage, &carol, &bob.user_id).await;
        assert_eq!(blockers(&stage, &bob), both[..1]);
        match is_deleted {
            true => {
                let cx = stage.app.context();
                let gone = usecases::delete_account(&stage.app, &cx, &alice).await;
                gone.unwrap();
            }
            false => drop(stage.register(number(0).as_str()).await.unwrap()),
        }
        stage.clock.advance(30_000);
        usecases::sweep(&stage.app, &stage.app.context())
            .await
            .unwrap();
        assert_eq!(blockers(&stage, &bob), [] as [String; 0]);
    }
}

/// Alice's block of Bob, and whether he has a field of it.
async fn both_say(stage: &Stage, alice: &Address, bob: &Address) -> (bool, bool) {
    let is_blocked = blocked(stage, alice).await.contains(&bob.user_id);
    let is_named = blockers(stage, bob).contains(&alice.user_id.to_string());
    (is_blocked, is_named)
}

#[tokio::test]
async fn a_block_and_its_field_come_and_go_together_wherever_somebody_dies() {
    for (is_blocked, is_done) in [(true, false), (true, true), (false, false), (false, true)] {
        for calls in 1.. {
            let (stage, [alice, bob]) = people().await;
            if is_blocked {
                block(&stage, &alice, &bob.user_id).await;
            }
            let died = match is_blocked {
                true => stage.die_at(calls, is_done, unblock(&stage, &alice, &bob.user_id)),
                false => stage.die_at(calls, is_done, block(&stage, &alice, &bob.user_id)),
            };
            let (row, field) = both_say(&stage, &alice, &bob).await;
            assert_eq!(row, field, "died at {calls}");
            if !died {
                assert_eq!(row, !is_blocked);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_block_that_meets_an_unblock_is_whole_or_not_there() {
    for (was_blocked, call) in [(true, 1), (true, 2), (false, 1), (false, 2)] {
        let (stage, [alice, bob]) = people().await;
        if was_blocked {
            block(&stage, &alice, &bob.user_id).await;
        }
        let (stage, mut calls) = (std::sync::Arc::new(stage), 0);
        let has_met = std::sync::Arc::new(AtomicBool::new(false));
        let (world, by, other) = (stage.clone(), alice.clone(), bob.user_id.clone());
        let met = has_met.clone();
        stage.store.probe(move |_| {
            calls += 1;
            if calls == call {
                met.store(true, Ordering::Relaxed);
                now(block(&world, &by, &other));
            }
            Fate::Done
        });
        unblock(&stage, &alice, &bob.user_id).await;
        stage.store.stop_probing();
        assert!(has_met.load(Ordering::Relaxed), "met at {call}");
        let (row, field) = both_say(&stage, &alice, &bob).await;
        assert_eq!(row, field, "met at {call}, {was_blocked}");
    }
}

#[tokio::test]
async fn a_former_holders_block_that_comes_late_is_not_the_new_ones() {
    let (stage, [alice, bob]) = people().await;
    let stage = std::sync::Arc::new(stage);
    let (world, other, mut has_met) = (stage.clone(), bob.user_id.clone(), false);
    stage.store.probe(move |call| {
        if call.name == "transact" && !has_met {
            has_met = true;
            world.clock.advance(1);
            let (new, _) = now(world.register(number(0).as_str())).unwrap();
            now(block(&world, &new, &other));
        }
        Fate::Done
    });
    let late = try_block(&stage, &alice, &bob.user_id).await;
    stage.store.stop_probing();
    assert!(matches!(late, Err(PeopleError::Revoked)), "{late:?}");
    assert_eq!(put(&stage, &bob, vec![by_number(0)]).await, []);
}

#[tokio::test]
async fn a_block_outlives_a_take_over_of_the_blocked() {
    let (stage, [alice, bob]) = people().await;
    block(&stage, &alice, &bob.user_id).await;
    let (new, _) = stage.register(number(1).as_str()).await.unwrap();
    stage.clock.advance(30_000);
    usecases::sweep(&stage.app, &stage.app.context())
        .await
        .unwrap();
    assert_eq!(put(&stage, &new, vec![by_number(0)]).await, []);
    unblock(&stage, &alice, &bob.user_id).await;
    assert_eq!(put(&stage, &new, vec![by_number(0)]).await.len(), 1);
}

#[tokio::test]
async fn a_block_of_a_former_holder_hides_the_new_one_from_nobody() {
    let (stage, [alice, bob]) = people().await;
    block(&stage, &alice, &bob.user_id).await;
    stage.clock.advance(1);
    let (new, _) = stage.register(number(0).as_str()).await.unwrap();
    assert_eq!(put(&stage, &bob, vec![by_number(0)]).await.len(), 1);
    remove(&stage, &bob, vec![new.user_id.clone()]).await;
    // What goes with the former holder's block is not the new one's.
    block(&stage, &new, &bob.user_id).await;
    stage.clock.advance(30_000);
    usecases::sweep(&stage.app, &stage.app.context())
        .await
        .unwrap();
    assert_eq!(put(&stage, &bob, vec![by_number(0)]).await, []);
}

#[tokio::test]
async fn whom_too_many_block_to_be_named_is_blocked_all_the_same() {
    use heliograph_domain::store::{Field, Store, Update, Write};
    use heliograph_domain::tables::contacts::blocks;
    let (stage, [alice, bob]) = people().await;
    let name = |n: usize| format!("+{n:064}");
    let many = (0..5_000).fold(Update::default(), |update, n| {
        update.set(name(n), Field::Int(i64::MAX))
    });
    let row = blocks::by_key(&bob.user_id, &alice.user_id);
    let full = Write::update(row.clone(), many);
    stage.store.write(&stage.app.context(), full).await.unwrap();
    let before = stage.store.inner.peek(&row);
    block(&stage, &alice, &bob.user_id).await;
    assert_eq!(stage.store.inner.peek(&row), before);
    send(&stage, &bob, &alice).await;
    assert_eq!(waiting(&stage, &alice).await, []);
    unblock(&stage, &alice, &bob.user_id).await;
    send(&stage, &bob, &alice).await;
    assert_eq!(waiting(&stage, &alice).await.len(), 1);
}

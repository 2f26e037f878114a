//! The paths of `design.md` §4 that a lost answer, a dead connection or bad timing could break.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::ports::PostErrorKind;
use heliograph_domain::store::{StoreErrorKind, Table};
use heliograph_domain::tables::{contacts::blocks, users};
use heliograph_domain::testing::stage::{Call, Fate, Stage};
use heliograph_domain::{Address, Context};
use heliograph_protocol::reply::{DeliveryStatus, SendOutcome, SyncOk};
use heliograph_protocol::request::{OutgoingMessage, ReceiptStatus, Status, StatusQuery};
use heliograph_protocol::{ErrorCode, MessageId, RequestId};
use std::sync::{Arc, Mutex};

async fn two() -> (Arc<Stage>, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (Arc::new(stage), alice, bob)
}

async fn send(stage: &Stage, from: &Address, to: &Address, content: &str) -> MessageId {
    let id = stage.message_id().unwrap();
    let (outcome, _) = stage.send(from, to, id, content).await;
    assert!(
        matches!(outcome, Some(SendOutcome::Accepted { .. })),
        "{outcome:?}"
    );
    id
}

async fn waiting(stage: &Stage, device: &Address) -> Vec<(MessageId, String)> {
    let (page, _) = stage.sync(device, None).await.unwrap();
    assert!(!page.more);
    page.messages
        .into_iter()
        .map(|it| (it.message_id, it.content))
        .collect()
}

fn code(outcome: Option<SendOutcome>) -> Option<ErrorCode> {
    match outcome {
        Some(SendOutcome::Refused { error }) => Some(error.code),
        _ => None,
    }
}

#[tokio::test]
async fn a_message_reaches_a_connection_and_stays_until_it_is_acked() {
    let (stage, alice, bob) = two().await;
    let sender = stage.connect(&alice).await.unwrap();
    let socket = stage.connect(&bob).await.unwrap();
    let id = send(&stage, &alice, &bob, "aGk").await;

    let got = stage.sockets.got(&socket).messages();
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].message_id, got[0].content.as_str()), (id, "aGk"));
    assert_eq!(waiting(&stage, &bob).await, [(id, "aGk".to_owned())]);

    let tokens = vec![got[0].ack_token.clone()];
    stage
        .ack(&bob, ReceiptStatus::Delivered, tokens.clone())
        .await
        .unwrap();
    stage
        .ack(&bob, ReceiptStatus::Delivered, tokens.clone())
        .await
        .unwrap();
    stage.ack(&bob, ReceiptStatus::Read, tokens).await.unwrap();
    assert_eq!(waiting(&stage, &bob).await, []);
    let receipts = stage.sockets.got(&sender).receipts();
    let statuses: Vec<_> = receipts
        .iter()
        .map(|it| (it.message_id, it.status))
        .collect();
    let (delivered, read) = (ReceiptStatus::Delivered, ReceiptStatus::Read);
    assert_eq!(statuses, [(id, delivered), (id, delivered), (id, read)]);
}

#[tokio::test]
async fn a_receipt_waits_for_a_sender_who_is_away_and_makes_no_receipt_itself() {
    let (stage, alice, bob) = two().await;
    let socket = stage.connect(&bob).await.unwrap();
    let id = send(&stage, &alice, &bob, "aGk").await;
    let token = stage.sockets.got(&socket).messages()[0].ack_token.clone();
    stage
        .ack(&bob, ReceiptStatus::Delivered, vec![token])
        .await
        .unwrap();

    let (page, _) = stage.sync(&alice, None).await.unwrap();
    assert_eq!(page.messages, []);
    assert_eq!(page.receipts.len(), 1);
    assert_eq!(page.receipts[0].message_id, id);
    let token = page.receipts[0].ack_token.clone().unwrap();
    stage
        .ack(&alice, ReceiptStatus::Delivered, vec![token])
        .await
        .unwrap();
    let (page, _) = stage.sync(&alice, None).await.unwrap();
    assert_eq!(page.receipts, []);
    assert_eq!(stage.sockets.got(&socket).receipts(), []);
}

#[tokio::test]
async fn a_device_that_connects_after_the_read_is_seen_after_the_put() {
    let (stage, alice, bob) = two().await;
    let late = Arc::new(Mutex::new(None));
    let (world, slot, device) = (stage.clone(), late.clone(), bob.clone());
    stage.store.probe(move |call: Call| {
        // The put comes after the recipients were read: now Bob's phone wakes up.
        if call
            == (Call {
                name: "write",
                table: Some(Table::Inbox),
            })
        {
            let connected = futures_util::FutureExt::now_or_never(world.connect(&device));
            *slot.lock().unwrap() = connected.and_then(Result::ok);
        }
        Fate::Done
    });
    let id = send(&stage, &alice, &bob, "aGk").await;
    stage.store.stop_probing();
    let socket = late.lock().unwrap().clone().unwrap();
    let got = stage.sockets.got(&socket).messages();
    assert_eq!(got.iter().map(|it| it.message_id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_device_that_connects_anew_during_a_slow_put_is_posted_to_again() {
    let (stage, alice, bob) = two().await;
    stage.connect(&bob).await.unwrap();
    // The old socket takes the post, as one does whose client has gone without a word.
    stage.sockets.refuse_close(Some(PostErrorKind::Throttled));
    let newer = Arc::new(Mutex::new(None));
    let (world, slot, device) = (stage.clone(), newer.clone(), bob.clone());
    stage.store.probe(move |call: Call| {
        if call.name == "write" && call.table == Some(Table::Inbox) {
            world.clock.advance(51);
            let connected = futures_util::FutureExt::now_or_never(world.connect(&device));
            *slot.lock().unwrap() = connected.and_then(Result::ok);
        }
        Fate::Done
    });
    let id = send(&stage, &alice, &bob, "aGk").await;
    stage.store.stop_probing();
    let socket = newer.lock().unwrap().clone().unwrap();
    let got = stage.sockets.got(&socket).messages();
    assert_eq!(got.iter().map(|it| it.message_id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_connection_that_was_opening_is_posted_to_after_the_put() {
    let (stage, alice, bob) = two().await;
    let socket = stage.connect(&bob).await.unwrap();
    stage.sockets.refuse(Some(PostErrorKind::Gone));
    let world = stage.clone();
    stage.store.probe(move |call: Call| {
        // The second look, after the put: by now the socket is open.
        if call.name == "batch_get" && world.store.inner.count(Table::Inbox) > 0 {
            world.sockets.refuse(None);
        }
        Fate::Done
    });
    let id = send(&stage, &alice, &bob, "aGk").await;
    stage.store.stop_probing();
    let got = stage.sockets.got(&socket).messages();
    assert_eq!(got.iter().map(|it| it.message_id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_put_that_meets_itself_is_a_success() {
    let (stage, alice, bob) = two().await;
    stage.store.at_call(2, Fate::Repeat);
    let id = send(&stage, &alice, &bob, "aGk").await;
    stage.store.stop_probing();
    assert_eq!(waiting(&stage, &bob).await, [(id, "aGk".to_owned())]);
}

#[tokio::test]
async fn the_same_id_again_gets_the_first_answer_and_stores_nothing_new() {
    let (stage, alice, bob) = two().await;
    let id = stage.message_id().unwrap();
    let (first, _) = stage.send(&alice, &bob, id, "Zmlyc3Q").await;
    stage.clock.advance(5_000);
    let (second, _) = stage.send(&alice, &bob, id, "c2Vjb25k").await;
    assert_eq!(first, second);
    assert_eq!(waiting(&stage, &bob).await, [(id, "Zmlyc3Q".to_owned())]);
}

#[tokio::test]
async fn nobody_stands_in_the_way_of_another_with_the_same_id() {
    let (stage, alice, bob) = two().await;
    let (eve, _) = stage.register("+46700000003").await.unwrap();
    let id = send(&stage, &alice, &bob, "aGk").await;
    let socket = stage.connect(&bob).await.unwrap();
    let (outcome, _) = stage.send(&eve, &bob, id, "ZXZl").await;
    assert!(matches!(outcome, Some(SendOutcome::Accepted { .. })));

    let token = stage.sockets.got(&socket).messages()[0].ack_token.clone();
    let acked = stage.ack(&bob, ReceiptStatus::Delivered, vec![token]).await;
    acked.unwrap();
    assert_eq!(waiting(&stage, &bob).await, [(id, "aGk".to_owned())]);
}

#[tokio::test]
async fn a_page_goes_on_after_a_message_id_or_after_the_last_pages_end() {
    let (stage, alice, bob) = two().await;
    let first = send(&stage, &alice, &bob, "Zmlyc3Q").await;
    stage.clock.advance(1);
    let second = send(&stage, &alice, &bob, "c2Vjb25k").await;
    let (whole, _) = stage.sync(&bob, None).await.unwrap();
    let (rest, _) = stage.sync(&bob, Some(first.to_string())).await.unwrap();
    let (none, _) = stage.sync(&bob, whole.next).await.unwrap();
    let ids = |page: SyncOk| page.messages.into_iter().map(|it| it.message_id);
    assert!(ids(rest).eq([second]));
    assert_eq!(none.messages, []);
}

#[tokio::test]
async fn a_dead_connection_is_forgotten_once_it_cannot_be_opening_any_more() {
    let (stage, alice, bob) = two().await;
    let socket = stage.connect(&bob).await.unwrap();
    stage.sockets.close(&socket);

    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&alice, &bob, id, "aGk").await;
    assert_eq!(usage.write_units, 1, "within 30 s the row stays");
    stage.clock.advance(30_000);
    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&alice, &bob, id, "aGk").await;
    assert_eq!(usage.write_units, 2, "then it is removed");
    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&alice, &bob, id, "aGk").await;
    assert_eq!(usage.posts, 0);
    assert_eq!(waiting(&stage, &bob).await.len(), 3);
}

#[tokio::test]
async fn an_old_disconnect_does_not_remove_a_newer_connection() {
    let (stage, alice, bob) = two().await;
    let old = stage.connect(&bob).await.unwrap();
    let new = stage.connect(&bob).await.unwrap();
    assert!(
        stage.sockets.got(&old).is_closed,
        "the new one displaces the old one"
    );
    stage.disconnect(&bob, &old).await.unwrap();
    send(&stage, &alice, &bob, "aGk").await;
    assert_eq!(stage.sockets.got(&new).messages().len(), 1);
}

#[tokio::test]
async fn a_connection_whose_disconnect_was_lost_ends_with_its_lease() {
    let (stage, alice, bob) = two().await;
    stage.connect(&bob).await.unwrap();
    stage.clock.advance(3 * 60 * 60 * 1000);
    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&alice, &bob, id, "aGk").await;
    assert_eq!(usage.posts, 0);
}

#[tokio::test]
async fn a_connection_that_takes_no_posts_is_closed_so_that_its_client_syncs() {
    let (stage, alice, bob) = two().await;
    let socket = stage.connect(&bob).await.unwrap();
    stage.sockets.refuse(Some(PostErrorKind::Throttled));
    let id = send(&stage, &alice, &bob, "aGk").await;
    assert!(stage.sockets.got(&socket).is_closed);
    assert_eq!(waiting(&stage, &bob).await, [(id, "aGk".to_owned())]);
}

#[tokio::test]
async fn behind_a_frame_that_is_missed_no_other_is_posted() {
    let posts = async |count| {
        let (stage, alice, bob) = two().await;
        stage.connect(&bob).await.unwrap();
        stage.sockets.refuse(Some(PostErrorKind::Throttled));
        // Two do not go into one frame.
        let content = "a".repeat(80_000);
        let message = |_| {
            let id = stage.message_id().unwrap();
            OutgoingMessage::new(id, bob.user_id.clone(), content.as_str())
        };
        let messages: Vec<OutgoingMessage> = (0..count).map(message).collect();
        let (sent, usage) = stage.send_all(&alice, messages).await;
        assert_eq!(sent.results.len(), count);
        assert_eq!(stage.store.inner.count(Table::Inbox), count);
        usage.posts
    };
    assert_eq!(posts(3).await, posts(1).await);
}

#[tokio::test]
async fn a_store_that_fails_refuses_and_the_same_id_works_later() {
    let (stage, alice, bob) = two().await;
    let id = stage.message_id().unwrap();
    for call in [1, 2] {
        stage
            .store
            .at_call(call, Fate::Fail(StoreErrorKind::Unavailable));
        let (outcome, _) = stage.send(&alice, &bob, id, "aGk").await;
        assert_eq!(code(outcome), Some(ErrorCode::Unavailable));
        stage.store.stop_probing();
        assert_eq!(waiting(&stage, &bob).await, []);
    }
    let (outcome, _) = stage.send(&alice, &bob, id, "aGk").await;
    assert!(matches!(outcome, Some(SendOutcome::Accepted { .. })));
    assert_eq!(waiting(&stage, &bob).await.len(), 1);
}

#[tokio::test]
async fn a_blocked_sender_is_told_accepted_and_nothing_is_delivered() {
    use heliograph_domain::store::Store;
    let (stage, alice, bob) = two().await;
    let cx: Context = stage.app.context();
    let user = users::get(&*stage.app.store, &cx, &bob.user_id).await;
    let user = user.unwrap().unwrap();
    let block = blocks::add((&bob.user_id, &user), &alice.user_id, None, cx.now_ms());
    stage.store.transact(&cx, block.unwrap()).await.unwrap();
    let socket = stage.connect(&bob).await.unwrap();
    let id = send(&stage, &alice, &bob, "aGk").await;
    assert_eq!(stage.sockets.got(&socket).messages(), []);
    assert_eq!(waiting(&stage, &bob).await, []);
    assert_eq!(
        status(&stage, &alice, &bob, id).await,
        DeliveryStatus::Waiting
    );
}

#[tokio::test]
async fn an_ephemeral_message_is_posted_and_never_stored() {
    let (stage, alice, bob) = two().await;
    let typing = |stage: &Stage| {
        let id = stage.message_id().unwrap();
        OutgoingMessage::new(id, bob.user_id.clone(), "dHlwaW5n").ephemeral(true)
    };
    let (_, usage) = stage.send_all(&alice, vec![typing(&stage)]).await;
    assert_eq!((usage.write_units, usage.posts), (0, 0));
    let socket = stage.connect(&bob).await.unwrap();
    let (_, usage) = stage.send_all(&alice, vec![typing(&stage)]).await;
    assert_eq!((usage.write_units, usage.posts), (0, 1));
    assert_eq!(stage.sockets.got(&socket).messages().len(), 1);
    assert_eq!(waiting(&stage, &bob).await, []);
}

#[tokio::test]
async fn an_expired_message_is_never_delivered_however_late_it_is_deleted() {
    let (stage, alice, bob) = two().await;
    let id = stage.message_id().unwrap();
    let message = OutgoingMessage::new(id, bob.user_id.clone(), "aGk").expires_in_s(60);
    stage.send_all(&alice, vec![message]).await;
    stage.clock.advance(59_000);
    assert_eq!(waiting(&stage, &bob).await.len(), 1);
    stage.clock.advance(1_000);
    assert_eq!(waiting(&stage, &bob).await, []);
}

#[tokio::test]
async fn a_token_of_another_device_forbids_the_whole_frame() {
    let (stage, alice, bob) = two().await;
    let socket = stage.connect(&bob).await.unwrap();
    send(&stage, &alice, &bob, "aGk").await;
    let token = stage.sockets.got(&socket).messages()[0].ack_token.clone();
    let forged = vec![token.clone(), "AAAA".to_owned()];
    assert!(
        stage
            .ack(&bob, ReceiptStatus::Delivered, forged)
            .await
            .is_err()
    );
    assert!(
        stage
            .ack(&alice, ReceiptStatus::Delivered, vec![token])
            .await
            .is_err()
    );
    assert_eq!(waiting(&stage, &bob).await.len(), 1);
}

#[tokio::test]
async fn status_follows_a_message() {
    let (stage, alice, bob) = two().await;
    let id = send(&stage, &alice, &bob, "aGk").await;
    assert_eq!(
        status(&stage, &alice, &bob, id).await,
        DeliveryStatus::Waiting
    );
    assert_eq!(
        status(&stage, &bob, &alice, id).await,
        DeliveryStatus::Delivered
    );
    let (page, _) = stage.sync(&bob, None).await.unwrap();
    let token = page.messages[0].ack_token.clone();
    stage
        .ack(&bob, ReceiptStatus::Delivered, vec![token])
        .await
        .unwrap();
    assert_eq!(
        status(&stage, &alice, &bob, id).await,
        DeliveryStatus::Delivered
    );
}

async fn status(stage: &Stage, from: &Address, to: &Address, id: MessageId) -> DeliveryStatus {
    let query = StatusQuery {
        message_id: id,
        to: to.user_id.clone().into(),
    };
    let request = Status::new(RequestId::from(1), vec![query]);
    let cx = stage.app.context();
    let answer = heliograph_domain::usecases::status(&stage.app, &cx, from, request).await;
    answer.unwrap().statuses[0].status
}

#[tokio::test]
async fn a_page_of_large_messages_fits_one_frame() {
    let (stage, alice, bob) = two().await;
    for _ in 0..12 {
        send(&stage, &alice, &bob, &"\u{1}x".repeat(6_000)).await;
    }
    let (mut after, mut got) = (None, 0);
    loop {
        let (page, _) = stage.sync(&bob, after).await.unwrap();
        let reply = heliograph_protocol::reply::ok("r", &page);
        assert!(
            reply.len() <= heliograph_protocol::limits::FRAME_BYTES_MAX,
            "{}",
            reply.len()
        );
        got += page.messages.len();
        after = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(got, 12);
}

#[tokio::test]
async fn a_message_is_refused_until_every_device_has_its_copy() {
    use heliograph_domain::store::Store;
    use heliograph_domain::tables::users;
    let (stage, alice, bob) = two().await;
    let cx: Context = stage.app.context();
    let mut user = users::get(&*stage.app.store, &cx, &bob.user_id)
        .await
        .unwrap()
        .unwrap();
    let mut second = user.devices[0].clone();
    second.device_id = heliograph_protocol::DeviceId::new(2).unwrap();
    user.devices.push(second);
    let write = users::save(&bob.user_id, &user).unwrap();
    stage.store.write(&cx, write).await.unwrap();

    let id = stage.message_id().unwrap();
    for _ in 0..2 {
        // The first device's put fails; the second one's is stored, and is found the second time.
        stage
            .store
            .at_call(2, Fate::Fail(StoreErrorKind::Unavailable));
        let (outcome, _) = stage.send(&alice, &bob, id, "aGk").await;
        stage.store.stop_probing();
        assert_eq!(code(outcome), Some(ErrorCode::Unavailable));
        assert_eq!(waiting(&stage, &bob).await, []);
    }
    let (outcome, _) = stage.send(&alice, &bob, id, "aGk").await;
    assert!(matches!(outcome, Some(SendOutcome::Accepted { .. })));
    assert_eq!(waiting(&stage, &bob).await, [(id, "aGk".to_owned())]);
}

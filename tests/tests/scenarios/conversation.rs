//! Two people write to each other.

use crate::store;
use heliograph_protocol::MessageId;
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::limits::MESSAGES_PER_FRAME_MAX;
use heliograph_protocol::reply::DeliveryStatus;
use heliograph_protocol::request::{OutgoingMessage, ReceiptStatus};
use heliograph_tests::{Deployment, Person, Socket, message, scenarios};

scenarios!(
    alice_and_bob,
    a_sender_who_was_away_finds_receipts,
    people_can_write_to_each_other_at_once,
);

const OFFLINE: usize = 500;

/// The main job: online, receipts, offline, back again, nothing left behind.
async fn alice_and_bob(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);

    let (id, timestamp) = a.send(&bob, "hi").await.accepted();
    let hi = b.next_message().await;
    assert_eq!((hi.message_id, hi.content.as_str()), (id, "hi"));
    assert_eq!(hi.from_user_id, *alice.user_id());
    assert_eq!(hi.to_user_id, *bob.user_id());
    assert_eq!(hi.timestamp, timestamp);

    b.delivered(std::slice::from_ref(&hi)).await;
    is_receipt(&a.next_receipt().await, &hi, ReceiptStatus::Delivered);
    b.read(std::slice::from_ref(&hi)).await;
    is_receipt(&a.next_receipt().await, &hi, ReceiptStatus::Read);
    b.close().await;

    let sent = send_many(&mut a, &bob, OFFLINE).await;
    assert!(has_status(&mut a, &bob, &sent[..100], DeliveryStatus::Waiting).await);

    let mut b = bob.connect().await;
    let missed = b.drain().await;
    let ids: Vec<MessageId> = missed.iter().map(|it| it.message_id).collect();
    assert_eq!(ids, sent, "all there, once, in order");
    let texts: Vec<String> = missed.into_iter().map(|it| it.content).collect();
    assert_eq!(texts, (0..OFFLINE).map(text).collect::<Vec<_>>());

    let mut receipts: Vec<MessageId> = Vec::new();
    while receipts.len() < OFFLINE {
        let receipt = a.next_receipt().await;
        assert_eq!(receipt.status, ReceiptStatus::Delivered);
        receipts.push(receipt.message_id);
    }
    receipts.sort();
    assert_eq!(receipts, sent, "a receipt for each");

    b.has_empty_inbox().await;
    for ids in sent.chunks(100) {
        assert!(has_status(&mut a, &bob, ids, DeliveryStatus::Delivered).await);
    }
    a.has_empty_inbox().await;
    a.close().await;
    b.close().await;
    assert_eq!(store::inbox_items(&mut stack, &bob).await, 0);
}

fn text(number: usize) -> String {
    format!("message {number}")
}

async fn send_many(from: &mut Socket, to: &Person, count: usize) -> Vec<MessageId> {
    let messages: Vec<OutgoingMessage> =
        (0..count).map(|number| message(to, text(number))).collect();
    let mut ids = Vec::new();
    for frame in messages.chunks(MESSAGES_PER_FRAME_MAX) {
        let sent = from.send_all(frame.to_vec()).await;
        ids.extend(sent.into_iter().map(|it| it.accepted().0));
    }
    ids
}

async fn has_status(
    of: &mut Socket,
    to: &Person,
    ids: &[MessageId],
    status: DeliveryStatus,
) -> bool {
    let found = of.status(to, ids).await;
    found.len() == ids.len() && found.iter().all(|it| it.status == status)
}

fn is_receipt(receipt: &Receipt, of: &Envelope, status: ReceiptStatus) {
    assert_eq!(receipt.message_id, of.message_id);
    assert_eq!(receipt.by_user_id, of.to_user_id);
    assert_eq!(receipt.status, status);
}

/// Receipts wait in the sender's inbox like messages, and are acked without making more.
async fn a_sender_who_was_away_finds_receipts(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let (id, _) = a.send(&bob, "call me").await.accepted();
    a.close().await;

    let mut b = bob.connect().await;
    let got = b.drain().await;
    b.read(&got).await;

    let mut a = alice.connect().await;
    let page = a.sync(None).await;
    let mut statuses: Vec<ReceiptStatus> = page.receipts.iter().map(|it| it.status).collect();
    statuses.sort_by_key(|status| *status == ReceiptStatus::Read);
    // AWS may take a post for a socket that is just closing, and then the receipt is gone with it:
    // `status` is for that.
    assert!(statuses.contains(&ReceiptStatus::Read), "{statuses:?}");
    if matches!(stack, Deployment::OneMachine(_)) {
        assert_eq!(statuses, [ReceiptStatus::Delivered, ReceiptStatus::Read]);
    }
    assert!(page.receipts.iter().all(|it| it.message_id == id));
    a.drain().await;
    a.has_empty_inbox().await;
    b.ping().await;
    b.has_empty_inbox().await;
}

/// Both send before either reads.
async fn people_can_write_to_each_other_at_once(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    for round in 0..10 {
        let text = text(round);
        let (to_bob, to_alice) = tokio::join!(a.send(&bob, &text), b.send(&alice, &text));
        let (to_bob, to_alice) = (to_bob.accepted().0, to_alice.accepted().0);
        let (at_bob, at_alice) = (b.next_message().await, a.next_message().await);
        assert_eq!((at_bob.message_id, at_alice.message_id), (to_bob, to_alice));
        b.delivered(&[at_bob]).await;
        a.delivered(&[at_alice]).await;
    }
}

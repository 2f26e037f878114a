//! AWS's manners, switched on with seeds: nothing is lost, and after the client's own dedupe by
//! message id nothing is there twice.

use heliograph_protocol::event::Envelope;
use heliograph_protocol::reply::{DeliveryStatus, SendOutcome};
use heliograph_protocol::request::{Ack, OutgoingMessage, ReceiptStatus};
use heliograph_protocol::{ErrorCode, MessageId};
use heliograph_tests::{Closed, OneMachine, Person, Socket, message};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

const MESSAGES: usize = 200;

#[tokio::test]
async fn nothing_is_lost_with_lost_disconnects() {
    nothing_is_lost_with("lose-disconnect=0.7", 1).await;
}

#[tokio::test]
async fn nothing_is_lost_with_posts_that_say_gone() {
    nothing_is_lost_with("gone=0.3", 2).await;
}

#[tokio::test]
async fn nothing_is_lost_with_throttled_posts() {
    nothing_is_lost_with("throttled=0.2", 3).await;
}

#[tokio::test]
async fn nothing_is_lost_with_reordered_events() {
    nothing_is_lost_with("reorder=0.5", 4).await;
}

#[tokio::test]
async fn nothing_is_lost_with_all_at_once() {
    for seed in 5..8 {
        let faults = "lose-disconnect=0.5,gone=0.2,throttled=0.1,reorder=0.3,late-ttl=1";
        nothing_is_lost_with(faults, seed).await;
    }
}

async fn nothing_is_lost_with(faults: &str, seed: u64) {
    let seed = seed.to_string();
    let arguments = [
        "--dev",
        "--no-limits",
        "--faults",
        faults,
        "--fault-seed",
        &seed,
    ];
    let machine = OneMachine::start(&arguments).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let messages: Vec<OutgoingMessage> = (0..MESSAGES)
        .map(|n| message(&bob, n.to_string()))
        .collect();

    let (done, is_done) = watch::channel(false);
    let sends = async {
        let (first, second) = messages.split_at(MESSAGES / 2);
        send_all(&alice, first).await;
        // From now on connections are old enough to be forgotten when a post says gone.
        machine.advance_clock(Duration::from_secs(31)).await;
        send_all(&alice, second).await;
        done.send(true).unwrap();
    };
    let ((), got) = tokio::join!(sends, receive_all(&bob, is_done));

    let got: Vec<(MessageId, String)> = got.into_iter().map(|(id, it)| (id, it.content)).collect();
    let sent = messages
        .iter()
        .enumerate()
        .map(|(n, it)| (it.message_id, n.to_string()));
    assert_eq!(got, sent.collect::<Vec<_>>(), "{faults}");
    let ids: Vec<MessageId> = messages.iter().map(|it| it.message_id).collect();
    let mut a = alice.connect().await;
    for ids in ids.chunks(100) {
        let statuses = a.status(&bob, ids).await;
        assert!(
            statuses
                .iter()
                .all(|it| it.status == DeliveryStatus::Delivered)
        );
    }
}

/// Sends as a client does: in a frame of five, again under the same ids until it is accepted.
async fn send_all(from: &Person, messages: &[OutgoingMessage]) {
    let mut socket = from.connect().await;
    for frame in messages.chunks(5) {
        let mut left = frame.to_vec();
        for _ in 0..100 {
            match socket.try_send_all(left.clone()).await {
                Err(Closed(_)) => socket = from.connect().await,
                Ok(sent) => left = refused(left, sent.into_iter().map(|it| it.0.outcome)),
            }
            if left.is_empty() {
                break;
            }
        }
        assert!(left.is_empty(), "not accepted in 100 tries");
    }
}

fn refused(
    messages: Vec<OutgoingMessage>,
    outcomes: impl Iterator<Item = SendOutcome>,
) -> Vec<OutgoingMessage> {
    let left = messages
        .into_iter()
        .zip(outcomes)
        .filter(|(_, outcome)| match outcome {
            SendOutcome::Accepted { .. } => false,
            SendOutcome::Refused { error } => {
                assert_eq!(error.code, ErrorCode::Unavailable);
                true
            }
        });
    left.map(|(message, _)| message).collect()
}

/// Receives as a client does: syncs after it has connected, keeps what it does not know, acks, and
/// comes back when it is closed. In the end it comes back once more.
async fn receive_all(
    to: &Person,
    mut is_done: watch::Receiver<bool>,
) -> BTreeMap<MessageId, Envelope> {
    let mut got = BTreeMap::new();
    while !*is_done.borrow() {
        let mut socket = to.connect().await;
        let ended = tokio::select! {
            ended = receive(&mut socket, &mut got) => ended,
            _ = is_done.changed() => break,
        };
        assert!(ended.is_err());
    }
    for _ in 0..100 {
        let mut socket = to.connect().await;
        if socket.try_drain(|it| keep(&mut got, it)).await.is_ok() {
            return got;
        }
    }
    panic!("not drained in 100 tries");
}

/// Receives until the socket closes.
async fn receive(
    socket: &mut Socket,
    got: &mut BTreeMap<MessageId, Envelope>,
) -> Result<(), Closed> {
    socket.try_drain(|it| keep(got, it)).await?;
    loop {
        // A post that said gone has left its message in the inbox: nothing may come for long.
        let envelope = match socket
            .try_message_within(Duration::from_millis(200))
            .await?
        {
            Some(envelope) => envelope,
            None => return Err(Closed(None)),
        };
        let token = envelope.ack_token.clone();
        keep(got, envelope);
        let ack = |id| Ack::new(id, ReceiptStatus::Delivered, vec![token]);
        socket.try_ask(ack).await?;
    }
}

fn keep(got: &mut BTreeMap<MessageId, Envelope>, envelope: Envelope) {
    let content = envelope.content.clone();
    let known = got.insert(envelope.message_id, envelope);
    assert!(
        known.is_none_or(|known| known.content == content),
        "one id, two contents"
    );
}

//! kill -9: what was accepted is there afterwards.

use heliograph_protocol::limits::MESSAGES_PER_FRAME_MAX;
use heliograph_protocol::reply::{SendOk, SendOutcome};
use heliograph_protocol::request::{OutgoingMessage, Send};
use heliograph_protocol::{MessageId, RequestId};
use heliograph_tests::{OneMachine, Person, Socket, message};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_kill_between_store_and_drain_loses_nothing_that_was_accepted() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let messages: Vec<OutgoingMessage> = (0..1280).map(|n| message(&bob, n.to_string())).collect();

    let requests = begin_all(&mut a, &messages).await;
    let mut accepted = BTreeSet::new();
    for request in &requests[..10] {
        let SendOk { results } = a.end(request).await.unwrap().ok();
        accepted.extend(results.iter().map(|it| it.message_id));
    }
    // The rest is anywhere between the client and the disk.
    machine.kill().await;
    for request in &requests[10..] {
        let Ok(reply) = a.end(request).await else {
            break;
        };
        accepted.extend(reply.ok::<SendOk>().results.iter().map(|it| it.message_id));
    }
    machine.start_again().await;

    // Nobody but Bob can say what is there, and a client that had no reply sends again.
    let mut a = alice.connect().await;
    let unanswered: Vec<_> = messages
        .iter()
        .filter(|it| !accepted.contains(&it.message_id))
        .collect();
    for frame in unanswered.chunks(MESSAGES_PER_FRAME_MAX).take(5) {
        for sent in a
            .send_all(frame.iter().map(|it| (*it).clone()).collect())
            .await
        {
            accepted.insert(sent.accepted().0);
        }
    }
    let got: Vec<MessageId> = drain(&bob).await.iter().map(|it| it.message_id).collect();
    let missing: Vec<_> = accepted.iter().filter(|id| !got.contains(id)).collect();
    assert!(
        missing.is_empty(),
        "{} of {} lost",
        missing.len(),
        accepted.len()
    );
    assert!(
        got.is_sorted_by(|one, next| one < next),
        "each once, in order"
    );
}

#[tokio::test]
async fn what_was_acked_does_not_come_back_after_a_kill() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    for number in 0..100 {
        a.send(&bob, &number.to_string()).await.accepted();
    }
    let mut b = bob.connect().await;
    let waiting = b.sync(None).await.messages;
    let (acked, kept) = waiting.split_at(60);
    b.delivered(acked).await;

    machine.kill().await;
    machine.start_again().await;
    let kept: Vec<MessageId> = kept.iter().map(|it| it.message_id).collect();
    let got: Vec<MessageId> = drain(&bob).await.iter().map(|it| it.message_id).collect();
    assert_eq!(got, kept);

    // Sixty receipts were pushed to Alice before; those of the rest wait for her.
    assert_eq!(alice.connect().await.sync(None).await.receipts.len(), 40);
}

#[tokio::test]
async fn accounts_survive_a_kill() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let mut alice = machine.person("alice").await;
    machine.kill().await;
    machine.start_again().await;
    alice.connect().await.ping().await;

    let used = alice.session.refresh_token.clone();
    alice.refresh().await.unwrap();
    machine.kill().await;
    machine.start_again().await;
    let replayed = alice.site.tokens(&used).await;
    assert_eq!(replayed.unwrap_err().status, 403, "a used token stays used");
    assert_eq!(alice.try_connect().await.unwrap_err(), 403);
}

/// Sends everything without waiting for replies.
async fn begin_all(from: &mut Socket, messages: &[OutgoingMessage]) -> Vec<RequestId> {
    let mut requests = Vec::new();
    for frame in messages.chunks(MESSAGES_PER_FRAME_MAX) {
        let send = |id| Send::new(id, frame.to_vec());
        requests.push(from.begin(send).await.unwrap());
    }
    requests
}

async fn drain(person: &Person) -> Vec<heliograph_protocol::event::Envelope> {
    person.connect().await.drain().await
}

/// A refusal would be no loss, and no server that is well refuses here.
#[tokio::test]
async fn a_server_that_is_well_accepts_everything() {
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let messages: Vec<OutgoingMessage> = (0..640).map(|n| message(&bob, n.to_string())).collect();
    for request in begin_all(&mut a, &messages).await {
        let SendOk { results } = a.end(&request).await.unwrap().ok();
        for result in results {
            assert!(
                matches!(result.outcome, SendOutcome::Accepted { .. }),
                "{result:?}"
            );
        }
    }
    let got: Vec<MessageId> = drain(&bob).await.iter().map(|it| it.message_id).collect();
    let sent: Vec<MessageId> = messages.iter().map(|it| it.message_id).collect();
    assert_eq!(got, sent);
}

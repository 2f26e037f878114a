//! A client that does not read is given up, and loses nothing.

use heliograph_protocol::request::Sync;
use heliograph_tests::{OneMachine, message};
use std::time::Duration;

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_finds_everything_later() {
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let handshake = bob.handshake().bearer(&bob.session.access_token);
    let asleep = handshake.receive_buffer_bytes(4096).open().await.unwrap();
    machine
        .metric_becomes("heliograph_connections 2", Duration::from_secs(10))
        .await;

    let content = "x".repeat(100_000);
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(
            a.send_one(message(&bob, content.as_str()))
                .await
                .accepted()
                .0,
        );
    }
    // A write may wait for 10 s.
    machine
        .metric_becomes("heliograph_connections 1", Duration::from_secs(40))
        .await;
    a.ping().await;

    let mut b = bob.connect().await;
    let got: Vec<_> = b.drain().await.iter().map(|it| it.message_id).collect();
    assert_eq!(got, ids);
    drop(asleep);
}

/// Each reply is 120 KB: more than the kernel keeps for a client.
#[tokio::test]
async fn a_client_that_asks_and_does_not_read_is_closed() {
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut b = bob.connect().await;
    for _ in 0..2 {
        b.send_one(message(&alice, "x".repeat(60_000)))
            .await
            .accepted();
    }
    let handshake = alice.handshake().bearer(&alice.session.access_token);
    let mut asleep = handshake.receive_buffer_bytes(4096).open().await.unwrap();
    for _ in 0..200 {
        asleep.begin(|id| Sync::new(id, None)).await.unwrap();
    }
    machine
        .metric_becomes("heliograph_connections 1", Duration::from_secs(40))
        .await;
    b.ping().await;
    assert_eq!(alice.connect().await.drain().await.len(), 2);
}

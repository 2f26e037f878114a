//! SIGTERM, and starting again.

use heliograph_protocol::socket::CLOSE_GOING_AWAY;
use heliograph_tests::{Closed, OneMachine};

#[tokio::test]
async fn sigterm_closes_open_sockets_and_ends_well() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    machine.terminate();
    assert_eq!(a.is_closed().await, Closed(Some(CLOSE_GOING_AWAY)));
    assert_eq!(b.is_closed().await, Closed(Some(CLOSE_GOING_AWAY)));
    let status = machine.exit().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_client_that_says_nothing_does_not_keep_it_from_ending() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    let _silent = alice.connect().await;
    let host = machine.site().addresses().http.replace("http://", "");
    let _nothing = tokio::net::TcpStream::connect(host).await.unwrap();
    machine.stop().await;
}

#[tokio::test]
async fn accounts_tokens_and_messages_survive_a_restart() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let (mut alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let (id, _) = a.send(&bob, "before").await.accepted();
    a.close().await;
    machine.stop().await;
    machine.start_again().await;

    let mut b = bob.connect().await;
    let waiting = b.sync(None).await.messages;
    assert_eq!(waiting[0].message_id, id);
    b.delivered(&waiting).await;
    let mut a = alice.connect().await;
    assert_eq!(a.sync(None).await.receipts.len(), 1);
    alice.refresh().await.unwrap();
    a.send(&bob, "after").await.accepted();
    assert_eq!(b.next_message().await.content, "after");
}

#[tokio::test]
async fn ack_tokens_survive_a_restart() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    a.send(&bob, "hi").await.accepted();
    let got = b.next_message().await;
    a.close().await;
    b.close().await;
    machine.stop().await;
    machine.start_again().await;
    let mut b = bob.connect().await;
    b.delivered(&[got]).await;
    b.has_empty_inbox().await;
}

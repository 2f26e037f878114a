//! What ends by itself, with the clock turned forward.

use heliograph_protocol::reply::DeliveryStatus;
use heliograph_tests::{OneMachine, device, message};
use hyper::StatusCode;
use std::time::Duration;

/// With `late-ttl` nothing expired is ever deleted, and still is never delivered.
#[tokio::test]
async fn expired_messages_are_never_delivered_however_late_they_are_deleted() {
    for faults in ["", "late-ttl=1"] {
        let machine = OneMachine::start(&["--dev", "--faults", faults]).await;
        let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
        let mut a = alice.connect().await;
        let short = message(&bob, "gone in a minute").expires_in_s(60);
        let short = a.send_one(short).await.accepted().0;
        let long = a.send(&bob, "there for 30 days").await.accepted().0;
        let waits = a.status(&bob, &[short, long]).await;
        assert!(waits.iter().all(|it| it.status == DeliveryStatus::Waiting));

        machine.advance_clock(Duration::from_secs(61)).await;
        let got = bob.connect().await.drain().await;
        let got: Vec<_> = got.iter().map(|it| it.message_id).collect();
        assert_eq!(got, [long], "{faults:?}");

        // Its id is free again, as it is nowhere.
        let again = message(&bob, "again").expires_in_s(60);
        a.send_one(again.clone()).await.accepted();
        machine.advance_clock(Duration::from_secs(61)).await;
        a.send_one(again.clone()).await.accepted();
        let got = bob.connect().await.drain().await;
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].message_id, again.message_id);
    }
}

#[tokio::test]
async fn messages_wait_thirty_days_and_no_longer() {
    let machine = OneMachine::start(&["--dev"]).await;
    let (alice, mut bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let (id, _) = a.send(&bob, "take your time").await.accepted();
    a.close().await;
    let day = Duration::from_secs(24 * 60 * 60);
    machine
        .advance_clock(day * 30 - Duration::from_secs(60))
        .await;
    bob.refresh().await.unwrap();
    assert_eq!(
        bob.connect().await.sync(None).await.messages[0].message_id,
        id
    );
    machine.advance_clock(Duration::from_secs(60)).await;
    bob.connect().await.has_empty_inbox().await;
}

#[tokio::test]
async fn a_link_token_ends_after_ten_minutes() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    let mut a = alice.connect().await;
    let (early, late) = (a.link_token().await, a.link_token().await);
    machine.advance_clock(Duration::from_secs(9 * 60)).await;
    alice.site.link(&early, device("tablet", 3)).await.unwrap();
    machine.advance_clock(Duration::from_secs(61)).await;
    let refused = alice.site.link(&late, device("laptop", 4)).await;
    assert_eq!(refused.unwrap_err().status, StatusCode::GONE);
}

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut alice = machine.person("alice").await;
    let mut open = alice.connect().await;
    machine.advance_clock(Duration::from_secs(15 * 60)).await;
    assert_eq!(
        alice.try_connect().await.unwrap_err(),
        StatusCode::UNAUTHORIZED
    );
    // A connection outlives its token, and a refresh token is good for longer.
    open.ping().await;
    alice.refresh().await.unwrap();
    alice.connect().await.ping().await;
}

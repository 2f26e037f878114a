//! Jobs outlive the process.

use heliograph_protocol::request::{PushTarget, WebPushKeys};
use heliograph_tests::OneMachine;
use heliograph_webpush::testing::{Browser, Service};
use hyper::body::Bytes;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

#[tokio::test]
async fn a_notification_that_was_not_taken_is_sent_after_a_crash() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    // Nobody listens there now.
    let listener = machine.push_listener();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let browser = Browser::new();
    let (p256dh, auth) = browser.keys();
    let endpoint = format!("http://{address}/bob");
    let keys = WebPushKeys { p256dh, auth };
    let registered = b.register_push(PushTarget::Web { endpoint, keys }).await;
    registered.outcome.expect("taken");
    b.close().await;
    a.send(&bob, "wake up").await.accepted();
    machine.kill().await;

    let listener = TcpListener::bind(address).await.unwrap();
    let service = Service::on(listener, 201, &[], Bytes::new());
    machine.start_again().await;
    let end = Instant::now() + Duration::from_secs(10);
    while service.taken().is_empty() {
        assert!(Instant::now() < end, "nobody was woken");
        sleep(Duration::from_millis(20)).await;
    }
    let body = &service.taken()[0].body;
    assert_eq!(browser.decrypt(body), b"you have messages");
    machine
        .metric_becomes(
            "heliograph_invocations_total{route=\"notify\"} 1",
            Duration::from_secs(5),
        )
        .await;
    // It is done, and not done again.
    machine.stop().await;
    machine.start_again().await;
    alice.connect().await.ping().await;
    assert_eq!(service.taken().len(), 1);
}

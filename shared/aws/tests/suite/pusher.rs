//! Posts to connections, as API Gateway answers them.

use crate::support::{Proxy, Request, Step, config};
use heliograph_aws::{ApiGatewayPusher, Clients};
use heliograph_domain::Context;
use heliograph_domain::ports::{ConnectionId, PostErrorKind, Pusher};
use heliograph_protocol::event::Event;
use serde_json::json;
use std::time::{Duration, Instant};

/// As API Gateway makes them: base64 with its last character.
const CONNECTION: &str = "L0SM9cOFvHcCIhw=";

fn pusher(proxy: &Proxy) -> ApiGatewayPusher {
    hasty_pusher(proxy, Duration::from_secs(30))
}

fn hasty_pusher(proxy: &Proxy, attempt_timeout: Duration) -> ApiGatewayPusher {
    let mut config = config("http://127.0.0.1:9");
    config.patience.attempt_timeout = attempt_timeout;
    Clients::new(&config).pusher(format!("{}/v1", proxy.endpoint()))
}

async fn post(proxy: &Proxy) -> Result<u64, PostErrorKind> {
    let cx = Context::at(0);
    let connection = ConnectionId::new(CONNECTION);
    let posted = pusher(proxy).post(&cx, &connection, Event::Displaced).await;
    posted
        .map(|()| cx.meter.read().posts)
        .map_err(|error| error.kind())
}

async fn close(proxy: &Proxy) -> Result<(), PostErrorKind> {
    let closed = pusher(proxy)
        .close(&Context::at(0), &ConnectionId::new(CONNECTION))
        .await;
    closed.map_err(|error| error.kind())
}

#[tokio::test]
async fn a_post_carries_the_event() {
    let proxy = Proxy::answering(|_| (200, json!({}))).await;
    assert_eq!(post(&proxy).await, Ok(1));
    let [request] = proxy.seen().try_into().unwrap();
    assert_eq!(request.method, "POST");
    assert!(
        request
            .path
            .starts_with("/v1/@connections/L0SM9cOFvHcCIhw%3D"),
        "{}",
        request.path
    );
    assert_eq!(request.text(), Event::Displaced.to_json());
    let authorization = request.header("authorization").unwrap();
    assert!(
        authorization.contains("/eu-north-1/execute-api/"),
        "{authorization}"
    );
}

#[tokio::test]
async fn a_close_deletes_the_connection() {
    let proxy = Proxy::answering(|_| (204, json!({}))).await;
    assert_eq!(close(&proxy).await, Ok(()));
    let [request] = proxy.seen().try_into().unwrap();
    assert_eq!(request.method, "DELETE");
    assert!(
        request
            .path
            .starts_with("/v1/@connections/L0SM9cOFvHcCIhw%3D"),
        "{}",
        request.path
    );
}

#[tokio::test]
async fn answers_are_what_can_be_done_about_them() {
    for (status, kind, attempts) in [
        (410, PostErrorKind::Gone, 1),
        (429, PostErrorKind::Throttled, 1),
        (413, PostErrorKind::Unavailable, 1),
        (403, PostErrorKind::Unavailable, 1),
        (500, PostErrorKind::Unavailable, 2),
    ] {
        let proxy = Proxy::answering(move |_| (status, json!({"message": "no"}))).await;
        assert_eq!(post(&proxy).await, Err(kind), "{status}");
        assert_eq!(proxy.seen().len(), attempts, "{status}");
        assert_eq!(close(&proxy).await, Err(kind), "{status}");
    }
}

#[tokio::test]
async fn a_lost_post_is_sent_once_more() {
    let mut is_first = true;
    let script = move |_: &Request| match std::mem::take(&mut is_first) {
        true => Step::LoseRequest,
        false => Step::Answer(200, json!({})),
    };
    let proxy = Proxy::start("", script).await;
    assert_eq!(post(&proxy).await, Ok(1));
    assert_eq!(proxy.seen().len(), 2);

    let proxy = Proxy::start("", |_| Step::LoseRequest).await;
    assert_eq!(post(&proxy).await, Err(PostErrorKind::Unavailable));
    assert_eq!(proxy.seen().len(), 2);
}

#[tokio::test]
async fn nobody_waits_long_for_a_post() {
    let proxy = Proxy::start("", |_| Step::Hang).await;
    let pusher = hasty_pusher(&proxy, Duration::from_millis(50));
    let started = Instant::now();
    let (cx, connection) = (Context::at(0), ConnectionId::new(CONNECTION));
    let posted = pusher.post(&cx, &connection, Event::Displaced);
    assert_eq!(posted.await.unwrap_err().kind(), PostErrorKind::Unavailable);
    assert_eq!(proxy.seen().len(), 2);
    pusher.warm().await;
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

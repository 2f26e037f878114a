//! The client library's connection, where lines break, servers die and tokens end.

use futures_util::{Stream, StreamExt};
use heliograph_client::client::{Client, ClientConfig, Event as ClientEvent};
use heliograph_client::connection::{Notice, RequestFailure, SignedOut, Timing};
use heliograph_client::transport::RequestError;
use heliograph_protocol::event::Event;
use heliograph_protocol::reply::Empty;
use heliograph_protocol::request::Ping;
use heliograph_tests::{App, Line, OneMachine, Phone, Traffic, config};
use std::time::Duration;
use tokio::time::timeout;

async fn is_offline(app: &mut App) -> u64 {
    app.until(|notice| match notice {
        Notice::Offline { retry_at } => Some(retry_at),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_server_that_dies_and_comes_back_finds_its_clients_again() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let line = Line::to(machine.site()).await;
    let mut app = App::start_by(&line, &bob, Timing::default());
    app.connects().await;

    // Asked of a server that is dying.
    line.turn(Traffic::Silent);
    let connection = app.connection.clone();
    let asked = tokio::spawn(async move { connection.request(Ping::new).await });
    tokio::task::yield_now().await;
    machine.kill().await;
    line.cut();
    is_offline(&mut app).await;
    let failed = asked.await.unwrap().unwrap_err();
    assert_eq!(failed, RequestError::Failed(RequestFailure::Unknown));
    let failed = app.connection.request(Ping::new).await.unwrap_err();
    assert_eq!(failed, RequestError::Failed(RequestFailure::NotConnected));

    line.turn(Traffic::Flows);
    machine.start_again().await;
    let (id, _) = alice.connect().await.send(&bob, "later").await.accepted();
    app.connection.network_is_back();
    assert!(!app.connects().await);
    assert_eq!(app.sync().await.messages[0].message_id, id);
}

#[tokio::test]
async fn a_server_that_stops_is_found_again_without_a_word_of_the_app() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let bob = machine.person("bob").await;
    let line = Line::to(machine.site()).await;
    let mut app = App::start_by(&line, &bob, Timing::default());
    app.connects().await;
    machine.stop().await;
    is_offline(&mut app).await;
    machine.start_again().await;
    app.connects().await;
    let _: Empty = app.connection.ask(Ping::new).await.unwrap();
}

#[tokio::test]
async fn an_access_token_that_has_ended_is_renewed_when_it_is_refused() {
    let machine = OneMachine::start(&["--dev"]).await;
    let bob = machine.person("bob").await;
    let line = Line::to(machine.site()).await;
    let mut app = App::start_by(&line, &bob, Timing::default());
    app.connects().await;
    machine.advance_clock(Duration::from_secs(15 * 60)).await;
    line.cut();
    app.connects().await;
    let _: Empty = app.connection.ask(Ping::new).await.unwrap();
    let stored = app.stored();
    assert_eq!(stored.len(), 1);
    let token = app.connection.access_token().await;
    assert_eq!(token.as_ref(), Some(&stored[0].access_token));
}

#[tokio::test]
async fn a_line_that_falls_silent_is_found_out_by_a_ping() {
    let machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let mut a = alice.connect().await;
    let line = Line::to(machine.site()).await;
    let timing = Timing {
        ping_ms: 200,
        pong_ms: 1_000,
        ..Timing::default()
    };
    let mut app = App::start_by(&line, &bob, timing);
    app.connects().await;
    // Pings are answered meanwhile, and nothing happens.
    tokio::time::sleep(Duration::from_secs(2)).await;
    a.send(&bob, "all is well").await.accepted();
    let first = app.next().await;
    assert!(
        matches!(first, Notice::Event(Event::Messages(_))),
        "{first:?}"
    );

    line.turn(Traffic::Silent);
    is_offline(&mut app).await;
    line.turn(Traffic::Flows);
    a.send(&bob, "and again").await.accepted();
    app.connects().await;
    assert_eq!(app.sync().await.messages.len(), 2);
}

/// The protocol's price: the token that was lost on its way was the only good one.
#[tokio::test]
async fn a_refresh_whose_answer_is_lost_costs_the_device_and_not_before_it_must() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut bob = machine.person("bob").await;
    let timing = Timing {
        doubt_ms: 1_000,
        ..Timing::default()
    };
    // Its access token has ended as far as it knows.
    bob.session.access_expires_at = 0;
    let line = Line::to(machine.site()).await;
    line.turn(Traffic::LosesAnswers);
    let mut app = App::start_by(&line, &bob, timing);
    is_offline(&mut app).await;
    line.turn(Traffic::Flows);
    let why = app.until(|notice| match notice {
        Notice::SignedOut(why) => Some(why),
        _ => None,
    });
    assert_eq!(why.await, SignedOut::TokensLost);
}

/// Whoever drops the connection while new tokens are on their way still has them stored.
#[tokio::test]
async fn tokens_that_are_on_their_way_are_stored_by_a_connection_that_has_ended() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut bob = machine.person("bob").await;
    bob.session.access_expires_at = 0;
    let line = Line::to(machine.site()).await;
    line.turn(Traffic::Silent);
    let app = App::start_by(&line, &bob, Timing::default());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stored = app.end();
    line.turn(Traffic::Flows);
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    while stored().is_empty() {
        assert!(tokio::time::Instant::now() < end, "never stored");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_client_that_is_told_of_the_network_tries_at_once() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut phone = Phone::register(machine.site()).await;
    phone.end().await;
    let line = Line::to(machine.site()).await;
    let day_ms = 24 * 60 * 60 * 1_000;
    let config = ClientConfig {
        socket_url: line.ws(machine.site()),
        timing: Timing {
            retry_first_ms: day_ms,
            retry_most_ms: day_ms,
            ..Timing::default()
        },
        ..config(machine.site().addresses(), phone.folder())
    };
    let (client, events) = Client::open(config).await.unwrap();
    let mut events = Box::pin(events.into_stream());
    let connected = |event: &ClientEvent| matches!(event, ClientEvent::Connected);
    let offline = |event: &ClientEvent| matches!(event, ClientEvent::Offline { .. });
    until(&mut events, connected).await;
    line.turn(Traffic::Silent);
    line.cut();
    until(&mut events, offline).await;
    line.turn(Traffic::Flows);
    client.network_is_back();
    until(&mut events, connected).await;
}

async fn until(
    events: &mut (impl Stream<Item = ClientEvent> + Unpin),
    fits: impl Fn(&ClientEvent) -> bool,
) {
    let happens = events.any(async |event| fits(&event));
    assert!(timeout(Duration::from_secs(10), happens).await.unwrap());
}

//! Tokens that are well made, by somebody else or for something else.

use heliograph_domain::Address;
use heliograph_domain::tokens::{AccessToken, KeyRing};
use heliograph_tests::{OneMachine, Person, now_ms};
use hyper::StatusCode;

fn address(person: &Person) -> Address {
    Address::parse(&person.inbox_partition()).unwrap()
}

async fn status(person: &Person, token: &str) -> Result<(), StatusCode> {
    person.handshake().bearer(token).open().await.map(drop)
}

/// The secret itself makes tokens that hold: without this the next test would prove nothing.
#[tokio::test]
async fn only_the_servers_issuer_and_secret_make_tokens() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    let secret = std::fs::read(machine.data().join("secret")).unwrap();
    let sign = |issuer: &str, secret: &[u8], at_ms| {
        let keys = KeyRing::derive(issuer, secret, None).unwrap();
        AccessToken::sign(&keys, &address(&alice), at_ms)
            .unwrap()
            .token
    };
    let now = now_ms();
    let minute = 60_000;
    assert_eq!(
        status(&alice, &sign("heliographd", &secret, now)).await,
        Ok(())
    );

    let unauthorized = Err(StatusCode::UNAUTHORIZED);
    let other_issuer = sign("somebody", &secret, now);
    assert_eq!(
        status(&alice, &other_issuer).await,
        unauthorized,
        "iss and aud"
    );
    let other_secret = sign("heliographd", &[7; 32], now);
    assert_eq!(status(&alice, &other_secret).await, unauthorized, "key");
    let expired = sign("heliographd", &secret, now - 16 * minute);
    assert_eq!(status(&alice, &expired).await, unauthorized, "exp");
}

#[tokio::test]
async fn a_token_of_a_device_that_never_was_is_forbidden() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    let secret = std::fs::read(machine.data().join("secret")).unwrap();
    let keys = KeyRing::derive("heliographd", &secret, None).unwrap();
    let mut nobody = address(&alice);
    nobody.user_id = "nobody".parse().unwrap();
    let mut earlier = address(&alice);
    earlier.device_created_at -= 1;
    for address in [nobody, earlier] {
        let token = AccessToken::sign(&keys, &address, now_ms()).unwrap().token;
        assert_eq!(status(&alice, &token).await, Err(StatusCode::FORBIDDEN));
    }
}

/// An operator puts a new secret in its place and keeps the old one beside it.
#[tokio::test]
async fn the_previous_secret_is_honoured_and_the_one_before_is_not() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let mut alice = machine.person("alice").await;
    rotate(&mut machine).await;
    alice.connect().await.ping().await;
    let old = alice.session.clone();
    alice.refresh().await.unwrap();
    rotate(&mut machine).await;
    alice.connect().await.ping().await;
    assert_eq!(
        status(&alice, &old.access_token).await,
        Err(StatusCode::UNAUTHORIZED)
    );
}

async fn rotate(machine: &mut OneMachine) {
    machine.stop().await;
    let secret = machine.data().join("secret");
    std::fs::rename(&secret, machine.data().join("secret.previous")).unwrap();
    machine.start_again().await;
}

//! Who may open a socket, and how tokens are renewed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::ErrorCode;
use heliograph_protocol::limits::TOKEN_CHARS_MAX;
use heliograph_tests::{Deployment, Person, scenarios};
use hyper::StatusCode;
use std::time::{Duration, Instant};

scenarios!(
    without_a_token_that_holds_nobody_connects,
    a_browser_shows_its_token_as_a_subprotocol,
    a_refresh_token_is_good_once,
    a_replayed_refresh_token_revokes_the_device,
    a_refresh_token_that_was_made_up_is_refused,
);

async fn without_a_token_that_holds_nobody_connects(stack: Deployment) {
    let alice = stack.person("alice").await;
    let none = alice.handshake().open().await;
    assert_eq!(none.unwrap_err(), StatusCode::UNAUTHORIZED);

    let good = alice.session.access_token.as_str();
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let with_alg = |alg: &str| {
        let json = BASE64.decode(header).unwrap();
        let mut header: serde_json::Value = serde_json::from_slice(&json).unwrap();
        header["alg"] = alg.into();
        BASE64.encode(header.to_string())
    };
    let other_user = {
        let json = BASE64.decode(claims).unwrap();
        let mut claims: serde_json::Value = serde_json::from_slice(&json).unwrap();
        claims["sub"] = "somebody-else".into();
        BASE64.encode(claims.to_string())
    };
    let other_signature = {
        let mut bytes = BASE64.decode(signature).unwrap();
        bytes[7] ^= 1;
        BASE64.encode(bytes)
    };
    let bad = [
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        "...".to_owned(),
        format!("{}.{claims}.", with_alg("none")),
        format!("{}.{claims}.{signature}", with_alg("none")),
        format!("{}.{claims}.{signature}", with_alg("HS256")),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{header}.{other_user}.{signature}"),
        format!("{header}.{claims}.{other_signature}"),
        format!("{good}x"),
        alice.session.refresh_token.clone(),
    ];
    for token in &bad {
        let refused = alice.handshake().bearer(token).open().await;
        assert_eq!(refused.unwrap_err(), StatusCode::UNAUTHORIZED, "{token}");
    }
    let basic = alice
        .handshake()
        .header("authorization", &format!("Basic {good}"));
    assert_eq!(basic.open().await.unwrap_err(), StatusCode::UNAUTHORIZED);
    alice.connect().await.ping().await;
}

async fn a_browser_shows_its_token_as_a_subprotocol(stack: Deployment) {
    let alice = stack.person("alice").await;
    let token = &alice.session.access_token;
    let both = format!("heliograph.v1, bearer.{token}");
    let mut a = alice.handshake().subprotocols(&both).open().await.unwrap();
    assert_eq!(a.protocol(), Some("heliograph.v1"));
    a.ping().await;

    let bad = alice.handshake().subprotocols("heliograph.v1, bearer.x");
    assert_eq!(bad.open().await.unwrap_err(), StatusCode::UNAUTHORIZED);
    let none = alice.handshake().subprotocols("heliograph.v1");
    assert_eq!(none.open().await.unwrap_err(), StatusCode::UNAUTHORIZED);

    let plain = alice.connect().await;
    assert_eq!(plain.protocol(), None);
}

async fn a_refresh_token_is_good_once(stack: Deployment) {
    let mut alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let old_access = alice.session.access_token.clone();
    for _ in 0..3 {
        let old = alice.session.refresh_token.clone();
        let tokens = alice.refresh().await.unwrap();
        assert_ne!(tokens.refresh_token, old);
    }
    a.ping().await;
    alice.connect().await.ping().await;
    let with_old = alice.handshake().bearer(&old_access).open().await;
    with_old.unwrap().ping().await;
}

async fn a_replayed_refresh_token_revokes_the_device(stack: Deployment) {
    let (mut alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let stolen = alice.clone();
    alice.refresh().await.unwrap();

    let since = Instant::now();
    is_forbidden(&stolen).await;
    a.is_closed().await;
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );

    // Both the thief and the owner are out, until the owner registers anew.
    is_forbidden(&alice).await;
    is_forbidden(&stolen).await;
    for person in [&alice, &stolen] {
        assert_eq!(
            person.try_connect().await.unwrap_err(),
            StatusCode::FORBIDDEN
        );
    }
    b.send(&alice, "are you there?")
        .await
        .refused(ErrorCode::NotFound);
    let alice = alice.take_over().await;
    let mut a = alice.connect().await;
    b.send(&alice, "and now?").await.accepted();
    assert_eq!(a.next_message().await.content, "and now?");
}

async fn is_forbidden(person: &Person) {
    let token = &person.session.refresh_token;
    let refused = person.site.tokens(token).await.unwrap_err();
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.error.code, ErrorCode::Forbidden);
}

async fn a_refresh_token_that_was_made_up_is_refused(stack: Deployment) {
    let mut alice = stack.person("alice").await;
    let good = alice.session.refresh_token.clone();
    let (claim, _) = good.rsplit_once('.').unwrap();
    let other_mac = format!("{claim}.{}", BASE64.encode([7; 32]));
    let long = "x".repeat(TOKEN_CHARS_MAX);
    let access = alice.session.access_token.clone();
    for token in ["", "x", "a.b.c", &good[1..], &other_mac, &long, &access] {
        let refused = alice.site.tokens(token).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.error.code, ErrorCode::Unauthenticated);
    }
    for body in ["", "{}", "[]", r#"{"refresh_token":7}"#] {
        let answer = alice.site.post_text("/v1/tokens", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    alice.refresh().await.unwrap();
}

//! Codes by SMS, and numbers that are verified again.

use crate::store;
use heliograph_protocol::http::{ErrorAnswer, Health};
use heliograph_protocol::{ErrorCode, RegistrationId};
use heliograph_tests::http::Call;
use heliograph_tests::{Deployment, Refused, Site, device, fresh_number, scenarios};
use hyper::StatusCode;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

scenarios!(
    five_wrong_codes_end_a_registration,
    guesses_at_once_are_counted_too,
    a_code_is_good_once,
    a_number_verified_again_takes_the_account_over,
    bad_calls_get_the_protocols_errors,
);

/// A code that is not the right one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn begin(site: &Site) -> (RegistrationId, String) {
    let number = fresh_number();
    let begun = site.register(&number).await.unwrap();
    (begun.registration_id, site.code(&number).await)
}

async fn try_code(site: &Site, id: &RegistrationId, code: &str) -> Refused {
    let verified = site.verify(id, code, device("phone", 7)).await;
    verified.map(|_| ()).unwrap_err()
}

async fn five_wrong_codes_end_a_registration(stack: Deployment) {
    let site = stack.site();
    let (id, code) = begin(site).await;
    for _ in 0..4 {
        let refused = try_code(site, &id, wrong(&code)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(refused.error.code, ErrorCode::Forbidden);
    }
    for code in [wrong(&code), &code, wrong(&code)] {
        let refused = try_code(site, &id, code).await;
        assert_eq!(refused.status, StatusCode::GONE);
        assert_eq!(refused.error.code, ErrorCode::Gone);
    }

    let (id, code) = begin(site).await;
    for _ in 0..4 {
        try_code(site, &id, wrong(&code)).await;
    }
    site.verify(&id, &code, device("phone", 7))
        .await
        .expect("the fifth is right");
}

async fn guesses_at_once_are_counted_too(stack: Deployment) {
    let (id, code) = begin(stack.site()).await;
    let mut guesses = JoinSet::new();
    for _ in 0..20 {
        let (site, id, wrong) = (Arc::clone(stack.site()), id.clone(), wrong(&code));
        guesses.spawn(async move { try_code(&site, &id, wrong).await.error.code });
    }
    let mut counts: HashMap<ErrorCode, usize> = HashMap::new();
    for code in guesses.join_all().await {
        *counts.entry(code).or_default() += 1;
    }
    // The fifth wrong one is told that there are no more.
    let expected = HashMap::from([(ErrorCode::Forbidden, 4), (ErrorCode::Gone, 16)]);
    assert_eq!(counts, expected);
    assert_eq!(
        try_code(stack.site(), &id, &code).await.error.code,
        ErrorCode::Gone
    );
}

async fn a_code_is_good_once(stack: Deployment) {
    let site = stack.site();
    let (id, code) = begin(site).await;
    let (other_id, other_code) = begin(site).await;
    let mut tries = JoinSet::new();
    for _ in 0..4 {
        let (site, id, code) = (Arc::clone(site), id.clone(), code.clone());
        tries.spawn(async move { site.verify(&id, &code, device("phone", 7)).await });
    }
    let (good, bad): (Vec<_>, Vec<_>) = tries.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1, "{bad:?}");
    let refused = try_code(site, &id, &code).await;
    assert_eq!(refused.error.code, ErrorCode::Gone);

    if code != other_code {
        assert_eq!(
            try_code(site, &other_id, &code).await.error.code,
            ErrorCode::Forbidden
        );
    }
    let unknown: RegistrationId = "nothing".parse().unwrap();
    assert_eq!(
        try_code(site, &unknown, &code).await.error.code,
        ErrorCode::Gone
    );
}

async fn a_number_verified_again_takes_the_account_over(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let mut old = bob.connect().await;
    a.send(&bob, "for the old phone").await.accepted();
    old.next_message().await;

    let new = bob.take_over().await;
    assert_eq!(new.user_id(), bob.user_id());
    old.is_closed().await;
    assert_eq!(bob.try_connect().await.unwrap_err(), StatusCode::FORBIDDEN);
    let refused = bob
        .site
        .tokens(&bob.session.refresh_token)
        .await
        .unwrap_err();
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let mut b = new.connect().await;
    b.has_empty_inbox().await;
    a.send(&bob, "for the new phone").await.accepted();
    assert_eq!(b.next_message().await.content, "for the new phone");
    a.close().await;
    b.close().await;
    assert_eq!(store::inbox_items(&mut stack, &bob).await, 0);
}

async fn bad_calls_get_the_protocols_errors(stack: Deployment) {
    let site = stack.site();
    let calls = [
        ("/v1/registrations", "", StatusCode::BAD_REQUEST),
        ("/v1/registrations", "{bad", StatusCode::BAD_REQUEST),
        (
            "/v1/registrations",
            r#"{"phone_number":"0701234567"}"#,
            StatusCode::BAD_REQUEST,
        ),
        (
            "/v1/registrations",
            r#"{"phone_number":46701234567}"#,
            StatusCode::BAD_REQUEST,
        ),
        (
            "/v1/registrations/x/verify",
            r#"{"code":"12345"}"#,
            StatusCode::BAD_REQUEST,
        ),
        ("/v1/registrations/x/verify", "{}", StatusCode::BAD_REQUEST),
    ];
    for (path, body, status) in calls {
        let answer = site.post_text(path, body).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.body);
        assert!(!answer.body.contains("0701234567"), "{}", answer.body);
        let ErrorAnswer { error } = answer.json();
        assert_eq!(error.code.http_status(), status.as_u16());
    }
    let health = format!("{}/healthz", site.addresses().http);
    let answer = Call::get(health).answer(site.patience).await;
    assert_eq!(answer.json::<Health>(), Health::ok());
}

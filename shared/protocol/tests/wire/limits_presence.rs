//! Each limit of a request about presence and notifications, from both sides (protocol §7).

use heliograph_protocol::request::{
    PresenceSubscribe, PresenceUnsubscribe, PushKey, PushRegister, PushUnregister,
};
use serde_json::{Value, json};

use crate::limits::{accepted, refused, users};

const TOKEN_EXPECTED: &str = "expected 1 to 512 characters of printable ASCII";

#[test]
fn lists_of_people() {
    users::<PresenceSubscribe>(256);
    users::<PresenceUnsubscribe>(256);
}

/// Lays the fields of `extra` over those of `push`.
fn with(push: &Value, extra: Value) -> Value {
    let mut push = push.clone();
    for (name, value) in extra.as_object().unwrap() {
        push[name] = value.clone();
    }
    push
}

fn web() -> Value {
    let keys = json!({"p256dh": "p", "auth": "a"});
    json!({"id": "7", "kind": "web", "endpoint": "https://push.example/x", "keys": keys})
}

fn token(kind: &str) -> Value {
    json!({"id": "7", "kind": kind, "token": "t"})
}

#[test]
fn parts_of_each_kind() {
    for push in [web(), token("apns"), token("fcm")] {
        accepted::<PushRegister>(&push);
    }
    accepted::<PushRegister>(&with(&web(), json!({"token": null})));
    let nulls = json!({"endpoint": null, "keys": null});
    accepted::<PushRegister>(&with(&token("apns"), nulls));
    let keys = web()["keys"].clone();
    for wrong in [
        with(&web(), json!({"endpoint": null})),
        with(&web(), json!({"keys": null})),
        with(&web(), json!({"token": "t"})),
        with(&web(), json!({"kind": "apns"})),
        with(&web(), json!({"kind": "fcm"})),
        with(&token("apns"), json!({"kind": "web"})),
        with(&token("apns"), json!({"token": null})),
        with(&token("fcm"), json!({"endpoint": "https://push.example/x"})),
        with(&token("fcm"), json!({"keys": keys})),
        json!({"id": "7", "kind": "web"}),
        json!({"id": "7", "kind": "apns"}),
    ] {
        let message = refused::<PushRegister>(&wrong);
        let expected = "expected endpoint and keys for kind web, token for apns and fcm";
        assert_eq!(message, expected, "{wrong}");
    }
}

#[test]
fn kinds() {
    for kind in [
        json!("sms"),
        json!("Web"),
        json!(""),
        json!(7),
        json!(null),
        json!(["web"]),
        json!({"web": null}),
    ] {
        let message = refused::<PushRegister>(&with(&web(), json!({ "kind": kind })));
        let expected = "kind: expected one of `web`, `apns`, `fcm`";
        assert_eq!(message, expected, "{kind}");
    }
    assert_eq!(
        refused::<PushRegister>(&json!({"id": "7", "token": "t"})),
        "missing field `kind`"
    );
}

#[test]
fn endpoint() {
    let endpoint = |value: Value| with(&web(), json!({ "endpoint": value }));
    let address = |bytes: usize| format!("https://{}", "x".repeat(bytes - 8));
    for bytes in [9, 1024] {
        accepted::<PushRegister>(&endpoint(json!(address(bytes))));
    }
    for value in [
        json!(""),
        json!(address(1025)),
        json!("https://push.example/a b"),
        json!("https://push.example/é"),
        json!("https://push.example/\n"),
        json!(7),
    ] {
        let message = refused::<PushRegister>(&endpoint(value));
        let expected = "expected an address of 1 to 1024 characters of printable ASCII";
        assert_eq!(message, format!("endpoint: {expected}"));
    }
}

#[test]
fn tokens() {
    for kind in ["apns", "fcm"] {
        for text in ["t", &"~".repeat(512)] {
            accepted::<PushRegister>(&with(&token(kind), json!({ "token": text })));
        }
        for value in [
            json!(""),
            json!("t".repeat(513)),
            json!("a b"),
            json!("é"),
            json!("\u{0}"),
            json!(7),
        ] {
            let message = refused::<PushRegister>(&with(&token(kind), json!({ "token": value })));
            assert_eq!(message, format!("token: {TOKEN_EXPECTED}"));
        }
    }
}

#[test]
fn web_push_keys() {
    let keys = |keys: Value| with(&web(), json!({ "keys": keys }));
    let longest = "k".repeat(512);
    accepted::<PushRegister>(&keys(json!({"p256dh": longest, "auth": longest})));
    for part in ["p256dh", "auth"] {
        for value in [json!(""), json!("k".repeat(513)), json!("a b"), json!(7)] {
            let message =
                refused::<PushRegister>(&keys(with(&web()["keys"], json!({part: value}))));
            assert_eq!(message, format!("keys.{part}: {TOKEN_EXPECTED}"));
        }
        let other = if part == "auth" { "p256dh" } else { "auth" };
        let message = refused::<PushRegister>(&keys(json!({other: "k"})));
        assert_eq!(message, format!("keys: missing field `{part}`"));
    }
    assert_eq!(
        refused::<PushRegister>(&keys(json!(["p", "a"]))),
        "keys: expected an object"
    );
}

#[test]
fn requests_of_an_id_only() {
    accepted::<PushUnregister>(&json!({"id": "7"}));
    accepted::<PushKey>(&json!({"id": "7"}));
    assert_eq!(refused::<PushKey>(&json!({})), "missing field `id`");
    assert_eq!(refused::<PushUnregister>(&json!({})), "missing field `id`");
}

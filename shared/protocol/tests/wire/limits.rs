//! Each limit of a request, from both sides, and what a client developer is told beyond it.

use heliograph_protocol::{
    ErrorCode, decode,
    limits::FRAME_BYTES_MAX,
    request::{Ack, Ping, Request, Status, Sync},
};
use serde_json::{Value, json};

use crate::{limits_send::MESSAGE_ID, samples};

/// Decodes a body that is within the limits.
pub(crate) fn accepted<R: Request>(body: &Value) -> R {
    match decode(&body.to_string()) {
        Ok(request) => request,
        Err(rejected) => panic!("{rejected:?} {body}"),
    }
}

/// Gives what is said of a body that is not within the limits.
pub(crate) fn refused<R: Request>(body: &Value) -> String {
    let rejected = decode::<R>(&body.to_string()).err().expect("refused");
    assert_eq!(rejected.error.code, ErrorCode::BadRequest);
    rejected.error.message.into_owned()
}

/// Tries lists of 1 to `max` users, and those beyond.
pub(crate) fn users<R: Request>(max: usize) {
    let users = |count: usize| json!({"id": "7", "user_ids": vec!["u".repeat(64); count]});
    for count in [1, max] {
        accepted::<R>(&users(count));
    }
    for count in [0, max + 1] {
        let message = refused::<R>(&users(count));
        let expected = format!("user_ids: expected a list of 1 to {max} items");
        assert_eq!(message, expected);
    }
    let message = refused::<R>(&json!({"id": "7", "user_ids": ["u", "a b"]}));
    let expected = "expected an id of 1 to 64 characters A-Z a-z 0-9 _ -";
    assert_eq!(message, format!("user_ids[1]: {expected}"));
    let message = refused::<R>(&json!({"id": "7"}));
    assert_eq!(message, "missing field `user_ids`");
}

#[test]
fn frame_bytes() {
    let frame = |bytes: usize| {
        let empty = r#"{"action":"ping","id":"7","x":""}"#.len();
        format!(
            r#"{{"action":"ping","id":"7","x":"{}"}}"#,
            "x".repeat(bytes - empty)
        )
    };
    assert!(decode::<Ping>(&frame(FRAME_BYTES_MAX)).is_ok());
    let rejected = decode::<Ping>(&frame(FRAME_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(rejected.error.code, ErrorCode::TooLarge);
    assert_eq!(rejected.error.message, "larger than 131072 bytes");
}

#[test]
fn request_id() {
    // Characters, not bytes.
    accepted::<Ping>(&json!({"id": "é".repeat(64)}));
    let message = refused::<Ping>(&json!({"id": "é".repeat(65)}));
    assert_eq!(message, "id: expected an id of at most 64 characters");
    assert_eq!(refused::<Ping>(&json!({})), "missing field `id`");
    assert_eq!(refused::<Ping>(&json!({"id": null})), message);
}

#[test]
fn ack_tokens() {
    let ack = |tokens: Vec<String>| json!({"id": "7", "status": "read", "ack_tokens": tokens});
    accepted::<Ack>(&ack(vec![]));
    accepted::<Ack>(&ack(vec!["t".repeat(256); 100]));
    let message = refused::<Ack>(&ack(vec!["t".to_owned(); 101]));
    assert_eq!(message, "ack_tokens: expected a list of at most 100 items");
    let message = refused::<Ack>(&ack(vec!["t".to_owned(), "t".repeat(257)]));
    assert_eq!(
        message,
        "ack_tokens[1]: expected an ack token of at most 256 characters"
    );
    for status in [json!("seen"), json!(7), json!({"read": null})] {
        let message = refused::<Ack>(&json!({"id": "7", "status": status, "ack_tokens": []}));
        assert_eq!(message, "status: expected `delivered` or `read`");
    }
}

#[test]
fn sync_cursor_and_limit() {
    assert_eq!(
        accepted::<Sync>(&json!({"id": "7"})),
        Sync::new(samples::request_id(), None)
    );
    let nulls = json!({"id": "7", "after": null, "limit": null});
    assert_eq!(accepted::<Sync>(&nulls).limit, 100);
    accepted::<Sync>(&json!({"id": "7", "after": MESSAGE_ID, "limit": 1}));
    accepted::<Sync>(&json!({"id": "7", "after": "a_!.:#-".repeat(28)}));
    for after in [
        String::new(),
        "a".repeat(201),
        "a b".to_owned(),
        "é".to_owned(),
    ] {
        let message = refused::<Sync>(&json!({"id": "7", "after": after}));
        assert!(message.starts_with("after: expected a message id, the next of an answer"));
    }
    for limit in [0, 101, 65_536] {
        let message = refused::<Sync>(&json!({"id": "7", "limit": limit}));
        assert_eq!(message, "limit: expected an integer of 1 to 100");
    }
}

#[test]
fn status_messages() {
    let query = json!({"message_id": MESSAGE_ID, "to": {"group_id": "g"}});
    let status = |count: usize| json!({"id": "7", "messages": vec![query.clone(); count]});
    accepted::<Status>(&status(0));
    accepted::<Status>(&status(100));
    let message = refused::<Status>(&status(101));
    assert_eq!(message, "messages: expected a list of at most 100 items");
}

#[test]
fn objects_only() {
    assert_eq!(refused::<Ping>(&json!(["7"])), "expected an object");
    assert_eq!(refused::<Ping>(&json!("7")), "expected an object");
}

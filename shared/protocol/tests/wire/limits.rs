//! Each limit of a request, from both sides, and what a client developer is told beyond it.

use heliograph_protocol::{
    ErrorCode, decode,
    limits::FRAME_BYTES_MAX,
    request::{Ack, Ping, Request, Send, Status, Sync},
};
use serde_json::{Value, json};

use crate::samples;

const MESSAGE_ID: &str = "019ab2f5-6000-7000-8000-000000000000";

fn message(extra: Value) -> Value {
    let mut message = json!({"message_id": MESSAGE_ID, "to": {"user_id": "u"}, "content": "c"});
    for (name, value) in extra.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn send(extra: Value) -> Value {
    json!({"id": "7", "messages": [message(extra)]})
}

fn accepted<R: Request>(body: &Value) -> R {
    match decode(&body.to_string()) {
        Ok(request) => request,
        Err(rejected) => panic!("{rejected:?} {body}"),
    }
}

fn refused<R: Request>(body: &Value) -> String {
    let rejected = decode::<R>(&body.to_string()).err().expect("refused");
    assert_eq!(rejected.error.code, ErrorCode::BadRequest);
    rejected.error.message.into_owned()
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
fn messages_of_a_send() {
    let send = |count: usize| json!({"id": "7", "messages": vec![message(json!({})); count]});
    accepted::<Send>(&send(1));
    accepted::<Send>(&send(32));
    for count in [0, 33] {
        let message = refused::<Send>(&send(count));
        assert_eq!(message, "messages: expected a list of 1 to 32 items");
    }
}

#[test]
fn message_defaults() {
    let message = &accepted::<Send>(&send(json!({}))).messages[0];
    assert!(message.urgent && !message.ephemeral);
    assert_eq!(message.expires_in_s, 2_592_000);
    let nulls = json!({"urgent": null, "ephemeral": null, "expires_in_s": null, "contents": null});
    assert_eq!(&accepted::<Send>(&send(nulls)).messages[0], message);
}

#[test]
fn message_expiry() {
    for seconds in [1, 2_592_000] {
        accepted::<Send>(&send(json!({"expires_in_s": seconds})));
    }
    for seconds in [
        json!(0),
        json!(2_592_001),
        json!(-1),
        json!(1.5),
        json!("60"),
    ] {
        let message = refused::<Send>(&send(json!({"expires_in_s": seconds})));
        let expected = "messages[0].expires_in_s: expected an integer of 1 to 2592000";
        assert_eq!(message, expected);
    }
}

#[test]
fn message_id_has_one_spelling() {
    for text in [
        MESSAGE_ID.to_uppercase(),
        MESSAGE_ID.replace('-', ""),
        format!("{{{MESSAGE_ID}}}"),
        format!("urn:uuid:{MESSAGE_ID}"),
        MESSAGE_ID.replace("-7000-", "-4000-"),
        MESSAGE_ID.replace("-8000-", "-0000-"),
        format!("{MESSAGE_ID} "),
        String::new(),
    ] {
        let message = refused::<Send>(&send(json!({"message_id": text})));
        let expected = "expected a UUIDv7 in its lowercase hyphenated form";
        assert_eq!(message, format!("messages[0].message_id: {expected}"));
    }
}

#[test]
fn recipient_is_one() {
    let expected = "messages[0].to: expected exactly one of user_id and group_id";
    for to in [
        json!({}),
        json!({"user_id": "u", "group_id": "g"}),
        json!({"user_id": null}),
    ] {
        assert_eq!(refused::<Send>(&send(json!({ "to": to }))), expected);
    }
    assert_eq!(
        refused::<Send>(&send(json!({"to": ["u"]}))),
        "messages[0].to: expected an object"
    );
    accepted::<Send>(&send(json!({"to": {"user_id": "nobody"}})));
    accepted::<Send>(&send(
        json!({"to": {"user_id": "u".repeat(64), "group_id": null}}),
    ));
    for user_id in [
        String::new(),
        "u".repeat(65),
        "a b".to_owned(),
        "é".to_owned(),
    ] {
        let message = refused::<Send>(&send(json!({"to": {"user_id": user_id}})));
        let expected = "expected an id of 1 to 64 characters A-Z a-z 0-9 _ -";
        assert_eq!(message, format!("messages[0].to.user_id: {expected}"));
    }
}

#[test]
fn payload_is_one() {
    let expected = "messages[0]: expected exactly one of content and contents";
    assert_eq!(
        refused::<Send>(&send(json!({"contents": {"1": "c"}}))),
        expected
    );
    assert_eq!(refused::<Send>(&send(json!({"content": null}))), expected);
    let contents = json!({"content": null, "contents": {"1": "c", "127": "c"}});
    accepted::<Send>(&send(contents.clone()));
    let mut to_group = contents;
    to_group["to"] = json!({"group_id": "g"});
    let message = refused::<Send>(&send(to_group));
    assert_eq!(
        message,
        "messages[0]: expected content, not contents, for a group"
    );
}

#[test]
fn contents_are_by_device() {
    for key in ["0", "128", "01", "+1", " 1", "a", ""] {
        let message = refused::<Send>(&send(json!({"content": null, "contents": {key: "c"}})));
        let expected = "expected a device id of 1 to 127, in decimal";
        assert_eq!(message, format!("messages[0].contents: {expected}"));
    }
    let twice = format!(
        r#"{{"id":"7","messages":[{{"message_id":"{MESSAGE_ID}","to":{{"user_id":"u"}},
            "contents":{{"1":"a","1":"b"}}}}]}}"#
    );
    let rejected = decode::<Send>(&twice).unwrap_err();
    assert_eq!(
        rejected.error.message,
        "messages[0].contents: expected each device once"
    );
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
    let message = refused::<Ack>(&json!({"id": "7", "status": "seen", "ack_tokens": []}));
    assert_eq!(message, "status: expected `delivered` or `read`");
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
    let array = json!([MESSAGE_ID, {"user_id": "u"}, "c", null, true, false, 60]);
    let message = refused::<Send>(&json!({"id": "7", "messages": [array]}));
    assert_eq!(message, "messages[0]: expected an object");
}

//! Each limit of a message that is sent, from both sides (protocol §4).

use heliograph_protocol::{decode, request::Send};
use serde_json::{Value, json};

use crate::limits::{accepted, refused};

pub(crate) const MESSAGE_ID: &str = "019ab2f5-6000-7000-8000-000000000000";

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
fn registration_ids_are_by_device() {
    let to = |ids: Value| {
        let contents = json!({"1": "c"});
        send(json!({"content": null, "contents": contents, "registration_ids": ids}))
    };
    for ids in [
        json!(null),
        json!({}),
        json!({"1": 0}),
        json!({"1": 16_383, "127": 1}),
    ] {
        accepted::<Send>(&to(ids));
    }
    for key in ["0", "128", "01", "+1", "a", ""] {
        let expected = "expected a device id of 1 to 127, in decimal";
        assert_eq!(
            refused::<Send>(&to(json!({ key: 1 }))),
            format!("messages[0].registration_ids: {expected}")
        );
    }
    for id in [
        json!(-1),
        json!(16_384),
        json!(1.5),
        json!("1"),
        json!(null),
    ] {
        let expected = "expected an integer of 0 to 16383";
        assert_eq!(
            refused::<Send>(&to(json!({ "1": id }))),
            format!("messages[0].registration_ids: {expected}")
        );
    }
    assert_eq!(
        refused::<Send>(&to(json!([1]))),
        "messages[0].registration_ids: expected an object with device ids as keys"
    );
}

#[test]
fn registration_ids_go_with_contents() {
    accepted::<Send>(&send(json!({"registration_ids": {}})));
    let message = refused::<Send>(&send(json!({"registration_ids": {"1": 1}})));
    assert_eq!(
        message,
        "messages[0]: expected registration_ids with contents only"
    );
}

#[test]
fn messages_are_objects() {
    let array = json!([MESSAGE_ID, {"user_id": "u"}, "c", null, true, false, 60]);
    let message = refused::<Send>(&json!({"id": "7", "messages": [array]}));
    assert_eq!(message, "messages[0]: expected an object");
}

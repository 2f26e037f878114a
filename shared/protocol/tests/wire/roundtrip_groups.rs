//! What one side writes about groups, the other reads back the same.

use heliograph_protocol::{
    event::Event,
    frame::{ServerFrame, decode_frame},
    reply::{self, SendOk, SendResult, SyncOk},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    roundtrip::{event_survives, reply_survives, request_survives},
    samples, strategies,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn groups_create(request in strategies::groups_create()) {
        request_survives(&request);
    }

    #[test]
    fn groups_get(request in strategies::groups_get()) {
        request_survives(&request);
    }

    #[test]
    fn groups_list(request in strategies::groups_list()) {
        request_survives(&request);
    }

    #[test]
    fn groups_update(request in strategies::groups_update()) {
        request_survives(&request);
    }

    #[test]
    fn groups_add(request in strategies::groups_add()) {
        request_survives(&request);
    }

    #[test]
    fn groups_remove(request in strategies::groups_remove()) {
        request_survives(&request);
    }

    #[test]
    fn groups_leave(request in strategies::groups_leave()) {
        request_survives(&request);
    }

    #[test]
    fn groups_promote(request in strategies::groups_promote()) {
        request_survives(&request);
    }

    #[test]
    fn groups_demote(request in strategies::groups_demote()) {
        request_survives(&request);
    }

    #[test]
    fn groups_invite(request in strategies::groups_invite()) {
        request_survives(&request);
    }

    #[test]
    fn groups_join(request in strategies::groups_join()) {
        request_survives(&request);
    }

    #[test]
    fn groups_revoke_invite(request in strategies::groups_revoke_invite()) {
        request_survives(&request);
    }

    #[test]
    fn replies(
        created in strategies::groups_create_ok(),
        listed in strategies::groups_list_ok(),
        added in strategies::groups_add_ok(),
        changed in strategies::groups_ok(),
        invited in strategies::groups_invite_ok(),
    ) {
        reply_survives("7", &created.group);
        reply_survives("7", &created);
        reply_survives("7", &listed);
        reply_survives("7", &added);
        reply_survives("7", &changed);
        reply_survives("7", &invited);
    }

    #[test]
    fn events(event in strategies::group_event()) {
        event_survives(&Event::Group(event));
    }

    #[test]
    fn messages_have_their_place(message_id in strategies::message_id(), seq: u64) {
        let accepted = SendResult::accepted_in_group(message_id, samples::NOW, seq);
        reply_survives("7", &SendOk { results: vec![accepted] });
    }
}

#[test]
fn events_of_each_change() {
    for event in samples::told_group_events() {
        event_survives(&event);
    }
}

#[test]
fn an_answer_to_sync_without_groups_is_read() {
    let frame = r#"{"event":"reply","id":"7","ok":
        {"messages":[],"receipts":[],"more":false,"next":null}}"#;
    let Ok(ServerFrame::Reply {
        outcome: Ok(ok), ..
    }) = decode_frame(frame)
    else {
        panic!("not a reply")
    };
    assert_eq!(ok.read::<SyncOk>().unwrap(), SyncOk::default());
    let json = reply::ok("7", &SyncOk::default());
    assert!(json.contains("\"group_events\":[]"), "always there: {json}");
}

/// A group's event with `fields` laid over those of a good one; null takes one away.
fn event(fields: Value) -> String {
    let mut event = json!({
        "event": "group", "group_id": "g", "epoch": 2, "timestamp": 1, "ack_token": "t",
        "change": {"type": "joined", "by_user_id": "u"},
    });
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => event.as_object_mut().unwrap().remove(name),
            value => event
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    event.to_string()
}

#[test]
fn events_that_lack_their_part_are_refused() {
    let good = event(json!({"later": [1], "seq": {"deep": 2}}));
    assert!(matches!(
        decode_frame(&good),
        Ok(ServerFrame::Event(Event::Group(_)))
    ));
    for fields in [
        json!({"group_id": null}),
        json!({"group_id": ""}),
        json!({"epoch": null}),
        json!({"epoch": -1}),
        json!({"timestamp": null}),
        json!({"ack_token": null}),
        json!({"change": null}),
        json!({"change": {}}),
        json!({"change": {"type": "joined"}}),
        json!({"change": {"type": "added", "by_user_id": "u"}}),
        json!({"change": {"type": "created", "by_user_id": "u", "user_ids": []}}),
        json!({"change": {"type": "left", "by_user_id": "u", "new_admin_id": "a b"}}),
        json!({"change": {"type": "updated", "by_user_id": "u", "announce_only": "yes"}}),
    ] {
        let event = event(fields);
        assert!(decode_frame(&event).is_err(), "{event}");
    }
}

#[test]
fn a_result_is_what_its_status_says() {
    let id = samples::message_id(1);
    let read = |result: Value| serde_json::from_value::<SendResult>(result);
    let accepted = json!({"message_id": id, "status": "accepted", "timestamp": 1, "seq": 7});
    assert_eq!(
        read(accepted).unwrap(),
        SendResult::accepted_in_group(id, 1, 7)
    );
    for direct in [
        json!({"message_id": id, "status": "accepted", "timestamp": 1}),
        json!({"message_id": id, "status": "accepted", "timestamp": 1, "seq": null}),
    ] {
        assert_eq!(read(direct).unwrap(), SendResult::accepted(id, 1));
    }
    for wrong in [
        json!({"message_id": id, "status": "accepted", "seq": 7}),
        json!({"message_id": id, "status": "accepted", "timestamp": 1, "seq": -7}),
        json!({"message_id": id, "status": "refused", "timestamp": 1, "seq": 7}),
    ] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}

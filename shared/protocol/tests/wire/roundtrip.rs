//! What one side writes, the other reads back the same.

use std::fmt::Debug;

use heliograph_protocol::{
    DeviceId, ErrorBody, MessageId, decode, decode_http,
    event::Event,
    frame::{ServerFrame, decode_frame},
    http::{LinkRequest, RegisterRequest, TokensRequest, VerifyRequest},
    json_bytes, peek,
    reply::{self, SendOk, SendResult, SyncOk},
    request::{Ping, Request},
};
use proptest::{collection::vec, prelude::*};
use serde::{Serialize, de::DeserializeOwned};

use crate::{samples, strategies};

pub(crate) fn request_survives<R: Request + Debug + PartialEq>(request: &R) {
    let json = request.to_json();
    assert_eq!(&decode::<R>(&json).unwrap(), request);
    let peeked = peek(&json);
    assert_eq!(peeked.action.as_deref(), Some(R::ACTION));
    assert_eq!(peeked.id.as_deref(), Some(request.id()));
    assert!(peeked.is_object);
}

pub(crate) fn reply_survives<T: Serialize + DeserializeOwned + Debug + PartialEq>(
    id: &str,
    value: &T,
) {
    match decode_frame(&reply::ok(id, value)).unwrap() {
        ServerFrame::Reply {
            id: Some(read),
            outcome: Ok(ok),
        } => {
            assert_eq!(read, id);
            assert_eq!(&ok.read::<T>().unwrap(), value);
        }
        other => panic!("not the reply: {other:?}"),
    }
}

pub(crate) fn event_survives(event: &Event) {
    match decode_frame(&event.to_json()).unwrap() {
        ServerFrame::Event(read) => assert_eq!(&read, event),
        other => panic!("not the event: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn send(request in strategies::send()) {
        request_survives(&request);
    }

    #[test]
    fn ack(request in strategies::ack()) {
        request_survives(&request);
    }

    #[test]
    fn sync(request in strategies::sync()) {
        request_survives(&request);
    }

    #[test]
    fn status(request in strategies::status()) {
        request_survives(&request);
    }

    #[test]
    fn ping(request in strategies::ping()) {
        request_survives(&request);
    }

    #[test]
    fn events(
        messages in vec(strategies::envelope(), 0..4),
        receipts in vec(strategies::receipt(), 0..4),
    ) {
        event_survives(&Event::Messages(messages));
        event_survives(&Event::Receipts(receipts));
        event_survives(&Event::Displaced);
    }

    #[test]
    fn replies(
        id in strategies::request_id(),
        error in strategies::error(),
        message_id in strategies::message_id(),
        timestamp: u64,
        messages in vec(strategies::envelope(), 0..4),
        receipts in vec(strategies::receipt(), 0..4),
        group_events in vec(strategies::group_event(), 0..4),
    ) {
        let accepted = SendResult::accepted(message_id, timestamp);
        let refused = SendResult::refused(message_id, error);
        reply_survives(id.as_str(), &SendOk { results: vec![accepted, refused] });
        let synced = SyncOk { messages, receipts, group_events, more: true, next: None };
        reply_survives(id.as_str(), &synced);
    }

    #[test]
    fn errors(id in strategies::request_id(), error in strategies::error()) {
        match decode_frame(&reply::error(Some(id.as_str()), &error)).unwrap() {
            ServerFrame::Reply { outcome: Err(read), .. } => prop_assert_eq!(read, error),
            other => panic!("not the error: {other:?}"),
        }
    }

    #[test]
    fn ids_have_one_spelling(message_id in strategies::message_id(), text in ".{0,4}|[0-9]{1,3}") {
        prop_assert_eq!(message_id.to_string().parse::<MessageId>().unwrap(), message_id);
        prop_assert!(message_id.to_string().to_uppercase().parse::<MessageId>().is_err());
        if let Ok(device_id) = text.parse::<DeviceId>() {
            prop_assert_eq!(device_id.to_string(), text);
        }
    }

    #[test]
    fn message_ids_keep_time_and_order(a in 0..1_u64 << 48, b in 0..1_u64 << 48) {
        let (first, second) = (MessageId::new(a, &[0; 10]), MessageId::new(b, &[0; 10]));
        prop_assert_eq!(first.created_at(), a);
        prop_assert_eq!(a.cmp(&b), first.to_string().cmp(&second.to_string()));
    }

    #[test]
    fn bytes_are_counted_as_written(envelope in strategies::envelope()) {
        prop_assert_eq!(json_bytes(&envelope), serde_json::to_string(&envelope).unwrap().len());
    }
}

#[test]
fn http_bodies() {
    fn survives<T: Serialize + DeserializeOwned + Debug + PartialEq>(body: &T) {
        let json = serde_json::to_string(body).unwrap();
        assert_eq!(&decode_http::<T>(&json).unwrap(), body);
    }
    survives::<RegisterRequest>(&samples::register());
    survives::<VerifyRequest>(&samples::verify());
    survives::<LinkRequest>(&samples::link());
    survives::<TokensRequest>(&samples::tokens());
}

#[test]
fn fields_of_later_versions_are_passed_over() {
    let request = r#"{"later":{"deep":[1,2.5,null]},"action":"ping","id":"7","extra":"x"}"#;
    assert_eq!(decode::<Ping>(request).unwrap(), samples::ping());
    for event in [
        r#"{"event":"aurora","strength":3}"#,
        r#"{"event":"aurora","messages":3,"devices":{},"user_id":["u"],"online":"very"}"#,
    ] {
        assert!(matches!(decode_frame(event).unwrap(), ServerFrame::Unknown));
    }
}

#[test]
fn frames_that_lack_their_part_are_refused() {
    for frame in [
        "",
        "{}",
        "[]",
        r#"{"event":"reply","id":"7"}"#,
        r#"{"event":"messages"}"#,
        r#"{"event":"devices","devices":null}"#,
        r#"{"event":"presence","online":true}"#,
        r#"{"event":"presence","user_id":"u","online":1}"#,
        r#"{"event":"keys_low","one_time_prekeys":9}"#,
        r#"{"event":"keys_low","one_time_prekeys":9,"one_time_kem_prekeys":-1}"#,
        r#"{"event":"reply","id":"7","ok":{},"error":{"code":"gone","message":""}}"#,
    ] {
        assert!(decode_frame(frame).is_err(), "{frame}");
    }
}

#[test]
fn an_ok_is_read_only_as_what_it_is() {
    let ServerFrame::Reply {
        outcome: Ok(ok), ..
    } = decode_frame(&reply::ok("7", &reply::AckOk { acked: 1 })).unwrap()
    else {
        panic!("not a reply")
    };
    assert!(ok.read::<SendOk>().is_err());
    assert_eq!(ok.read::<reply::AckOk>().unwrap().acked, 1);
}

#[test]
fn the_id_of_a_broken_request_is_recovered() {
    let rejected = decode::<Ping>(r#"{"action":"ping","id":"7","#).unwrap_err();
    assert_eq!(rejected.id.as_deref(), Some("7"));
    assert_eq!(
        rejected.error,
        ErrorBody::bad_request("not valid JSON at line 1 column 26")
    );
    assert_eq!(
        decode::<Ping>(r#"{"action":"ping","id":7}"#)
            .unwrap_err()
            .id,
        None
    );
}

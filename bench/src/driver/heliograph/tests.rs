//! The codec against frames as the protocol crate writes and reads them.

use super::accounts::{Account, Accounts};
use super::decode::HelioDecoder;
use super::encode::HelioEncoder;
use super::{message_id, phone_number};
use crate::driver::websocket::Frames;
use crate::driver::websocket::testing::{client_texts, server_text};
use crate::driver::{Decoder, Encoder, Event};
use crate::stamp::Stamp;
use bytes::BytesMut;
use heliograph_protocol::event::{Envelope, Event as ServerEvent, Receipt};
use heliograph_protocol::groups::{GroupChange, GroupEvent};
use heliograph_protocol::reply::{self, AckOk, SendOk, SendResult, SyncOk};
use heliograph_protocol::request::{
    Ack, OutgoingMessage, ReceiptStatus, Recipient, Send, Sync as SyncRequest,
};
use heliograph_protocol::{ErrorBody, MessageId, decode};
use std::sync::Arc;
use std::time::Duration;

fn stamp(n: u64) -> Stamp {
    Stamp {
        id: n << 32 | 1,
        sent_ns: 1_000_000 * n,
    }
}

fn id_of(stamp: Stamp) -> MessageId {
    let mut text = Vec::new();
    message_id::write(stamp, &mut text);
    String::from_utf8(text).unwrap().parse().unwrap()
}

fn content(stamp: Stamp) -> String {
    let mut body = Vec::new();
    stamp.write_body(60, &mut body);
    String::from_utf8(body).unwrap()
}

fn envelope(n: u64) -> Envelope {
    Envelope {
        message_id: id_of(stamp(n)),
        from_user_id: "alice".parse().unwrap(),
        from_device_id: "1".parse().unwrap(),
        to_user_id: "bob".parse().unwrap(),
        group_id: None,
        seq: None,
        content: content(stamp(n)),
        timestamp: 1_764_000_000_000,
        urgent: true,
        ack_token: format!("token-{n}"),
    }
}

fn receipt(n: u64, status: ReceiptStatus, ack_token: Option<&str>) -> Receipt {
    Receipt {
        message_id: id_of(stamp(n)),
        by_user_id: "bob".parse().unwrap(),
        by_device_id: "1".parse().unwrap(),
        group_id: None,
        status,
        timestamp: 1_764_000_000_000,
        ack_token: ack_token.map(str::to_string),
    }
}

/// Feeds `stream` in parts of `step` bytes; returns the events and the texts written back.
fn read(stream: &[u8], step: usize) -> (Vec<Event>, Vec<String>) {
    let mut decoder = Frames(HelioDecoder::default());
    let (mut buf, mut events, mut reply) = (BytesMut::new(), Vec::new(), Vec::new());
    for part in stream.chunks(step) {
        buf.extend_from_slice(part);
        decoder.decode(&mut buf, &mut events, &mut reply).unwrap();
    }
    assert!(buf.is_empty());
    (events, client_texts(&reply))
}

fn read_one(text: &str) -> (Vec<Event>, Vec<String>) {
    read(&server_text(text), usize::MAX)
}

#[test]
fn all_envelopes_of_a_frame_are_read_and_acked_at_once_however_they_arrive() {
    let frame = ServerEvent::Messages(vec![envelope(1), envelope(2), envelope(3)]).to_json();
    let stream = [server_text(&frame), server_text(&frame)].concat();
    for step in [1, 100, 1000, stream.len()] {
        let (events, replies) = read(&stream, step);
        let once = [1, 2, 3].map(|n| Event::Message(stamp(n)));
        assert_eq!(events, [once, once].concat(), "in steps of {step}");
        assert_eq!(replies.len(), 2);
        let ack: Ack = decode(&replies[0]).unwrap();
        assert_eq!(ack.status, ReceiptStatus::Delivered);
        assert_eq!(ack.ack_tokens, ["token-1", "token-2", "token-3"]);
    }
}

#[test]
fn envelopes_of_a_group_carry_their_place() {
    let in_group = |n: u64, seq: u64| Envelope {
        group_id: Some("g".parse().unwrap()),
        seq: Some(seq),
        ..envelope(n)
    };
    let envelopes = vec![in_group(1, 12), envelope(2), in_group(3, 7)];
    let want = [
        Event::InGroup(stamp(1), 12),
        Event::Message(stamp(2)),
        Event::InGroup(stamp(3), 7),
    ];
    let (events, _) = read_one(&ServerEvent::Messages(envelopes.clone()).to_json());
    assert_eq!(events, want);
    let page = SyncOk {
        messages: envelopes,
        ..SyncOk::default()
    };
    assert_eq!(read_one(&reply::ok("y", &page)).0, want);
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_a_group_within_a_while_is_acked_together() {
    let in_group = |n: u64| {
        let envelope = Envelope {
            group_id: Some("g".parse().unwrap()),
            seq: Some(n),
            ..envelope(n)
        };
        server_text(&ServerEvent::Messages(vec![envelope]).to_json())
    };
    let mut decoder = Frames(HelioDecoder::default());
    let (mut events, mut reply) = (Vec::new(), Vec::new());
    let mut take = |decoder: &mut Frames<HelioDecoder>, n: u64, reply: &mut Vec<u8>| {
        let mut buf = BytesMut::from(&in_group(n)[..]);
        decoder.decode(&mut buf, &mut events, reply).unwrap();
    };
    take(&mut decoder, 1, &mut reply);
    let due = decoder.due().unwrap();
    tokio::time::advance(Duration::from_millis(30)).await;
    take(&mut decoder, 2, &mut reply);
    assert_eq!((decoder.due(), reply.len()), (Some(due), 0));
    decoder.release(&mut reply);
    let ack: Ack = decode(&client_texts(&reply)[0]).unwrap();
    assert_eq!(ack.ack_tokens, ["token-1", "token-2"]);
    assert_eq!(decoder.due(), None);

    reply.clear();
    for n in 0..100 {
        take(&mut decoder, n, &mut reply);
    }
    let ack: Ack = decode(&client_texts(&reply)[0]).unwrap();
    assert_eq!((ack.ack_tokens.len(), decoder.due()), (100, None));
}

#[test]
fn changes_of_a_group_are_acked() {
    let change = || GroupEvent {
        group_id: "g".parse().unwrap(),
        epoch: 1,
        change: GroupChange::Joined {
            by_user_id: "bob".parse().unwrap(),
        },
        timestamp: 1_764_000_000_000,
        ack_token: "token-g".into(),
    };
    let page = SyncOk {
        group_events: vec![change()],
        ..SyncOk::default()
    };
    for frame in [
        ServerEvent::Group(change()).to_json(),
        reply::ok("y", &page),
    ] {
        let (events, replies) = read_one(&frame);
        assert!(events.is_empty());
        let ack: Ack = decode(&replies[0]).unwrap();
        assert_eq!(ack.ack_tokens, ["token-g"]);
    }
}

#[test]
fn more_envelopes_than_an_ack_may_hold_take_two() {
    let frame = ServerEvent::Messages((0..101).map(envelope).collect()).to_json();
    let (events, replies) = read_one(&frame);
    assert_eq!(events.len(), 101);
    let acks: Vec<Ack> = replies.iter().map(|text| decode(text).unwrap()).collect();
    assert_eq!(
        acks.iter().map(|a| a.ack_tokens.len()).collect::<Vec<_>>(),
        [100, 1]
    );
}

#[test]
fn delivered_receipts_carry_the_stamp_of_their_message() {
    let receipts = vec![
        receipt(1, ReceiptStatus::Delivered, None),
        receipt(2, ReceiptStatus::Read, None),
        receipt(3, ReceiptStatus::Delivered, Some("kept")),
    ];
    let (events, replies) = read_one(&ServerEvent::Receipts(receipts).to_json());
    let ids: Vec<u64> = events
        .iter()
        .map(|event| match event {
            Event::Receipt(s) => s.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, [stamp(1).id, stamp(3).id]);
    let ack: Ack = decode(&replies[0]).unwrap();
    assert_eq!(ack.ack_tokens, ["kept"]);
}

#[test]
fn replies_to_a_send_are_counted_by_result() {
    let result = SendResult::accepted(id_of(stamp(1)), 1_764_000_000_000);
    let refused = SendResult::refused(id_of(stamp(2)), ErrorBody::internal());
    let results = vec![result.clone(), refused, result];
    let (events, replies) = read_one(&reply::ok("s1", &SendOk { results }));
    assert_eq!(events, [Event::Accepted(2), Event::Error]);
    assert!(replies.is_empty());
}

#[test]
fn a_page_is_acked_and_the_next_one_asked_for() {
    let page = |more: bool, next: Option<&str>| SyncOk {
        messages: vec![envelope(1), envelope(2)],
        receipts: vec![receipt(3, ReceiptStatus::Delivered, Some("token-3"))],
        group_events: Vec::new(),
        more,
        next: next.map(str::to_string),
    };
    let (events, replies) = read_one(&reply::ok("y", &page(true, Some("0199-cursor"))));
    assert_eq!(events, [1, 2].map(|n| Event::Message(stamp(n))));
    let ack: Ack = decode(&replies[0]).unwrap();
    assert_eq!(ack.ack_tokens, ["token-1", "token-2", "token-3"]);
    let sync: SyncRequest = decode(&replies[1]).unwrap();
    assert_eq!(
        (sync.after.as_deref(), sync.limit),
        (Some("0199-cursor"), 100)
    );

    let (_, replies) = read_one(&reply::ok("y", &page(false, Some("0199-cursor"))));
    assert_eq!(replies.len(), 1, "the last page is only acked");
    let (events, replies) = read_one(&reply::ok("y", &SyncOk::default()));
    assert!(events.is_empty() && replies.is_empty(), "nothing waits");
}

#[test]
fn errors_are_events_and_other_replies_are_none() {
    let (events, _) = read_one(&reply::error(Some("s1"), &ErrorBody::internal()));
    assert_eq!(events, [Event::Error]);
    let (events, _) = read_one(&ServerEvent::Displaced.to_json());
    assert_eq!(events, [Event::Error]);
    let (events, replies) = read_one(&reply::ok("a", &AckOk { acked: 3 }));
    assert!(events.is_empty() && replies.is_empty());
    assert!(read_one("").0.is_empty());
}

#[test]
fn a_send_is_a_frame_of_the_protocol() {
    let path = std::env::temp_dir().join(format!("encoder-{}.jsonl", std::process::id()));
    let accounts = Arc::new(Accounts::open(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let bob = Account {
        user: 8,
        user_id: "bob".into(),
        access_token: String::new(),
        refresh_token: String::new(),
        issued_at_ms: 0,
    };
    accounts.put(bob).unwrap();
    let mut encoder = HelioEncoder::new(accounts);
    let mut out = Vec::new();
    encoder
        .send(8, stamp(1), content(stamp(1)).as_bytes(), &mut out)
        .unwrap();
    assert!(
        encoder.send(9, stamp(2), b"", &mut out).is_err(),
        "nobody knows user 9"
    );
    let texts = client_texts(&out);
    assert_eq!(texts.len(), 1);
    let send: Send = decode(&texts[0]).unwrap();
    let to = Recipient::User("bob".parse().unwrap());
    let want = OutgoingMessage::new(id_of(stamp(1)), to, content(stamp(1)));
    assert_eq!(send.messages, [want]);

    out.clear();
    encoder.send_to_group("g-1", stamp(3), content(stamp(3)).as_bytes(), &mut out);
    let send: Send = decode(&client_texts(&out)[0]).unwrap();
    let to = Recipient::Group("g-1".parse().unwrap());
    let want = OutgoingMessage::new(id_of(stamp(3)), to, content(stamp(3)));
    assert_eq!(send.messages, [want]);
}

#[test]
fn every_user_has_a_number_of_its_own() {
    assert_eq!(phone_number(0), "+46700000000");
    assert_eq!(phone_number(12_345), "+46700012345");
}

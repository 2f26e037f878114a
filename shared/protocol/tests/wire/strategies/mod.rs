//! Arbitrary values of the wire types, within their limits.

mod groups;
mod keys;
mod media;
mod people;
mod presence;

use std::collections::BTreeMap;

use heliograph_protocol::{
    DeviceId, DeviceMismatch, ErrorBody, GroupId, MessageId, RequestId, UserId,
    event::{Envelope, Receipt},
    request::{
        Ack, OutgoingMessage, Payload, Ping, ReceiptStatus, Recipient, Send, Status, StatusQuery,
        Sync,
    },
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
};

pub(crate) use self::{groups::*, keys::*, media::*, people::*, presence::*};

/// Any text of at most so many Unicode scalar values.
fn text(chars_max: usize) -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..=chars_max).prop_map(String::from_iter)
}

/// Any text of at most so many Unicode scalar values, none a control character.
fn plain_text(chars_max: usize) -> impl Strategy<Value = String> {
    text(chars_max).prop_map(|text| text.replace(char::is_control, "."))
}

pub(crate) fn request_id() -> impl Strategy<Value = RequestId> {
    text(64).prop_map(|text| RequestId::try_from(text).unwrap())
}

pub(crate) fn user_id() -> impl Strategy<Value = UserId> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn group_id() -> impl Strategy<Value = GroupId> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn device_id() -> impl Strategy<Value = DeviceId> {
    (1_u8..=127).prop_map(|number| DeviceId::new(number).unwrap())
}

pub(crate) fn message_id() -> impl Strategy<Value = MessageId> {
    (0..1_u64 << 48, any::<[u8; 10]>()).prop_map(|(at, random)| MessageId::new(at, &random))
}

fn recipient() -> impl Strategy<Value = Recipient> {
    prop_oneof![
        user_id().prop_map(Recipient::User),
        group_id().prop_map(Recipient::Group)
    ]
}

type Addressed = (Recipient, Payload, BTreeMap<DeviceId, u16>);

/// A recipient, what it may be sent, and the registrations that may be named with that.
fn addressed() -> impl Strategy<Value = Addressed> {
    let content = any::<String>().prop_map(Payload::Content);
    let contents = btree_map(device_id(), any::<String>(), 0..5).prop_map(Payload::Contents);
    let registrations = btree_map(device_id(), 0_u16..=0x3fff, 0..5);
    prop_oneof![
        (recipient(), content, Just(BTreeMap::new())),
        (user_id().prop_map(Recipient::User), contents, registrations),
    ]
}

fn message() -> impl Strategy<Value = OutgoingMessage> {
    (
        message_id(),
        addressed(),
        any::<bool>(),
        any::<bool>(),
        1_u32..=2_592_000,
    )
        .prop_map(
            |(message_id, (to, payload, registrations), urgent, ephemeral, expires_in_s)| {
                OutgoingMessage::new(message_id, to, payload)
                    .registration_ids(registrations)
                    .urgent(urgent)
                    .ephemeral(ephemeral)
                    .expires_in_s(expires_in_s)
            },
        )
}

pub(crate) fn send() -> impl Strategy<Value = Send> {
    (request_id(), vec(message(), 1..=32)).prop_map(|(id, messages)| Send::new(id, messages))
}

fn receipt_status() -> impl Strategy<Value = ReceiptStatus> {
    prop_oneof![Just(ReceiptStatus::Delivered), Just(ReceiptStatus::Read)]
}

pub(crate) fn ack() -> impl Strategy<Value = Ack> {
    (
        request_id(),
        receipt_status(),
        vec("[A-Za-z0-9_.-]{1,256}", 0..=100),
    )
        .prop_map(|(id, status, ack_tokens)| Ack::new(id, status, ack_tokens))
}

pub(crate) fn sync() -> impl Strategy<Value = Sync> {
    (
        request_id(),
        option::of("[A-Za-z0-9_!.:#-]{1,200}"),
        1_u16..=100,
    )
        .prop_map(|(id, after, limit)| Sync { id, after, limit })
}

pub(crate) fn status() -> impl Strategy<Value = Status> {
    let query =
        (message_id(), recipient()).prop_map(|(message_id, to)| StatusQuery { message_id, to });
    (request_id(), vec(query, 0..=100)).prop_map(|(id, messages)| Status::new(id, messages))
}

pub(crate) fn ping() -> impl Strategy<Value = Ping> {
    request_id().prop_map(Ping::new)
}

pub(crate) fn envelope() -> impl Strategy<Value = Envelope> {
    let ids = (
        message_id(),
        user_id(),
        device_id(),
        user_id(),
        option::of(group_id()),
    );
    let rest = (
        option::of(any::<u64>()),
        any::<String>(),
        any::<u64>(),
        any::<bool>(),
    );
    (ids, rest).prop_map(|(ids, (seq, content, timestamp, urgent))| {
        let (message_id, from_user_id, from_device_id, to_user_id, group_id) = ids;
        let ack_token = "token".to_owned();
        Envelope {
            message_id,
            from_user_id,
            from_device_id,
            to_user_id,
            group_id,
            seq,
            content,
            timestamp,
            urgent,
            ack_token,
        }
    })
}

pub(crate) fn receipt() -> impl Strategy<Value = Receipt> {
    let ids = (message_id(), user_id(), device_id(), option::of(group_id()));
    (
        ids,
        receipt_status(),
        any::<u64>(),
        option::of("[a-z]{1,9}"),
    )
        .prop_map(
            |((message_id, by_user_id, by_device_id, group_id), status, timestamp, ack_token)| {
                Receipt {
                    message_id,
                    by_user_id,
                    by_device_id,
                    group_id,
                    status,
                    timestamp,
                    ack_token,
                }
            },
        )
}

pub(crate) fn error() -> impl Strategy<Value = ErrorBody> {
    let devices = || vec(device_id(), 0..4);
    let mismatch =
        (devices(), devices(), devices()).prop_map(|(missing, extra, stale)| DeviceMismatch {
            missing,
            extra,
            stale,
        });
    prop_oneof![
        any::<u64>().prop_map(ErrorBody::rate_limited),
        mismatch.prop_map(ErrorBody::mismatched_devices),
        any::<String>().prop_map(ErrorBody::bad_request),
        Just(ErrorBody::internal()),
    ]
}

//! One fixed value of each wire type.

mod groups;
mod keys;
mod media;
mod people;
mod presence;

use std::collections::BTreeMap;

use heliograph_protocol::{
    DeviceId, GroupId, MessageId, RequestId, UserId,
    event::{Envelope, Event, Receipt},
    http::{DeviceInfo, LinkRequest, RegisterRequest, TokensRequest, VerifyRequest},
    reply::{DeliveryStatus, MessageStatus},
    request::{
        Ack, OutgoingMessage, Ping, ReceiptStatus, Request, Send, Status, StatusQuery, Sync,
    },
};

pub(crate) use self::{groups::*, keys::*, media::*, people::*, presence::*};

pub(crate) const NOW: u64 = 1_764_000_000_000;

pub(crate) fn request_id() -> RequestId {
    RequestId::from(7)
}

pub(crate) fn message_id(n: u8) -> MessageId {
    MessageId::new(NOW + u64::from(n), &[n; 10])
}

pub(crate) fn alice() -> UserId {
    "u-alice".parse().unwrap()
}

pub(crate) fn bob() -> UserId {
    "u-bob".parse().unwrap()
}

pub(crate) fn group() -> GroupId {
    "g-family".parse().unwrap()
}

pub(crate) fn send() -> Send {
    let contents: BTreeMap<_, _> = [(1, "for 1"), (2, "for 2")]
        .map(|(number, content)| (DeviceId::new(number).unwrap(), content.to_owned()))
        .into();
    let to_bob = OutgoingMessage::new(message_id(1), bob(), contents)
        .registration_ids([(DeviceId::PRIMARY, 12_345)].into())
        .urgent(false);
    let to_group = OutgoingMessage::new(message_id(2), group(), "for all").expires_in_s(60);
    Send::new(request_id(), vec![to_bob, to_group])
}

pub(crate) fn ack() -> Ack {
    Ack::new(
        request_id(),
        ReceiptStatus::Delivered,
        vec!["token-1".to_owned()],
    )
}

pub(crate) fn sync() -> Sync {
    Sync::new(request_id(), Some(message_id(1).to_string()))
}

pub(crate) fn status() -> Status {
    let query = StatusQuery {
        message_id: message_id(1),
        to: bob().into(),
    };
    Status::new(request_id(), vec![query])
}

pub(crate) fn ping() -> Ping {
    Ping::new(request_id())
}

/// Every request as a client sends it.
pub(crate) fn requests() -> Vec<String> {
    let mut requests = vec![
        send().to_json(),
        ack().to_json(),
        sync().to_json(),
        status().to_json(),
        ping().to_json(),
        keys_upload().to_json(),
        keys_fetch().to_json(),
        devices_list().to_json(),
        devices_link().to_json(),
        devices_remove().to_json(),
        profile_set().to_json(),
        profile_get().to_json(),
        contacts_put().to_json(),
        contacts_remove().to_json(),
        contacts_list().to_json(),
        blocks_put().to_json(),
        blocks_remove().to_json(),
        blocks_list().to_json(),
        privacy_set().to_json(),
        privacy_get().to_json(),
        presence_subscribe().to_json(),
        presence_unsubscribe().to_json(),
        push_register_web().to_json(),
        push_register_apns().to_json(),
        push_register_fcm().to_json(),
        push_unregister().to_json(),
        push_key().to_json(),
    ];
    requests.extend(group_requests());
    requests.extend(media_requests());
    requests
}

pub(crate) fn envelope() -> Envelope {
    Envelope {
        message_id: message_id(1),
        from_user_id: alice(),
        from_device_id: DeviceId::PRIMARY,
        to_user_id: bob(),
        group_id: None,
        seq: None,
        content: "opaque".to_owned(),
        timestamp: NOW,
        urgent: true,
        ack_token: "token-1".to_owned(),
    }
}

pub(crate) fn group_envelope() -> Envelope {
    Envelope {
        group_id: Some(group()),
        seq: Some(42),
        ..envelope()
    }
}

pub(crate) fn receipt() -> Receipt {
    Receipt {
        message_id: message_id(1),
        by_user_id: bob(),
        by_device_id: DeviceId::PRIMARY,
        group_id: None,
        status: ReceiptStatus::Read,
        timestamp: NOW,
        ack_token: None,
    }
}

pub(crate) fn kept_receipt() -> Receipt {
    Receipt {
        ack_token: Some("token-2".to_owned()),
        group_id: Some(group()),
        ..receipt()
    }
}

/// Every event.
pub(crate) fn events() -> Vec<Event> {
    let mut events = vec![
        Event::Messages(vec![envelope(), group_envelope()]),
        Event::Receipts(vec![receipt(), kept_receipt()]),
        Event::Presence(presence()),
        Event::Presence(hidden_presence()),
        Event::KeysLow(keys_upload_ok()),
        Event::Devices(vec![device_summary(), foreign_device_summary()]),
        Event::Displaced,
    ];
    events.extend(told_group_events());
    events
}

pub(crate) fn message_status() -> MessageStatus {
    MessageStatus {
        message_id: message_id(1),
        status: DeliveryStatus::Waiting,
        delivered: vec![alice()],
        read: vec![alice()],
        waiting: vec![bob()],
    }
}

pub(crate) fn device() -> DeviceInfo {
    DeviceInfo {
        name: "Alice's phone".to_owned(),
        registration_id: 12_345,
        keys: key_set(),
    }
}

pub(crate) fn register() -> RegisterRequest {
    RegisterRequest {
        phone_number: "+46701234567".parse().unwrap(),
    }
}

pub(crate) fn verify() -> VerifyRequest {
    VerifyRequest {
        code: "123456".to_owned(),
        device: device(),
    }
}

pub(crate) fn link() -> LinkRequest {
    LinkRequest {
        link_token: "link-me".to_owned(),
        device: device(),
    }
}

pub(crate) fn tokens() -> TokensRequest {
    TokensRequest {
        refresh_token: "refresh-me".to_owned(),
    }
}

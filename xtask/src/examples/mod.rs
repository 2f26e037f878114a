//! Example values for the document, made with the types so that they cannot be wrong.

mod groups;
mod keys;
mod media;
mod people;
mod presence;

use anyhow::{Context, Result};
use heliograph_protocol::{
    DeviceId, GroupId, MessageId, RequestId, UserId,
    event::{Envelope, Receipt},
    reply::{DeliveryStatus, MessageStatus, SendOk, SendResult, StatusOk, SyncOk},
    request::{Ack, OutgoingMessage, Ping, ReceiptStatus, Send, Status, StatusQuery, Sync},
    {DeviceMismatch, ErrorBody},
};

pub(crate) use self::{groups::*, keys::*, media::*, people::*, presence::*};

/// Is when the examples happen: 2025-11-24, in ms since the epoch.
pub(crate) const NOW: u64 = 1_764_000_000_000;

pub(crate) fn request_id() -> RequestId {
    RequestId::from(1)
}

fn message_id(n: u8) -> MessageId {
    MessageId::new(NOW + u64::from(n), &[n; 10])
}

pub(crate) fn alice() -> Result<UserId> {
    Ok("u5ZkQ0cH3rVb".parse()?)
}

fn bob() -> Result<UserId> {
    Ok("uT8mPq2LxWn4".parse()?)
}

fn group() -> Result<GroupId> {
    Ok("0199c1de-2f6b-4a57-9d0e-3c8f5b7a6e21".parse()?)
}

fn second_device() -> Result<DeviceId> {
    DeviceId::new(2).context("2 is a device id")
}

pub(crate) fn send() -> Result<Send> {
    let contents = [
        (DeviceId::PRIMARY, "b3BhcXVl"),
        (second_device()?, "cXVpdGUgc28"),
    ];
    let contents = contents.map(|(device_id, content)| (device_id, content.to_owned()));
    let to_user = OutgoingMessage::new(
        message_id(1),
        bob()?,
        std::collections::BTreeMap::from(contents),
    )
    .registration_ids([(DeviceId::PRIMARY, 12_345), (second_device()?, 4_711)].into());
    let to_group = OutgoingMessage::new(message_id(2), group()?, "b3BhcXVl");
    Ok(Send::new(request_id(), vec![to_user, to_group]))
}

pub(crate) fn send_ok() -> Result<SendOk> {
    let devices = DeviceMismatch {
        missing: vec![second_device()?],
        ..DeviceMismatch::default()
    };
    let refused = SendResult::refused(message_id(1), ErrorBody::mismatched_devices(devices));
    let accepted = SendResult::accepted_in_group(message_id(2), NOW, 17);
    Ok(SendOk {
        results: vec![refused, accepted],
    })
}

pub(crate) fn ack() -> Ack {
    Ack::new(
        request_id(),
        ReceiptStatus::Delivered,
        vec!["mbxlWnbR0n0".to_owned()],
    )
}

pub(crate) fn sync() -> Sync {
    Sync::new(request_id(), None)
}

pub(crate) fn sync_ok() -> Result<SyncOk> {
    let next = Some(message_id(1).to_string());
    Ok(SyncOk {
        messages: vec![envelope()?],
        receipts: vec![],
        group_events: group_events()?.into_iter().take(1).collect(),
        more: false,
        next,
    })
}

pub(crate) fn status() -> Result<Status> {
    let query = StatusQuery {
        message_id: message_id(2),
        to: group()?.into(),
    };
    Ok(Status::new(request_id(), vec![query]))
}

pub(crate) fn status_ok() -> Result<StatusOk> {
    let status = MessageStatus {
        message_id: message_id(2),
        status: DeliveryStatus::Waiting,
        delivered: vec![alice()?],
        read: vec![],
        waiting: vec![bob()?],
    };
    Ok(StatusOk {
        statuses: vec![status],
    })
}

pub(crate) fn ping() -> Ping {
    Ping::new(request_id())
}

pub(crate) fn envelope() -> Result<Envelope> {
    Ok(Envelope {
        message_id: message_id(1),
        from_user_id: alice()?,
        from_device_id: DeviceId::PRIMARY,
        to_user_id: bob()?,
        group_id: None,
        seq: None,
        content: "b3BhcXVl".to_owned(),
        timestamp: NOW,
        urgent: true,
        ack_token: "mbxlWnbR0n0".to_owned(),
    })
}

pub(crate) fn receipt() -> Result<Receipt> {
    Ok(Receipt {
        message_id: message_id(1),
        by_user_id: bob()?,
        by_device_id: DeviceId::PRIMARY,
        group_id: None,
        status: ReceiptStatus::Delivered,
        timestamp: NOW,
        ack_token: None,
    })
}

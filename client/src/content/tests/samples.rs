//! One content of each kind.

use crate::DeviceAddress;
use crate::content::*;
use crate::history::{Clock, Dot, MessageRef, Position};
use crate::media::seal::MediaKey;
use crate::media::transfer::{About, Attachment};
use heliograph_protocol::media::{MediaKind, Sha256};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, MessageId, UserId};
use serde_bytes::ByteArray;

pub(super) fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

pub(super) fn id() -> MessageId {
    MessageId::new(1_764_000_000_000, &[7; 10])
}

pub(super) fn target() -> MessageRef {
    MessageRef {
        author: user("alice"),
        message_id: id(),
    }
}

pub(super) fn dot(name: &str, count: u64) -> Dot {
    let from = DeviceAddress::from((user(name), DeviceId::PRIMARY));
    Dot { from, count }
}

pub(super) fn clock() -> Clock {
    Clock {
        count: 7,
        ahead_ms: 1_500,
        heads: vec![dot("bob", 300)],
    }
}

pub(super) fn media() -> Media {
    Media {
        attachment: Attachment {
            media_id: "media".parse().unwrap(),
            key: MediaKey::try_from(&[0xaa; 32][..]).unwrap(),
            sealed_bytes: 21,
            sha256: Sha256([0xbb; 32]),
            kind: MediaKind::Image,
            about: About {
                mime: "image/jpeg".to_owned(),
                name: Some("secret.jpg".to_owned()),
                width: Some(1600),
                height: Some(800),
                thumbhash: vec![1, 2, 3],
                thumbnail: vec![4, 5, 6],
            },
        },
        caption: Some("secret".to_owned()),
    }
}

pub(super) fn text() -> Text {
    let text = "secret".to_owned();
    Text { text }
}

/// All kinds, each by its name.
pub(super) fn bodies() -> Vec<Body> {
    let text = || "secret".to_owned();
    let message_id = id();
    let sent = Content::new(self::text()).encode().unwrap();
    vec![
        self::text().into(),
        Reply {
            to: target(),
            text: text(),
        }
        .into(),
        Reaction {
            to: target(),
            emoji: Some("❤".to_owned()),
        }
        .into(),
        Edit {
            message_id,
            text: text(),
        }
        .into(),
        Delete { message_id }.into(),
        media().into(),
        Distribution { key: vec![1, 2, 3] }.into(),
        Typing { is_typing: true }.into(),
        Read {
            chat: Recipient::User(user("bob")),
            up_to: Position {
                height: 5,
                message_id,
            },
        }
        .into(),
        Sent {
            to: Recipient::User(user("bob")),
            message_id,
            content: sent,
        }
        .into(),
        Timer {
            timer_s: Some(86_400),
        }
        .into(),
        Setting {
            name: "theme".to_owned(),
            value: Some(b"dark".to_vec()),
        }
        .into(),
        Linked {
            proof: ByteArray::new([7; 32]),
        }
        .into(),
        History {
            file: media(),
            wrapped_key: ByteArray::new([8; 32]),
            proof: ByteArray::new([9; 32]),
        }
        .into(),
        Call {
            signal: vec![1, 2, 3],
        }
        .into(),
        Resend { message_id }.into(),
    ]
}

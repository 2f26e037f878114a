//! Any content at all that may be sent.

use super::samples::{media, user};
use crate::DeviceAddress;
use crate::content::*;
use crate::history::{Clock, Dot, MessageRef, Position};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, MessageId};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_bytes::ByteArray;

fn message_id() -> impl Strategy<Value = MessageId> {
    (0..1u64 << 48, any::<[u8; 10]>()).prop_map(|(ms, random)| MessageId::new(ms, &random))
}

fn target() -> impl Strategy<Value = MessageRef> {
    ("[a-z0-9_-]{1,64}", message_id()).prop_map(|(author, message_id)| {
        let author = user(&author);
        MessageRef { author, message_id }
    })
}

fn dot() -> impl Strategy<Value = Dot> {
    ("[a-z]{1,64}", 1..=127u8, 1..1u64 << 53).prop_map(|(name, device, count)| {
        let from = DeviceAddress::from((user(&name), DeviceId::new(device).unwrap()));
        Dot { from, count }
    })
}

pub(super) fn clock() -> impl Strategy<Value = Clock> {
    (1..1u64 << 53, 0..1_000_000u64, vec(dot(), 0..=16)).prop_map(|(count, ahead_ms, heads)| {
        Clock {
            count,
            ahead_ms,
            heads,
        }
    })
}

fn texts() -> impl Strategy<Value = Body> {
    prop_oneof![
        ".{1,100}".prop_map(|text| Text { text }.into()),
        (target(), ".{1,100}").prop_map(|(to, text)| Reply { to, text }.into()),
        (target(), of(".{1,16}")).prop_map(|(to, emoji)| Reaction { to, emoji }.into()),
        (message_id(), ".{1,100}").prop_map(|(message_id, text)| Edit { message_id, text }.into()),
        message_id().prop_map(|message_id| Delete { message_id }.into()),
    ]
}

fn files() -> impl Strategy<Value = Body> {
    let about = (
        ".{0,60}",
        of(".{1,60}"),
        any::<Option<u32>>(),
        vec(any::<u8>(), 0..=32),
    );
    let more = (
        of(".{1,100}"),
        vec(any::<u8>(), 0..8_192),
        any::<[u8; 32]>(),
    );
    (about, more).prop_map(
        |((mime, name, width, hash), (caption, thumbnail, sha256))| {
            let mut media = media();
            media.caption = caption;
            media.attachment.sha256.0 = sha256;
            let about = &mut media.attachment.about;
            (about.mime, about.name, about.width) = (mime, name, width);
            (about.thumbhash, about.thumbnail) = (hash, thumbnail);
            media.into()
        },
    )
}

fn others() -> impl Strategy<Value = Body> {
    let bytes = || vec(any::<u8>(), 1..300);
    let sent = prop_oneof![
        bytes(),
        vec(any::<u8>(), SENT_BYTES_MAX - 300..=SENT_BYTES_MAX)
    ];
    let chat = || "[a-z]{1,64}".prop_map(|name| Recipient::User(user(&name)));
    let position = (any::<u64>(), message_id());
    prop_oneof![
        bytes().prop_map(|key| Distribution { key }.into()),
        any::<bool>().prop_map(|is_typing| Typing { is_typing }.into()),
        bytes().prop_map(|signal| Call { signal }.into()),
        message_id().prop_map(|message_id| Resend { message_id }.into()),
        (chat(), position).prop_map(|(chat, (height, message_id))| {
            let up_to = Position { height, message_id };
            Read { chat, up_to }.into()
        }),
        (chat(), message_id(), sent).prop_map(|(to, message_id, content)| Sent {
            to,
            message_id,
            content
        }
        .into()),
        of(1..=TIMER_S_MAX).prop_map(|timer_s| Timer { timer_s }.into()),
        any::<[u8; 32]>().prop_map(|proof| {
            let proof = ByteArray::new(proof);
            Linked { proof }.into()
        }),
        any::<[[u8; 32]; 2]>().prop_map(|[wrapped_key, proof]| {
            History {
                file: media(),
                wrapped_key: ByteArray::new(wrapped_key),
                proof: ByteArray::new(proof),
            }
            .into()
        }),
        (".{1,16}", of(bytes())).prop_map(|(name, value)| Setting { name, value }.into()),
    ]
}

prop_compose! {
    pub(super) fn content()(
        clock in of(clock()),
        timer_s in of(1..=TIMER_S_MAX),
        body in prop_oneof![texts(), files(), others()],
    ) -> Content {
        let mut content = Content { clock: None, timer_s, body };
        if content.has_place() {
            content.clock = clock;
        }
        content
    }
}

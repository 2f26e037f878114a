//! What is too much, and that what is not too much fits.

use super::samples::{dot, id, media, target, text, user};
use crate::content::*;
use crate::e2ee::PLAIN_BYTES_MAX;
use crate::history::{COUNT_MAX, Clock, HEADS_MAX, InvalidClock, MessageRef};
use crate::media::image::THUMBNAIL_BYTES_MAX;
use heliograph_protocol::request::Recipient;

const LONGEST_ID: &str = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz_0123456789";

/// Is as large as a clock may be.
pub(super) fn largest_clock() -> Clock {
    Clock {
        count: COUNT_MAX,
        ahead_ms: crate::history::AHEAD_MS_MAX,
        heads: vec![dot(LONGEST_ID, COUNT_MAX); HEADS_MAX],
    }
}

fn largest(body: impl Into<Body>) -> Content {
    Content {
        clock: Some(largest_clock()),
        timer_s: Some(TIMER_S_MAX),
        body: body.into(),
    }
}

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

fn refused(content: &Content) -> InvalidContent {
    content.encode().unwrap_err()
}

fn too_long(field: Field, bytes_max: usize) -> InvalidContent {
    InvalidContent::TooLong {
        field,
        bytes: bytes_max + 1,
        bytes_max,
    }
}

#[test]
fn the_longest_of_all_fits_when_sent_to_ones_own_devices() {
    let author = user(LONGEST_ID);
    let to = MessageRef { author, ..target() };
    let reply = largest(Reply {
        to,
        text: long(TEXT_BYTES_MAX),
    });
    let mut media = media();
    media.caption = Some(long(CAPTION_BYTES_MAX));
    media.attachment.media_id = LONGEST_ID.parse().unwrap();
    media.attachment.about.name = Some(long(NAME_BYTES_MAX));
    media.attachment.about.mime = long(MIME_BYTES_MAX);
    media.attachment.about.thumbhash = vec![0; THUMBHASH_BYTES_MAX];
    media.attachment.about.thumbnail = vec![0; THUMBNAIL_BYTES_MAX];
    for content in [reply, largest(media)] {
        let content = content.encode().unwrap();
        assert!(content.len() <= SENT_BYTES_MAX, "{}", content.len());
    }
    let sent = Sent {
        to: Recipient::User(user(LONGEST_ID)),
        message_id: id(),
        content: vec![0; SENT_BYTES_MAX],
    };
    // It has no place, so its clock takes none.
    assert!(largest(sent).encode().is_ok());
    assert!(
        largest(Call {
            signal: vec![0; CALL_BYTES_MAX]
        })
        .encode()
        .is_ok()
    );
}

#[test]
fn each_thing_too_long_is_named() {
    let text = |bytes| Content::new(Text { text: long(bytes) });
    assert_eq!(
        refused(&text(TEXT_BYTES_MAX + 1)),
        too_long(Field::Text, TEXT_BYTES_MAX)
    );
    assert_eq!(refused(&text(0)), InvalidContent::Empty(Field::Text));
    let emoji = |bytes| {
        Content::new(Reaction {
            to: target(),
            emoji: Some(long(bytes)),
        })
    };
    assert_eq!(refused(&emoji(65)), too_long(Field::Emoji, EMOJI_BYTES_MAX));
    assert_eq!(refused(&emoji(0)), InvalidContent::Empty(Field::Emoji));
    let edit = Edit {
        message_id: id(),
        text: String::new(),
    };
    assert_eq!(
        refused(&Content::new(edit)),
        InvalidContent::Empty(Field::Text)
    );
    let call = Call {
        signal: vec![0; CALL_BYTES_MAX + 1],
    };
    assert_eq!(
        refused(&Content::new(call)),
        too_long(Field::Call, CALL_BYTES_MAX)
    );
    let key = Distribution {
        key: vec![0; DISTRIBUTION_BYTES_MAX + 1],
    };
    assert_eq!(
        refused(&Content::new(key)),
        too_long(Field::Distribution, DISTRIBUTION_BYTES_MAX)
    );
    let name = long(SETTING_NAME_BYTES_MAX + 1);
    let setting = Content::new(Setting { name, value: None });
    assert_eq!(
        refused(&setting),
        too_long(Field::SettingName, SETTING_NAME_BYTES_MAX)
    );
}

#[test]
fn each_thing_too_long_of_a_file_is_named() {
    type Change = fn(&mut Media);
    let changes: [(Change, InvalidContent); 6] = [
        (
            |it| it.caption = Some(long(4_097)),
            too_long(Field::Caption, 4_096),
        ),
        (
            |it| it.attachment.about.name = Some(long(256)),
            too_long(Field::Name, 255),
        ),
        (
            |it| it.attachment.about.mime = long(256),
            too_long(Field::Mime, 255),
        ),
        (
            |it| it.attachment.about.thumbhash = vec![0; 33],
            too_long(Field::Thumbhash, 32),
        ),
        (
            |it| it.attachment.about.thumbnail = vec![0; 8_193],
            too_long(Field::Thumbnail, 8_192),
        ),
        (
            |it| it.attachment.sealed_bytes = 3,
            InvalidContent::FileSize(3),
        ),
    ];
    for (change, expected) in changes {
        let mut media = media();
        change(&mut media);
        assert_eq!(refused(&Content::new(media)), expected);
    }
}

#[test]
fn timers_and_clocks_have_bounds() {
    for timer_s in [0, TIMER_S_MAX + 1] {
        let timer = Content::new(Timer {
            timer_s: Some(timer_s),
        });
        assert_eq!(refused(&timer), InvalidContent::Timer(timer_s));
        let content = Content {
            timer_s: Some(timer_s),
            ..Content::new(text())
        };
        assert_eq!(refused(&content), InvalidContent::Timer(timer_s));
    }
    type Change = fn(&mut Clock);
    let changes: [(Change, InvalidClock); 4] = [
        (|it| it.count = 0, InvalidClock::Count),
        (|it| it.heads[0].count = COUNT_MAX + 1, InvalidClock::Count),
        (
            |it| it.ahead_ms += 1,
            InvalidClock::Ahead(crate::history::AHEAD_MS_MAX + 1),
        ),
        (
            |it| it.heads.push(dot("more", 1)),
            InvalidClock::Heads(HEADS_MAX + 1),
        ),
    ];
    for (change, expected) in changes {
        let mut content = largest(text());
        content.clock.as_mut().map(change).unwrap();
        assert_eq!(refused(&content), InvalidContent::Clock(expected));
    }
}

#[test]
fn what_comes_is_held_to_the_same_bounds() {
    let emoji = "x".repeat(EMOJI_BYTES_MAX);
    let content = Content::new(Reaction {
        to: target(),
        emoji: Some(emoji.clone()),
    });
    let bytes = content.encode().unwrap();
    // `str 8` of 64 bytes, made one longer.
    let at = bytes.windows(2).position(|two| two == [0xd9, 64]).unwrap();
    let longer = [&bytes[..at + 1], &[65, b'x'], &bytes[at + 2..]].concat();
    let expected = DecodeError::Invalid(too_long(Field::Emoji, EMOJI_BYTES_MAX));
    assert_eq!(Content::decode(&longer).unwrap_err(), expected);
    let long = vec![0x80; PLAIN_BYTES_MAX + 1];
    assert_eq!(
        Content::decode(&long).unwrap_err(),
        DecodeError::TooLarge(long.len())
    );
}

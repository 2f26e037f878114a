//! How much a content may hold.

use crate::e2ee;
use crate::history::InvalidClock;
use heliograph_protocol::limits::{DEVICES_MAX, FRAME_BYTES_MAX};

/// Is left in a frame for what is around the contents of one message: ids, names, the recipient's devices.
const AROUND_BYTES: usize = 2_048;

/// Bounds a ciphertext, in bytes: with one of it for each of five devices a message still fits in one
/// frame, as base64.
const CIPHERTEXT_BYTES_MAX: usize = (FRAME_BYTES_MAX - AROUND_BYTES) / DEVICES_MAX / 4 * 3;

/// Bounds an encoded content, in bytes: 17,407, which is what a frame holds for each of five devices, padded.
pub const ENCODED_BYTES_MAX: usize = e2ee::plain_bytes_within(CIPHERTEXT_BYTES_MAX);

/// Bounds what is [sent](super::Sent) to one's own devices, in bytes: there it is inside another content.
pub const SENT_BYTES_MAX: usize = ENCODED_BYTES_MAX - 320;

/// Bounds a text, in bytes. What is longer goes as a file.
///
/// Chosen here: it fits into [`SENT_BYTES_MAX`] beside a clock with all the heads that it may have.
pub const TEXT_BYTES_MAX: usize = 14 * 1024;

/// Bounds a reaction, in bytes. Chosen here: the longest emoji of Unicode 16 take 35.
pub const EMOJI_BYTES_MAX: usize = 64;

/// Bounds the text that goes with a file, in bytes. Chosen here, to fit beside a thumbnail.
pub const CAPTION_BYTES_MAX: usize = 4 * 1024;

/// Bounds the name of a file, in bytes. Chosen here: what file systems take.
pub const NAME_BYTES_MAX: usize = 255;

/// Bounds the type of a file, in bytes: two names of 127 characters and a slash (RFC 6838 §4.2).
pub const MIME_BYTES_MAX: usize = 255;

/// Bounds the hash that a blurred picture is made of, in bytes. Chosen here; none has more than 25.
pub const THUMBHASH_BYTES_MAX: usize = 32;

/// Bounds what a sender key distributes, in bytes. Chosen here; it has 295 at most, 64 of them a group's id.
pub const DISTRIBUTION_BYTES_MAX: usize = 1_024;

/// Bounds a call's signalling, in bytes. Chosen here: descriptions of sessions take 2 to 8 KB.
pub const CALL_BYTES_MAX: usize = 12 * 1024;

/// Bounds the name of a setting, in bytes. Chosen here.
pub const SETTING_NAME_BYTES_MAX: usize = 64;

/// Bounds the value of a setting, in bytes. Chosen here.
pub const SETTING_BYTES_MAX: usize = 4 * 1024;

/// Bounds how long a message is kept that disappears, in seconds: a year. Chosen here.
pub const TIMER_S_MAX: u32 = 31_536_000;

/// Names what is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A text, be it new, a reply or an edit; [`TEXT_BYTES_MAX`].
    Text,
    /// A reaction; [`EMOJI_BYTES_MAX`].
    Emoji,
    /// The text that goes with a file; [`CAPTION_BYTES_MAX`].
    Caption,
    /// The name of a file; [`NAME_BYTES_MAX`].
    Name,
    /// The type of a file; [`MIME_BYTES_MAX`].
    Mime,
    /// The hash that a blurred picture is made of; [`THUMBHASH_BYTES_MAX`].
    Thumbhash,
    /// The small picture in a message; [`THUMBNAIL_BYTES_MAX`](crate::media::image::THUMBNAIL_BYTES_MAX).
    Thumbnail,
    /// What a sender key distributes; [`DISTRIBUTION_BYTES_MAX`].
    Distribution,
    /// A call's signalling; [`CALL_BYTES_MAX`].
    Call,
    /// What was sent to somebody else; [`SENT_BYTES_MAX`].
    Sent,
    /// The name of a setting; [`SETTING_NAME_BYTES_MAX`].
    SettingName,
    /// The value of a setting; [`SETTING_BYTES_MAX`].
    SettingValue,
}

/// Reports a content that may be neither sent nor taken. It holds none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidContent {
    /// Something is empty that says nothing then.
    #[error("{0:?} is empty")]
    Empty(Field),
    /// Something is too long.
    #[error("{field:?} has {bytes} bytes of at most {bytes_max}")]
    TooLong {
        /// What is.
        field: Field,
        /// How long it is, in bytes.
        bytes: usize,
        /// How long it may be, in bytes.
        bytes_max: usize,
    },
    /// No file that may be sent has so many bytes when it is sealed.
    #[error("no file has {0} bytes when it is sealed")]
    FileSize(u64),
    /// A message is to disappear at once or after more than [`TIMER_S_MAX`] seconds.
    #[error("a timer of {0} s")]
    Timer(u32),
    /// The clock is none that an honest device makes.
    #[error("clock out of bounds")]
    Clock(#[from] InvalidClock),
    /// The whole has so many bytes, more than [`ENCODED_BYTES_MAX`].
    #[error("content has {0} bytes of at most {ENCODED_BYTES_MAX}")]
    TooLarge(usize),
    /// There was no way to write it.
    #[error("content not written")]
    NotWritten,
}

impl Field {
    /// Checks the length of something that may be empty.
    pub(super) fn check(self, bytes: usize, bytes_max: usize) -> Result<(), InvalidContent> {
        let too_long = InvalidContent::TooLong {
            field: self,
            bytes,
            bytes_max,
        };
        (bytes <= bytes_max).then_some(()).ok_or(too_long)
    }

    /// Checks the length of something that may not be empty.
    pub(super) fn check_some(self, bytes: usize, bytes_max: usize) -> Result<(), InvalidContent> {
        if bytes == 0 {
            return Err(InvalidContent::Empty(self));
        }
        self.check(bytes, bytes_max)
    }
}

/// Checks after how many seconds a message is to disappear.
pub(super) fn check_timer(timer_s: Option<u32>) -> Result<(), InvalidContent> {
    let invalid = timer_s.filter(|timer_s| !(1..=TIMER_S_MAX).contains(timer_s));
    invalid.map_or(Ok(()), |timer_s| Err(InvalidContent::Timer(timer_s)))
}

//! What is inside a ciphertext.
//!
//! A [`Content`] is a MessagePack map, the same for every recipient:
//!
//! | key | is |
//! |---|---|
//! | `version` | 1; more where those who know only this version cannot make sense of the rest |
//! | `kind` | the name of the kind |
//! | `clock` | where it stands among the chat's messages ([`history`](crate::history)); passed over where it [has no place](Content::has_place) |
//! | `timer_s` | after how many seconds it disappears; absent: never |
//! | `body` | a map; which keys it has, the kind says |
//!
//! When it was written is no part of it: the message's id tells, and the ciphertext is bound to that.
//! Hashes, keys and the ids of messages are bytes; the ids of users, groups and files are text. What is absent is
//! left out.
//!
//! # Versions
//! A key that those may pass over who do not know it is added without a new version. A new kind needs none
//! either. What a client does not know, be it the kind or the version, it keeps as it came, and shows that
//! it [needs a newer one](Body::Unknown); once there is one, it reads the bytes again.
//!
//! # Bounds
//! A message to one person goes to each of their devices, five at most, under another session: all of that
//! has to fit in one frame, as base64, padded, with what begins a session. That leaves
//! [`ENCODED_BYTES_MAX`]; longer texts go as files. What is read is held to the same bounds, by whomever it was
//! written, but for that of the whole: a later version may know how to send more, up to [`PLAIN_BYTES_MAX`].
//! The server and its limits are protocol §2 and §4.
//!
//! ```
//! use heliograph_client::content::{Body, Content, Text};
//!
//! let text = Text { text: "good morning".to_owned() };
//! let bytes = Content::new(text.clone()).encode()?;
//! let Body::Text(read) = Content::decode(&bytes)?.body else { panic!() };
//! assert_eq!(*read, text);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod body;
mod bounds;
mod codec;
mod error;
mod kinds;
#[cfg(test)]
mod tests;
mod unknown;

pub use body::Body;
pub use bounds::{
    CALL_BYTES_MAX, CAPTION_BYTES_MAX, DISTRIBUTION_BYTES_MAX, EMOJI_BYTES_MAX, ENCODED_BYTES_MAX,
    Field, InvalidContent, MIME_BYTES_MAX, NAME_BYTES_MAX, SENT_BYTES_MAX, SETTING_BYTES_MAX,
    SETTING_NAME_BYTES_MAX, TEXT_BYTES_MAX, THUMBHASH_BYTES_MAX, TIMER_S_MAX,
};
pub use error::DecodeError;
pub use kinds::{
    Call, Delete, Distribution, Edit, History, Linked, Media, Reaction, Read, Reply, Resend, Sent,
    Setting, Text, Timer, Typing,
};
pub use unknown::Unknown;

use crate::e2ee::PLAIN_BYTES_MAX;
use crate::history::{Clock, Mark, MessageRef};
use heliograph_protocol::{MessageId, UserId};
use std::fmt;

/// Is the version of contents that is written here, and the last that is known.
pub const VERSION: u64 = 1;

/// Is what one message says.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// Where it stands among the chat's messages; of what has no place there it is not written.
    pub clock: Option<Clock>,
    /// After how many seconds it disappears, 1 to [`TIMER_S_MAX`]; none: never.
    pub timer_s: Option<u32>,
    /// What it says.
    pub body: Body,
}

impl Content {
    /// Says something without a place, that does not disappear.
    pub fn new(body: impl Into<Body>) -> Self {
        Self {
            clock: None,
            timer_s: None,
            body: body.into(),
        }
    }

    /// Gives its bytes. Those of [`Body::Unknown`] are the ones that came.
    ///
    /// # Errors
    /// [`InvalidContent`] says what is out of bounds.
    pub fn encode(&self) -> Result<Vec<u8>, InvalidContent> {
        self.check()?;
        let bytes = self.body.write(self)?;
        let is_unknown = matches!(self.body, Body::Unknown(_));
        match bytes.len() > ENCODED_BYTES_MAX && !is_unknown {
            true => Err(InvalidContent::TooLarge(bytes.len())),
            false => Ok(bytes),
        }
    }

    /// Reads bytes, from whomever they are. A clock where there is no place is passed over.
    ///
    /// # Errors
    /// [`DecodeError`] where they are no content, or one out of bounds. What a later version has sent is no
    /// error, but [`Body::Unknown`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > PLAIN_BYTES_MAX {
            return Err(DecodeError::TooLarge(bytes.len()));
        }
        let codec::Head { version, kind } = codec::Head::read(bytes)?;
        let known = (version == VERSION).then(|| Body::read(&kind, bytes));
        let Some(content) = known.flatten() else {
            return Ok(Self {
                clock: codec::clock_of(bytes),
                timer_s: codec::timer_of(bytes),
                body: Body::Unknown(Unknown::new(version, kind, bytes)),
            });
        };
        let mut content = content?;
        if !content.has_place() {
            content.clock = None;
        }
        content.check()?;
        Ok(content)
    }

    fn check(&self) -> Result<(), InvalidContent> {
        self.placed().map_or(Ok(()), Clock::check)?;
        bounds::check_timer(self.timer_s)?;
        self.body.check()
    }

    /// Tells whether it has a place among the chat's messages, and so is to be sent with a clock. What a
    /// later version has sent has one if it came with a clock.
    pub fn has_place(&self) -> bool {
        match self.body {
            Body::Text(_) | Body::Reply(_) | Body::Media(_) | Body::Timer(_) => true,
            Body::Reaction(_) | Body::Edit(_) | Body::Delete(_) | Body::Setting(_) => true,
            Body::Distribution(_) | Body::Typing(_) | Body::Call(_) => false,
            Body::Read(_) | Body::Sent(_) | Body::Resend(_) => false,
            Body::Linked(_) | Body::History(_) => false,
            Body::Unknown(_) => self.clock.is_some(),
        }
    }

    /// Gives its clock where that is of use.
    fn placed(&self) -> Option<&Clock> {
        self.clock.as_ref().filter(|_| self.has_place())
    }

    /// Tells whether it is to be heeded only from one's own devices: whoever else sends it is lying.
    pub fn is_of_own_devices(&self) -> bool {
        matches!(
            self.body,
            Body::Read(_) | Body::Sent(_) | Body::Setting(_) | Body::Linked(_) | Body::History(_)
        )
    }

    /// Tells what it does to which other message, if it is something that does, sent by a user.
    pub fn mark(&self, by: &UserId) -> Option<(MessageRef, Mark)> {
        let own = |message_id: MessageId| MessageRef {
            author: by.clone(),
            message_id,
        };
        match &self.body {
            Body::Edit(edit) => Some((own(edit.message_id), Mark::Edit(edit.text.clone()))),
            Body::Delete(delete) => Some((own(delete.message_id), Mark::Delete)),
            Body::Reaction(reaction) => {
                let mark = Mark::Reaction(reaction.emoji.clone());
                Some((reaction.to.clone(), mark))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Content {
    /// Tells the kind, and nothing of what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

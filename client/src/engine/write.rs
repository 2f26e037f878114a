//! What is written here.

use super::Me;
use super::place::{Said, Shown, put, show};
use crate::content::{Body, Content, InvalidContent, Sent};
use crate::random::NoRandomness;
use crate::store::messages::Status;
use crate::store::{StoreError, chats, groups, outbox};
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;

/// Says why something was not written; nothing was kept of it.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// This user is not in the group, as far as is known.
    #[error("not in the group")]
    NotInGroup,
    /// It is out of bounds.
    #[error("content not written")]
    Content(#[from] InvalidContent),
    /// It is a kind of content that has no place in a chat.
    #[error("content has no place in a chat")]
    NoPlace,
    /// There is no chance.
    #[error("no randomness")]
    NoRandomness(#[from] NoRandomness),
    /// It was not kept.
    #[error("content not kept")]
    Store(#[from] StoreError),
}

impl Me {
    /// Writes to a user or a group: what is said takes its place in the chat, and waits to be sent. Tells what is
    /// shown now.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(
        &self,
        step: &Transaction<'_>,
        (chat, message_id): (&Recipient, MessageId),
        body: Body,
        now_ms: u64,
    ) -> Result<Vec<Shown>, WriteError> {
        let mut content = Content::new(body);
        if !content.has_place() || content.is_of_own_devices() {
            return Err(WriteError::NoPlace);
        }
        if let Recipient::Group(group_id) = chat
            && groups::get(step, group_id)?.is_none()
        {
            return Err(WriteError::NotInGroup);
        }
        let timer = chats::timer(step, chat)?;
        content.timer_s = match content.body {
            // Of these something stays, or nothing does.
            Body::Timer(_) | Body::Edit(_) | Body::Delete(_) | Body::Reaction(_) => None,
            _ => timer.and_then(|timer| *timer.value()),
        };
        let (clock, changes) = self.place_own(step, chat, message_id, now_ms)?;
        let position = clock.position(message_id);
        content.clock = Some(clock);
        let bytes = content.encode()?;
        outbox::add(step, chat, message_id, &bytes)?;
        // Of a group, this user's other devices are as good members.
        if let Recipient::User(_) = chat {
            let sent = Sent {
                to: chat.clone(),
                message_id,
                content: bytes.clone(),
            };
            self.tell_own(step, sent, now_ms)?;
        }
        let said = Said {
            chat,
            seq: None,
            from: &self.address,
            message_id,
            content: &content,
            bytes,
            status: Status::Pending,
        };
        put(step, &said, position, now_ms)?;
        Ok(show(step, chat, changes)?)
    }
}

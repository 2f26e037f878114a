//! What the server hands over.

use super::place::{Said, Shown};
use super::{Me, OpenError, Opened, Progress, WriteError};
use crate::DeviceAddress;
use crate::content::{Body, Content, DecodeError, Read};
use crate::e2ee::KeyChange;
use crate::history::Position;
use crate::store::messages::{self, Message, Status};
use crate::store::{StoreError, acks, chats, unread};
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::request::{ReceiptStatus, Recipient};
use rusqlite::Transaction;

/// Is what became of a message that was handed over.
#[derive(Debug)]
pub struct Received {
    /// What is new about the keys of who sent it.
    pub keys: KeyChange,
    /// What it came to.
    pub outcome: Outcome,
}

/// Is what a message that was handed over came to.
#[derive(Debug)]
pub enum Outcome {
    /// It was handed over before.
    Before,
    /// It belongs to a chat, and this is shown of it now: nothing while it is held back.
    Shown(Recipient, Vec<Shown>),
    /// Who sent it is writing, or no longer.
    Typing(bool),
    /// A chat was read on another one of this user's devices.
    Read(Recipient),
    /// It is nothing that this version does anything about.
    Ignored,
    /// It was not read, and will not be.
    Unreadable(Unreadable),
    /// It stays on the server, for a version that can read it.
    Kept,
}

/// Says why a message was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It was not opened.
    #[error("not opened")]
    Open(#[from] OpenError),
    /// It says nothing that could be understood.
    #[error("not understood")]
    Content(#[from] DecodeError),
}

impl Me {
    /// Takes a message that was handed over, once; the ack that it is owed is noted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn receive(
        &self,
        step: &Transaction<'_>,
        envelope: &Envelope,
        now_ms: u64,
    ) -> Result<Received, StoreError> {
        let from = DeviceAddress {
            user_id: envelope.from_user_id.clone(),
            device_id: envelope.from_device_id,
        };
        let opened = self.open(step, &from, envelope.message_id, &envelope.content);
        let (keys, outcome) = match opened {
            Ok(Opened::Before) => (KeyChange::Unchanged, Outcome::Before),
            Ok(Opened::Content {
                content, change, ..
            }) => {
                let heard = self.hear(step, (&from, envelope), content, now_ms)?;
                (change, heard)
            }
            Err(OpenError::Store(error)) => return Err(error),
            Err(OpenError::OfGroup | OpenError::Invalid(_)) => {
                (KeyChange::Unchanged, Outcome::Kept)
            }
            Err(error) => {
                let outcome = Outcome::Unreadable(error.into());
                (KeyChange::Unchanged, outcome)
            }
        };
        if let Outcome::Unreadable(why) = &outcome
            && from.user_id != self.address.user_id
        {
            self.leave_a_trace(step, envelope)?;
            if let Unreadable::Open(_) = why {
                self.mend(step, &from, envelope.message_id, now_ms)?;
            }
        }
        if !matches!(outcome, Outcome::Kept) {
            acks::owe(step, &envelope.ack_token, ReceiptStatus::Delivered)?;
        }
        Ok(Received { keys, outcome })
    }

    fn hear(
        &self,
        step: &Transaction<'_>,
        (from, envelope): (&DeviceAddress, &Envelope),
        bytes: Vec<u8>,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let content = match Content::decode(&bytes) {
            Ok(content) => content,
            Err(error) => return Ok(Outcome::Unreadable(error.into())),
        };
        if let Body::Typing(typing) = &content.body {
            return Ok(Outcome::Typing(typing.is_typing));
        }
        if let Body::Resend(resend) = &content.body {
            self.resend(step, from, resend.message_id, now_ms)?;
            return Ok(Outcome::Ignored);
        }
        if content.is_of_own_devices() {
            return match from.user_id == self.address.user_id {
                true => self.hear_own(step, from, content.body, now_ms),
                // Whoever else says so is lying.
                false => Ok(Outcome::Ignored),
            };
        }
        if !content.has_place() {
            return Ok(Outcome::Ignored);
        }
        let is_unread = !matches!(
            content.body,
            Body::Reaction(_) | Body::Edit(_) | Body::Delete(_) | Body::Timer(_)
        );
        let chat = Recipient::User(from.user_id.clone());
        let said = Said {
            chat: &chat,
            from,
            message_id: envelope.message_id,
            content: &content,
            bytes,
            status: Status::Received,
        };
        let Some((position, shown)) = self.place(step, said, now_ms)? else {
            return Ok(Outcome::Before);
        };
        if is_unread {
            let message = (&from.user_id, position);
            unread::put(step, &chat, message, &envelope.ack_token)?;
        }
        Ok(Outcome::Shown(chat, shown))
    }

    /// Takes what another one of this user's devices has done.
    fn hear_own(
        &self,
        step: &Transaction<'_>,
        from: &DeviceAddress,
        body: Body,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        match body {
            Body::Sent(sent) => {
                let content = match Content::decode(&sent.content) {
                    Ok(content) => content,
                    Err(error) => return Ok(Outcome::Unreadable(error.into())),
                };
                if !content.has_place() || matches!(sent.to, Recipient::Group(_)) {
                    return Ok(Outcome::Ignored);
                }
                let said = Said {
                    chat: &sent.to,
                    from,
                    message_id: sent.message_id,
                    content: &content,
                    bytes: sent.content,
                    status: Status::Accepted,
                };
                let placed = self.place(step, said, now_ms)?;
                Ok(match placed {
                    Some((_, shown)) => Outcome::Shown(sent.to, shown),
                    None => Outcome::Before,
                })
            }
            Body::Read(read) => {
                // That device has told who wrote it.
                unread::read(step, &read.chat, read.up_to)?;
                Ok(Outcome::Read(read.chat))
            }
            _ => Ok(Outcome::Ignored),
        }
    }

    /// Shows that there was a message, which says nothing.
    fn leave_a_trace(&self, step: &Transaction<'_>, envelope: &Envelope) -> Result<(), StoreError> {
        let message = Message {
            position: Position {
                height: envelope.message_id.created_at(),
                message_id: envelope.message_id,
            },
            author: envelope.from_user_id.clone(),
            status: Status::Received,
            is_shown: true,
            body: Vec::new(),
        };
        let chat = Recipient::User(envelope.from_user_id.clone());
        let author = &envelope.from_user_id;
        if messages::get(step, &chat, author, envelope.message_id)?.is_some() {
            return Ok(());
        }
        let history = self.chat(step, &chat)?;
        chats::put_history(step, &chat, &history)?;
        messages::put(step, &chat, &message, "")
    }

    /// Takes a receipt; `None` where it is not news. The ack that it may be owed is noted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn receipt(
        &self,
        step: &Transaction<'_>,
        receipt: &Receipt,
    ) -> Result<Option<Progress>, StoreError> {
        if let Some(token) = &receipt.ack_token {
            acks::owe(step, token, ReceiptStatus::Delivered)?;
        }
        if receipt.group_id.is_some() {
            return Ok(None);
        }
        let status = match receipt.status {
            ReceiptStatus::Delivered => Status::Delivered,
            ReceiptStatus::Read => Status::Read,
        };
        let chat = Recipient::User(receipt.by_user_id.clone());
        self.progress(step, chat, (receipt.message_id, status))
    }

    /// Notes that a chat was read up to a message; those who wrote what was read now are told, and this user's
    /// other devices.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn read(
        &self,
        step: &Transaction<'_>,
        chat: &Recipient,
        up_to: Position,
        now_ms: u64,
    ) -> Result<(), WriteError> {
        let tokens = unread::read(step, chat, up_to)?;
        for token in &tokens {
            acks::owe(step, token, ReceiptStatus::Read)?;
        }
        if tokens.is_empty() {
            return Ok(());
        }
        let chat = chat.clone();
        self.tell_own(step, Read { chat, up_to }, now_ms)
    }
}

//! What the server hands over.

use super::hear::trace;
use super::place::Shown;
use super::{Me, OpenError, Opened, Progress, WriteError};
use crate::DeviceAddress;
use crate::content::{DecodeError, Read};
use crate::e2ee::KeyChange;
use crate::history::Position;
use crate::store::messages::{self, Message, Status};
use crate::store::{StoreError, acks, chats, unread};
use heliograph_protocol::DeviceId;
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
    /// What is shown of a chat besides, where it could not be read.
    pub shown: Option<(Recipient, Vec<Shown>)>,
}

/// Is what a message that was handed over came to.
#[derive(Debug)]
pub enum Outcome {
    /// It was handed over before.
    Before,
    /// It belongs to a chat, and this is shown of it now: nothing while it is held back.
    Shown(Recipient, Vec<Shown>),
    /// Who sent it is writing in a chat, or no longer.
    Typing(Recipient, bool),
    /// A chat was read on another one of this user's devices.
    Read(Recipient),
    /// This device has linked that one, which is to get what is known here.
    Linked(DeviceId),
    /// What the device knows that has linked this one is to be got.
    HistoryComes,
    /// Something was set on another one of this user's devices.
    Set(String),
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
        let id = envelope.message_id;
        let opened = match &envelope.group_id {
            Some(group_id) => self.open_in_group(step, &from, (group_id, id), &envelope.content),
            None => self.open(step, &from, id, &envelope.content),
        };
        let (keys, outcome) = match opened {
            Ok(Opened::Before) => (KeyChange::Unchanged, Outcome::Before),
            Ok(Opened::Content {
                content,
                change,
                identity,
                ..
            }) => {
                let heard = match &envelope.group_id {
                    Some(group_id) => {
                        let said = (group_id, content);
                        self.hear_in_group(step, (&from, envelope), said, now_ms)?
                    }
                    None => self.hear(step, (&from, identity, envelope), content, now_ms)?,
                };
                (change, heard)
            }
            Err(OpenError::Store(error)) => return Err(error),
            Err(OpenError::Invalid(_)) => (KeyChange::Unchanged, Outcome::Kept),
            Err(error) => {
                let outcome = Outcome::Unreadable(error.into());
                (KeyChange::Unchanged, outcome)
            }
        };
        // What own devices tell each other is said once.
        let is_of_chat = from.user_id != self.address.user_id || envelope.group_id.is_some();
        // In a group, what has no number was for who was there: nothing is missing.
        let is_kept = envelope.group_id.is_none() || envelope.seq.is_some();
        let mut shown = None;
        if let Outcome::Unreadable(why) = &outcome
            && is_of_chat
            && is_kept
        {
            shown = self.leave_a_trace(step, envelope, now_ms)?;
            if let Unreadable::Open(why) = why {
                self.mend(step, &from, (id, why), now_ms)?;
            }
        }
        if !matches!(outcome, Outcome::Kept) {
            acks::owe(step, &envelope.ack_token, ReceiptStatus::Delivered)?;
        }
        Ok(Received {
            keys,
            outcome,
            shown,
        })
    }

    /// Shows that there was a message, which says nothing; gives what else is shown of its chat now.
    fn leave_a_trace(
        &self,
        step: &Transaction<'_>,
        envelope: &Envelope,
        now_ms: u64,
    ) -> Result<Option<(Recipient, Vec<Shown>)>, StoreError> {
        let message = Message {
            position: trace(envelope.message_id),
            author: envelope.from_user_id.clone(),
            status: Status::Received,
            is_shown: true,
            gone_at: None,
            body: Vec::new(),
        };
        let chat = match &envelope.group_id {
            Some(group_id) => Recipient::Group(group_id.clone()),
            None => Recipient::User(envelope.from_user_id.clone()),
        };
        let author = &envelope.from_user_id;
        if messages::get(step, &chat, author, envelope.message_id)?.is_some() {
            return Ok(None);
        }
        let history = self.chat(step, &chat)?;
        chats::put_history(step, &chat, &history)?;
        let shown = self.note_seq(step, &chat, envelope.seq, now_ms)?;
        if *author != self.address.user_id {
            let message = (author, message.position);
            unread::put(step, &chat, message, &envelope.ack_token)?;
        }
        messages::put(step, &chat, &message, "")?;
        Ok(Some((chat, shown)))
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
        let status = match receipt.status {
            ReceiptStatus::Delivered => Status::Delivered,
            ReceiptStatus::Read => Status::Read,
        };
        if let Some(group_id) = &receipt.group_id {
            let by = [(&receipt.by_user_id, status)];
            return self.got_by(step, (group_id, receipt.message_id), &by);
        }
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

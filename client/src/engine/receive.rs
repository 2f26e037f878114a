//! What the server hands over.

use super::mend::RESENT_MS;
use super::place::{Said, Shown};
use super::{Me, OpenError, Opened, Progress, WriteError};
use crate::DeviceAddress;
use crate::content::{Body, Content, DecodeError, Read, Sent};
use crate::e2ee::KeyChange;
use crate::history::{MessageRef, Position};
use crate::store::messages::{self, Message, Status};
use crate::store::{StoreError, acks, chats, groups, unread};
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::keys::IdentityKey;
use heliograph_protocol::request::{ReceiptStatus, Recipient};
use heliograph_protocol::{DeviceId, GroupId, MessageId};
use rusqlite::Transaction;

/// How old a message of a group may be that is taken once more, in milliseconds: as old as its author sends it, and
/// a day for that to come.
const HEALED_MS: u64 = 2 * RESENT_MS;

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
                let said = (&from, identity, envelope);
                let heard = match &envelope.group_id {
                    Some(group_id) => {
                        self.hear_in_group(step, said, (group_id, content), now_ms)?
                    }
                    None => self.hear(step, said, content, now_ms)?,
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

    /// Takes what a device says to this one.
    fn hear(
        &self,
        step: &Transaction<'_>,
        (from, identity, envelope): (&DeviceAddress, IdentityKey, &Envelope),
        bytes: Vec<u8>,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let content = match Content::decode(&bytes) {
            Ok(content) => content,
            Err(error) => return Ok(Outcome::Unreadable(error.into())),
        };
        let chat = Recipient::User(from.user_id.clone());
        let is_own = from.user_id == self.address.user_id;
        match &content.body {
            Body::Typing(typing) => Ok(Outcome::Typing(chat, typing.is_typing)),
            Body::Resend(resend) => {
                self.resend(step, from, resend.message_id, now_ms)?;
                Ok(Outcome::Ignored)
            }
            Body::Distribution(key) => {
                self.hear_key(step, (from, identity), key)?;
                Ok(Outcome::Ignored)
            }
            Body::Sent(sent) if !is_own => self.hear_again(step, from, sent, now_ms),
            _ if content.is_of_own_devices() && is_own => {
                let said = (from, &identity, envelope.message_id);
                self.hear_own(step, said, content, now_ms)
            }
            // Whoever else says so is lying.
            _ if content.is_of_own_devices() || !content.has_place() => Ok(Outcome::Ignored),
            _ => self.hear_said(step, (from, envelope), (chat, content, bytes), now_ms),
        }
    }

    /// Takes what a device says to a group.
    fn hear_in_group(
        &self,
        step: &Transaction<'_>,
        (from, _, envelope): (&DeviceAddress, IdentityKey, &Envelope),
        (group_id, bytes): (&GroupId, Vec<u8>),
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let chat = Recipient::Group(group_id.clone());
        let content = match Content::decode(&bytes) {
            Ok(content) => content,
            Err(error) => return Ok(Outcome::Unreadable(error.into())),
        };
        match &content.body {
            Body::Typing(typing) if envelope.seq.is_none() => {
                Ok(Outcome::Typing(chat, typing.is_typing))
            }
            _ if content.is_of_own_devices() || !content.has_place() => {
                let shown = self.note_seq(step, &chat, envelope.seq, now_ms)?;
                Ok(Outcome::Shown(chat, shown))
            }
            _ => self.hear_said(step, (from, envelope), (chat, content, bytes), now_ms),
        }
    }

    /// Puts what is said in a chat where it belongs.
    fn hear_said(
        &self,
        step: &Transaction<'_>,
        (from, envelope): (&DeviceAddress, &Envelope),
        (chat, content, bytes): (Recipient, Content, Vec<u8>),
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let is_own = from.user_id == self.address.user_id;
        let is_unread = !is_own
            && !matches!(
                content.body,
                Body::Reaction(_) | Body::Edit(_) | Body::Delete(_) | Body::Timer(_)
            );
        let said = Said {
            chat: &chat,
            from,
            message_id: envelope.message_id,
            seq: envelope.seq,
            content: &content,
            bytes,
            status: match is_own {
                true => Status::Accepted,
                false => Status::Received,
            },
        };
        let Some((position, shown)) = self.place(step, said, now_ms)? else {
            // As what another device has handed over.
            let shown = self.note_seq(step, &chat, envelope.seq, now_ms)?;
            return Ok(match shown.is_empty() {
                true => Outcome::Before,
                false => Outcome::Shown(chat, shown),
            });
        };
        if is_unread {
            // What could not be read before was noted elsewhere.
            let author = from.user_id.clone();
            let message_id = envelope.message_id;
            let name = MessageRef { author, message_id };
            unread::remove(step, &chat, &name)?;
            let message = (&from.user_id, position);
            unread::put(step, &chat, message, &envelope.ack_token)?;
        }
        Ok(Outcome::Shown(chat, shown))
    }

    /// Takes what somebody has said in a group once more, as it could not be read there lately: only where that is
    /// so, and they are in it, as whoever has left would go on speaking there.
    fn hear_again(
        &self,
        step: &Transaction<'_>,
        from: &DeviceAddress,
        sent: &Sent,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let Recipient::Group(group_id) = &sent.to else {
            return Ok(Outcome::Ignored);
        };
        let age_ms = now_ms.saturating_sub(sent.message_id.created_at());
        let is_member = groups::joined_at(step, group_id, &from.user_id)?.is_some();
        if !is_member || age_ms > HEALED_MS {
            return Ok(Outcome::Ignored);
        }
        let trace = messages::get(step, &sent.to, &from.user_id, sent.message_id)?;
        if trace.is_none_or(|it| !it.body.is_empty()) {
            return Ok(Outcome::Ignored);
        }
        let outcome = self.hear_sent(step, from, (sent, Status::Received), now_ms)?;
        if let Outcome::Shown(..) = outcome {
            let name = MessageRef {
                author: from.user_id.clone(),
                message_id: sent.message_id,
            };
            unread::move_to_its_place(step, &sent.to, &name)?;
        }
        Ok(outcome)
    }

    /// Puts what was sent elsewhere where it belongs.
    fn hear_sent(
        &self,
        step: &Transaction<'_>,
        from: &DeviceAddress,
        (sent, status): (&Sent, Status),
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let content = match Content::decode(&sent.content) {
            Ok(content) => content,
            Err(error) => return Ok(Outcome::Unreadable(error.into())),
        };
        if !content.has_place() || content.is_of_own_devices() {
            return Ok(Outcome::Ignored);
        }
        let said = Said {
            chat: &sent.to,
            from,
            message_id: sent.message_id,
            seq: None,
            content: &content,
            bytes: sent.content.clone(),
            status,
        };
        let placed = self.place(step, said, now_ms)?;
        Ok(match placed {
            Some((_, shown)) => Outcome::Shown(sent.to.clone(), shown),
            None => Outcome::Before,
        })
    }

    /// Takes what another one of this user's devices has done.
    fn hear_own(
        &self,
        step: &Transaction<'_>,
        (from, identity, message_id): (&DeviceAddress, &IdentityKey, MessageId),
        content: Content,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        match content.body {
            Body::Setting(setting) => {
                let said = (from, message_id, content.clock);
                self.hear_setting(step, said, *setting, now_ms)
            }
            Body::Linked(linked) => self.hear_linked(step, (from, identity), &linked, now_ms),
            Body::History(history) => self.hear_history(step, (from, identity), &history),
            Body::Sent(sent) => self.hear_sent(step, from, (&sent, Status::Accepted), now_ms),
            Body::Read(read) => {
                // That device has told who wrote it.
                unread::read(step, &read.chat, read.up_to)?;
                Ok(Outcome::Read(read.chat))
            }
            _ => Ok(Outcome::Ignored),
        }
    }

    /// Shows that there was a message, which says nothing; gives what else is shown of its chat now.
    fn leave_a_trace(
        &self,
        step: &Transaction<'_>,
        envelope: &Envelope,
        now_ms: u64,
    ) -> Result<Option<(Recipient, Vec<Shown>)>, StoreError> {
        let message = Message {
            position: Position {
                height: envelope.message_id.created_at(),
                message_id: envelope.message_id,
            },
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

//! What contents say, and what is done about it.

use super::mend::RESENT_MS;
use super::place::Said;
use super::{Me, Outcome};
use crate::DeviceAddress;
use crate::content::{Body, Content, Sent};
use crate::history::Position;
use crate::store::messages::{self, Status};
use crate::store::{StoreError, groups, unread};
use heliograph_protocol::event::Envelope;
use heliograph_protocol::keys::IdentityKey;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, MessageId};
use rusqlite::Transaction;

/// How old a message of a group may be that is taken once more, in milliseconds: as old as its author sends it, and
/// a day for that to come.
const HEALED_MS: u64 = 2 * RESENT_MS;

impl Me {
    /// Takes what a device says to this one.
    pub(super) fn hear(
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
    pub(super) fn hear_in_group(
        &self,
        step: &Transaction<'_>,
        (from, envelope): (&DeviceAddress, &Envelope),
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
            let before = trace(envelope.message_id);
            unread::take(step, &chat, (&from.user_id, before))?;
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
        let known = messages::get(step, &sent.to, &from.user_id, sent.message_id)?;
        if known.is_none_or(|it| !it.body.is_empty()) {
            return Ok(Outcome::Ignored);
        }
        let outcome = self.hear_sent(step, from, (sent, Status::Received), now_ms)?;
        let author = &from.user_id;
        if let Outcome::Shown(..) = outcome
            && let Some(token) = unread::take(step, &sent.to, (author, trace(sent.message_id)))?
            && let Some(message) = messages::get(step, &sent.to, author, sent.message_id)?
        {
            unread::put(step, &sent.to, (author, message.position), &token)?;
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
}

/// Tells where a message stands that could not be read.
pub(super) fn trace(message_id: MessageId) -> Position {
    Position {
        height: message_id.created_at(),
        message_id,
    }
}

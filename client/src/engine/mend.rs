//! What is done about messages that could not be read.
//!
//! A session may be of no use to one of the two: its first message was lost or named pre-keys that the server
//! had handed out twice, or a store was brought back from a copy. Then whoever cannot read begins another
//! session and asks, in it, for the message again; with that the other one uses the new session, too. How often
//! is bounded, as a server that spoils everything would have it done for ever.

use super::{Me, OpenError};
use crate::DeviceAddress;
use crate::content::{Content, Resend, Sent};
use crate::random;
use crate::store::mending::{self, Mending};
use crate::store::{StoreError, asked, devices, groups, messages, outbox, sender_keys};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, MessageId};
use rusqlite::Transaction;

/// Bounds the messages that are asked for again of a device, in [`COUNTED_MS`]. Chosen here: what is under way
/// when a session turns out to be of no use.
const ASKED_MAX: u64 = 100;
/// For how long is counted, in milliseconds: an hour.
const COUNTED_MS: u64 = 60 * 60 * 1_000;
/// How old a message may be that is sent again, in milliseconds: a day.
pub(super) const RESENT_MS: u64 = 24 * COUNTED_MS;
/// By how much the clock of this device may be behind the server's, in milliseconds: 5 minutes. Who joins a
/// group has the server's time for it, and a message this device's.
const SKEW_MS: u64 = 5 * 60 * 1_000;
/// Of how many a session is begun at most in that time, as that takes keys of theirs.
const SESSIONS_EACH: u64 = 10;

impl Me {
    /// Asks a device for a message again that could not be read, in a session of its own where that is why.
    pub(super) fn mend(
        &self,
        step: &Transaction<'_>,
        from: &DeviceAddress,
        (message_id, why): (MessageId, &OpenError),
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut mending = counted(step, from, now_ms)?;
        if mending.asked == ASKED_MAX {
            return Ok(());
        }
        let is_of_session = !matches!(why, OpenError::NoSenderKey | OpenError::Group(_));
        // One session serves for many: what is of the old one comes in a row.
        mending.is_due |= is_of_session && mending.asked.is_multiple_of(SESSIONS_EACH);
        mending.asked += 1;
        mending::put(step, from, mending)?;
        let asked = Content::new(Resend { message_id }).encode();
        let random = random::bytes();
        let (Ok(asked), Ok(random)) = (asked, random) else {
            return Ok(());
        };
        let to = Recipient::User(from.user_id.clone());
        outbox::add(step, &to, MessageId::new(now_ms, &random), &asked)
    }

    /// Sends a message again, under its id, to somebody who could not read it: one of this user's own to them,
    /// and a recent one, so that whoever adds a device to them is not told all that was ever said.
    pub(super) fn resend(
        &self,
        step: &Transaction<'_>,
        to: &DeviceAddress,
        message_id: MessageId,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut mending = counted(step, to, now_ms)?;
        let age_ms = now_ms.saturating_sub(message_id.created_at());
        if mending.resent == ASKED_MAX || age_ms > RESENT_MS {
            return Ok(());
        }
        mending.resent += 1;
        mending::put(step, to, mending)?;
        let own = messages::by_id(step, &self.address.user_id, message_id)?;
        for (chat, own) in own.into_iter().filter(|(_, own)| !own.body.is_empty()) {
            match &chat {
                Recipient::User(user_id) if *user_id == to.user_id => {
                    if outbox::get(step, message_id)?.is_none() {
                        outbox::add(step, &chat, message_id, &own.body)?;
                    }
                }
                Recipient::User(_) => {}
                Recipient::Group(group_id) => {
                    let own = (message_id, own.body);
                    self.resend_of_group(step, to, (group_id, own), now_ms)?;
                }
            }
        }
        Ok(())
    }

    /// Sends what members of a group have asked for before it was known who is in it.
    pub(super) fn resend_asked(
        &self,
        step: &Transaction<'_>,
        group_id: &GroupId,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let own = &self.address.user_id;
        let chat = Recipient::Group(group_id.clone());
        for (to, message_id) in asked::take(step, group_id)? {
            let said = messages::get(step, &chat, own, message_id)?;
            if let Some(said) = said.filter(|it| !it.body.is_empty()) {
                self.resend_of_group(step, &to, (group_id, (message_id, said.body)), now_ms)?;
            }
        }
        Ok(())
    }

    /// Sends what was said in a group to a member who could not read it there.
    fn resend_of_group(
        &self,
        step: &Transaction<'_>,
        to: &DeviceAddress,
        (group_id, (message_id, content)): (&GroupId, (MessageId, Vec<u8>)),
        now_ms: u64,
    ) -> Result<(), StoreError> {
        if groups::is_stale(step, group_id)? {
            // They may be in it by now: that is looked at when it is known.
            return asked::put(step, group_id, to, message_id);
        }
        // Whoever joined later was not meant.
        let joined_at = groups::joined_at(step, group_id, &to.user_id)?;
        if joined_at.is_none_or(|at| at > message_id.created_at().saturating_add(SKEW_MS)) {
            return Ok(());
        }
        match sender_keys::is_held(step, group_id, to)? {
            // It was given the key, and has it not.
            true => self.share_again(step, (group_id, &to.user_id), now_ms)?,
            // This device is not known: they are to be asked for.
            false => devices::forget(step, &to.user_id)?,
        }
        let sent = Sent {
            to: Recipient::Group(group_id.clone()),
            message_id,
            content,
        };
        let (Ok(content), Ok(random)) = (Content::new(sent).encode(), random::bytes()) else {
            return Ok(());
        };
        let to = Recipient::User(to.user_id.clone());
        outbox::add(step, &to, MessageId::new(now_ms, &random), &content)
    }
}

/// Reads what was done about a device in the time that is counted now.
fn counted(
    step: &Transaction<'_>,
    device: &DeviceAddress,
    now_ms: u64,
) -> Result<Mending, StoreError> {
    let mending = mending::get(step, device)?;
    let is_over = now_ms.abs_diff(mending.since) > COUNTED_MS;
    Ok(match is_over {
        true => Mending {
            since: now_ms,
            asked: 0,
            resent: 0,
            is_due: mending.is_due,
        },
        false => mending,
    })
}

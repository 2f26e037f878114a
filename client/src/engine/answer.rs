//! What the server says of what was sent.

use super::Me;
use super::place::Shown;
use crate::store::messages::{self, Status};
use crate::store::outbox::{self, Entry, Sealed};
use crate::store::{StoreError, devices, sender_keys};
use heliograph_protocol::error::{ErrorBody, ErrorCode};
use heliograph_protocol::limits::STATUS_MESSAGES_MAX;
use heliograph_protocol::reply::{DeliveryStatus, MessageStatus, SendOutcome, SendResult};
use heliograph_protocol::request::{Recipient, StatusQuery};
use heliograph_protocol::{MessageId, UserId};
use rusqlite::Transaction;

/// Says what became of a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// There is nothing left to do about it.
    Settled {
        /// How far it got, if that is news.
        progress: Option<Progress>,
        /// What is shown of its chat now that its number there is known.
        shown: Vec<Shown>,
        /// The chat.
        chat: Recipient,
    },
    /// It was answered before.
    Before,
    /// This user cannot be given the sender key of a group.
    Unshared(UserId),
    /// It is to be encrypted anew, for other devices.
    Anew,
    /// It is to be sent again after a while.
    Later,
}

/// Says how far a message got that was sent from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The chat.
    pub chat: Recipient,
    /// The message.
    pub message_id: MessageId,
    /// How far it got.
    pub status: Status,
}

impl Me {
    /// Takes the server's word on a message that was sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answered(
        &self,
        step: &Transaction<'_>,
        result: &SendResult,
        now_ms: u64,
    ) -> Result<Answered, StoreError> {
        let Some(entry) = outbox::get(step, result.message_id)? else {
            return Ok(Answered::Before);
        };
        let mut shown = Vec::new();
        let status = match &result.outcome {
            SendOutcome::Accepted { seq, .. } => {
                if let (Recipient::User(with), Some(group_id)) = (&entry.to, &entry.shares)
                    && let Some(Sealed::Devices {
                        registration_ids, ..
                    }) = &entry.sealed
                {
                    sender_keys::hold(step, group_id, with, registration_ids)?;
                }
                shown = self.note_seq(step, &entry.to, *seq, now_ms)?;
                Status::Accepted
            }
            SendOutcome::Refused { error } if passes(error) => return Ok(Answered::Later),
            SendOutcome::Refused { error } if error.code == ErrorCode::MismatchedDevices => {
                let Recipient::User(user_id) = &entry.to else {
                    // Of a group that is no answer.
                    return Ok(Answered::Later);
                };
                // Nothing was stored: it is encrypted anew, for the devices that there are.
                devices::forget(step, user_id)?;
                outbox::seal(step, entry.message_id, None)?;
                return Ok(Answered::Anew);
            }
            SendOutcome::Refused { .. } => {
                if let (Some(_), Recipient::User(user_id)) = (&entry.shares, &entry.to) {
                    outbox::remove(step, entry.message_id)?;
                    return Ok(Answered::Unshared(user_id.clone()));
                }
                Status::Refused
            }
        };
        let progress = self.settle(step, &entry, status)?;
        let chat = entry.to;
        Ok(Answered::Settled {
            progress,
            shown,
            chat,
        })
    }

    /// Gives up what waits for a user who is not there, or a group.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn give_up(
        &self,
        step: &Transaction<'_>,
        to: &Recipient,
    ) -> Result<Vec<Progress>, StoreError> {
        let (mut given_up, mut number) = (Vec::new(), 0);
        while let Some(entry) = outbox::after(step, number)? {
            number = entry.number;
            if entry.to == *to {
                given_up.extend(self.settle(step, &entry, Status::Refused)?);
            }
        }
        Ok(given_up)
    }

    /// Asks of those messages that the server has accepted lately, and nobody is known to have: receipts may be lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unticked(&self, step: &Transaction<'_>) -> Result<Vec<StatusQuery>, StoreError> {
        let accepted = messages::accepted(step, STATUS_MESSAGES_MAX)?.into_iter();
        Ok(accepted
            .map(|(to, message_id)| StatusQuery { message_id, to })
            .collect())
    }

    /// Takes the answer to what was [asked](Self::unticked); `None` where that is not news.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn told(
        &self,
        step: &Transaction<'_>,
        (asked, answer): (&StatusQuery, &MessageStatus),
    ) -> Result<Option<Progress>, StoreError> {
        if asked.message_id != answer.message_id {
            return Ok(None);
        }
        if let Recipient::Group(group_id) = &asked.to {
            let delivered = answer.delivered.iter().map(|by| (by, Status::Delivered));
            let read = answer.read.iter().map(|by| (by, Status::Read));
            let by: Vec<_> = delivered.chain(read).collect();
            let news = self.got_by(step, (group_id, asked.message_id), &by)?;
            if news.is_some() {
                return Ok(news);
            }
        }
        match answer.status {
            DeliveryStatus::Delivered => {
                let got = (asked.message_id, Status::Delivered);
                self.progress(step, asked.to.clone(), got)
            }
            _ => Ok(None),
        }
    }

    /// Takes a message out of the outbox: there is nothing left to do about it. Tells how far it got where that is
    /// news, and always that it was refused.
    pub(super) fn settle(
        &self,
        step: &Transaction<'_>,
        entry: &Entry,
        status: Status,
    ) -> Result<Option<Progress>, StoreError> {
        outbox::remove(step, entry.message_id)?;
        let chat = entry.to.clone();
        let message_id = entry.message_id;
        let told = self.progress(step, chat.clone(), (message_id, status))?;
        // What is no message of its own, as a reaction, is refused like one; own devices are told otherwise.
        let is_of_chat = chat != Recipient::User(self.address.user_id.clone());
        let is_refused = status == Status::Refused && is_of_chat;
        Ok(told.or_else(|| {
            is_refused.then_some(Progress {
                chat,
                message_id,
                status,
            })
        }))
    }

    /// Notes how far a message got; `None` where that is not news.
    pub(super) fn progress(
        &self,
        step: &Transaction<'_>,
        chat: Recipient,
        (message_id, status): (MessageId, Status),
    ) -> Result<Option<Progress>, StoreError> {
        let author = &self.address.user_id;
        let is_new = messages::got(step, &chat, author, (message_id, status))?;
        Ok(is_new.then_some(Progress {
            chat,
            message_id,
            status,
        }))
    }
}

/// Tells whether the same may be asked again, and be done then.
fn passes(error: &ErrorBody) -> bool {
    matches!(
        error.code,
        ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal
    )
}

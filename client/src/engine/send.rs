//! What waits to be sent, frame by frame.

use super::{Me, SealError};
use crate::store::messages::{self, Status};
use crate::store::outbox::{self, Entry, Sealed};
use crate::store::{StoreError, devices};
use heliograph_protocol::error::{ErrorBody, ErrorCode};
use heliograph_protocol::limits::{MESSAGES_PER_FRAME_MAX, STATUS_MESSAGES_MAX};
use heliograph_protocol::reply::{DeliveryStatus, MessageStatus, SendOutcome, SendResult};
use heliograph_protocol::request::{OutgoingMessage, Recipient, StatusQuery};
use heliograph_protocol::{MessageId, UserId};
use rusqlite::Transaction;
use std::collections::BTreeSet;

/// Bounds the ciphertexts of a frame, in bytes, if it is more than one message: what else waits is not kept
/// waiting for long by one slow line.
const FRAME_CONTENTS_BYTES_MAX: usize = 32 * 1024;

/// Is what may be sent now, and what is in the way of the rest.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// What is to be sent in one frame, in this order.
    pub messages: Vec<OutgoingMessage>,
    /// Whether there is more than fits in the frame.
    pub is_full: bool,
    /// Whose devices and keys are to be fetched first.
    pub unknown: BTreeSet<UserId>,
    /// Whose keys are others than those that were compared: what waits for them goes when the user has said
    /// what to make of it.
    pub changed: BTreeSet<UserId>,
    /// What could not be encrypted, and never will be.
    pub failed: Vec<Progress>,
}

/// Says what became of a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// There is nothing left to do about it; how far it got, if that is news.
    Settled(Option<Progress>),
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
    /// Takes what may be sent now, of each chat in order, and encrypts what was not yet. What is given is sent
    /// as it is until the server has [answered](Self::answered).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outgoing(&self, step: &Transaction<'_>) -> Result<Outgoing, StoreError> {
        let mut outgoing = Outgoing::default();
        let (mut number, mut bytes) = (0, 0);
        while let Some(entry) = outbox::after(step, number)? {
            number = entry.number;
            let Recipient::User(user_id) = &entry.to else {
                return Err(StoreError::Corrupt);
            };
            if outgoing.unknown.contains(user_id) || outgoing.changed.contains(user_id) {
                continue;
            }
            let Some(sealed) = self.sealed(step, &entry, user_id, &mut outgoing)? else {
                continue;
            };
            bytes += sealed.contents.values().map(String::len).sum::<usize>();
            let has_all = outgoing.messages.len() == MESSAGES_PER_FRAME_MAX;
            if has_all || !outgoing.messages.is_empty() && bytes > FRAME_CONTENTS_BYTES_MAX {
                outgoing.is_full = true;
                break;
            }
            let message = OutgoingMessage::new(entry.message_id, entry.to, sealed.contents);
            let message = message.registration_ids(sealed.registration_ids);
            outgoing.messages.push(message);
        }
        Ok(outgoing)
    }

    /// Gives a message's ciphertexts, which are made only once; `None` where they cannot be made, and says why
    /// in `outgoing`.
    fn sealed(
        &self,
        step: &Transaction<'_>,
        entry: &Entry,
        user_id: &UserId,
        outgoing: &mut Outgoing,
    ) -> Result<Option<Sealed>, StoreError> {
        if let Some(sealed) = &entry.sealed {
            return Ok(Some(sealed.clone()));
        }
        let Some(registration_ids) = self.recipients(step, user_id)? else {
            outgoing.unknown.insert(user_id.clone());
            return Ok(None);
        };
        if registration_ids.is_empty() {
            // The own other device that it was for is gone.
            outbox::remove(step, entry.message_id)?;
            return Ok(None);
        }
        let devices = registration_ids.keys().copied().collect();
        let sealed = self.seal(step, (user_id, &devices), entry.message_id, &entry.content);
        match sealed {
            Ok(contents) => {
                let sealed = Sealed {
                    contents,
                    registration_ids,
                };
                outbox::seal(step, entry.message_id, Some(&sealed))?;
                Ok(Some(sealed))
            }
            Err(SealError::NoSession(_)) => {
                outgoing.unknown.insert(user_id.clone());
                Ok(None)
            }
            Err(SealError::ChangedSinceVerified) => {
                outgoing.changed.insert(user_id.clone());
                Ok(None)
            }
            Err(SealError::Encrypt(_)) => {
                let failed = self.settle(step, entry, Status::Refused)?;
                outgoing.failed.extend(failed);
                Ok(None)
            }
            Err(SealError::Store(error)) => Err(error),
        }
    }

    /// Takes the server's word on a message that was sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answered(
        &self,
        step: &Transaction<'_>,
        result: &SendResult,
    ) -> Result<Answered, StoreError> {
        let Some(entry) = outbox::get(step, result.message_id)? else {
            return Ok(Answered::Settled(None));
        };
        let status = match &result.outcome {
            SendOutcome::Accepted { .. } => Status::Accepted,
            SendOutcome::Refused { error } if passes(error) => return Ok(Answered::Later),
            SendOutcome::Refused { error } if error.code == ErrorCode::MismatchedDevices => {
                // Nothing was stored: it is encrypted anew, for the devices that there are.
                if let Recipient::User(user_id) = &entry.to {
                    devices::forget(step, user_id)?;
                }
                outbox::seal(step, entry.message_id, None)?;
                return Ok(Answered::Anew);
            }
            SendOutcome::Refused { .. } => Status::Refused,
        };
        Ok(Answered::Settled(self.settle(step, &entry, status)?))
    }

    /// Gives up what waits for a user who is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn give_up(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
    ) -> Result<Vec<Progress>, StoreError> {
        let (mut given_up, mut number) = (Vec::new(), 0);
        while let Some(entry) = outbox::after(step, number)? {
            number = entry.number;
            if entry.to == Recipient::User(user_id.clone()) {
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
        let status = match (asked.message_id == answer.message_id, answer.status) {
            (true, DeliveryStatus::Delivered) => Status::Delivered,
            _ => return Ok(None),
        };
        self.progress(step, asked.to.clone(), (asked.message_id, status))
    }

    /// Takes a message out of the outbox: there is nothing left to do about it.
    fn settle(
        &self,
        step: &Transaction<'_>,
        entry: &Entry,
        status: Status,
    ) -> Result<Option<Progress>, StoreError> {
        outbox::remove(step, entry.message_id)?;
        self.progress(step, entry.to.clone(), (entry.message_id, status))
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

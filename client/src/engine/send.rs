//! What waits to be sent, frame by frame.

use super::place::Shown;
use super::sender_keys::GroupSealError;
use super::{Me, SealError};
use crate::store::messages::{self, Status};
use crate::store::outbox::{self, Entry, Sealed};
use crate::store::{StoreError, devices, sender_keys};
use heliograph_protocol::error::{ErrorBody, ErrorCode};
use heliograph_protocol::limits::{MESSAGES_PER_FRAME_MAX, STATUS_MESSAGES_MAX};
use heliograph_protocol::reply::{DeliveryStatus, MessageStatus, SendOutcome, SendResult};
use heliograph_protocol::request::{OutgoingMessage, Recipient, StatusQuery};
use heliograph_protocol::{GroupId, MessageId, UserId};
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
    /// Whom groups do without, as their keys are not to be had now.
    pub(super) without: BTreeSet<UserId>,
    /// The groups to which something waits: what comes after it waits, too.
    waiting: BTreeSet<GroupId>,
}

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
    /// Takes what may be sent now, of each chat in order, and encrypts what was not yet. What is given is sent
    /// as it is until the server has [answered](Self::answered). `without` are those whose keys are not to be
    /// had now: what is for them waits, and groups do without them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outgoing(
        &self,
        step: &Transaction<'_>,
        without: &BTreeSet<UserId>,
        now_ms: u64,
    ) -> Result<Outgoing, StoreError> {
        let mut outgoing = Outgoing {
            without: without.clone(),
            ..Outgoing::default()
        };
        let (mut number, mut bytes) = (0, 0);
        while let Some(entry) = outbox::after(step, number)? {
            number = entry.number;
            let waits = match &entry.to {
                Recipient::User(user_id) => {
                    outgoing.unknown.contains(user_id) || outgoing.changed.contains(user_id)
                }
                Recipient::Group(group_id) => outgoing.waiting.contains(group_id),
            };
            if waits {
                continue;
            }
            let Some(sealed) = self.sealed(step, &entry, &mut outgoing, now_ms)? else {
                continue;
            };
            bytes += sealed.bytes();
            let has_all = outgoing.messages.len() == MESSAGES_PER_FRAME_MAX;
            if has_all || !outgoing.messages.is_empty() && bytes > FRAME_CONTENTS_BYTES_MAX {
                outgoing.is_full = true;
                break;
            }
            let message = match sealed {
                Sealed::Devices {
                    contents,
                    registration_ids,
                } => OutgoingMessage::new(entry.message_id, entry.to, contents)
                    .registration_ids(registration_ids),
                Sealed::Group(content) => OutgoingMessage::new(entry.message_id, entry.to, content),
            };
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
        outgoing: &mut Outgoing,
        now_ms: u64,
    ) -> Result<Option<Sealed>, StoreError> {
        match (&entry.to, &entry.sealed) {
            (Recipient::User(_), Some(sealed)) => Ok(Some(sealed.clone())),
            (Recipient::User(user_id), None) => {
                self.sealed_for_user(step, (entry, user_id), outgoing)
            }
            (Recipient::Group(group_id), _) => {
                match self.seal_for_group(step, (entry, group_id), outgoing, now_ms) {
                    Ok(sealed) => Ok(Some(sealed)),
                    Err(GroupSealError::NotShared) => {
                        outgoing.waiting.insert(group_id.clone());
                        Ok(None)
                    }
                    Err(GroupSealError::Encrypt(_)) => {
                        let failed = self.settle(step, entry, Status::Refused)?;
                        outgoing.failed.extend(failed);
                        Ok(None)
                    }
                    Err(GroupSealError::Store(error)) => Err(error),
                }
            }
        }
    }

    fn sealed_for_user(
        &self,
        step: &Transaction<'_>,
        (entry, user_id): (&Entry, &UserId),
        outgoing: &mut Outgoing,
    ) -> Result<Option<Sealed>, StoreError> {
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
                let sealed = Sealed::Devices {
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
        now_ms: u64,
    ) -> Result<Answered, StoreError> {
        let Some(entry) = outbox::get(step, result.message_id)? else {
            return Ok(Answered::Before);
        };
        let mut shown = Vec::new();
        let status = match &result.outcome {
            SendOutcome::Accepted { seq, .. } => {
                if let (Some(group_id), Some(sealed)) = (&entry.shares, &entry.sealed) {
                    shared(step, group_id, &entry.to, sealed)?;
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
    fn settle(
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

/// Notes which devices have the sender key of a group now.
fn shared(
    step: &Transaction<'_>,
    group_id: &GroupId,
    with: &Recipient,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    match (with, sealed) {
        (
            Recipient::User(user_id),
            Sealed::Devices {
                registration_ids, ..
            },
        ) => sender_keys::hold(step, group_id, user_id, registration_ids),
        _ => Ok(()),
    }
}

/// Tells whether the same may be asked again, and be done then.
fn passes(error: &ErrorBody) -> bool {
    matches!(
        error.code,
        ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal
    )
}

//! What waits to be sent, frame by frame.

use super::{Me, Progress, SealError};
use crate::store::StoreError;
use crate::store::messages::Status;
use crate::store::outbox::{self, Entry, Sealed};
use heliograph_protocol::limits::MESSAGES_PER_FRAME_MAX;
use heliograph_protocol::request::{OutgoingMessage, Recipient};
use heliograph_protocol::{DeviceId, GroupId, UserId};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};

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
        let sealed = match (&entry.to, &entry.sealed) {
            (Recipient::User(_), Some(sealed)) => return Ok(Some(sealed.clone())),
            (Recipient::User(user_id), None) => {
                let Some(registration_ids) = self.recipients(step, user_id)? else {
                    outgoing.unknown.insert(user_id.clone());
                    return Ok(None);
                };
                if registration_ids.is_empty() {
                    // The own other device that it was for is gone.
                    outbox::remove(step, entry.message_id)?;
                    return Ok(None);
                }
                self.seal_for_user(step, (entry, user_id), registration_ids)
            }
            (Recipient::Group(group_id), _) => {
                self.seal_for_group(step, (entry, group_id), outgoing, now_ms)
            }
        };
        match (sealed, &entry.to) {
            (Ok(sealed), _) => return Ok(Some(sealed)),
            (Err(SealError::NoSession(_)), Recipient::User(user_id)) => {
                outgoing.unknown.insert(user_id.clone());
            }
            (Err(SealError::ChangedSinceVerified), Recipient::User(user_id)) => {
                outgoing.changed.insert(user_id.clone());
            }
            (Err(SealError::NotShared), Recipient::Group(group_id)) => {
                outgoing.waiting.insert(group_id.clone());
            }
            (Err(SealError::Store(error)), _) => return Err(error),
            (Err(_), _) => {
                let failed = self.settle(step, entry, Status::Refused)?;
                outgoing.failed.extend(failed);
            }
        }
        Ok(None)
    }

    fn seal_for_user(
        &self,
        step: &Transaction<'_>,
        (entry, user_id): (&Entry, &UserId),
        registration_ids: BTreeMap<DeviceId, u16>,
    ) -> Result<Sealed, SealError> {
        let devices = registration_ids.keys().copied().collect();
        let place = (user_id, &devices);
        let sealed = Sealed::Devices {
            contents: self.seal(step, place, entry.message_id, &entry.content)?,
            registration_ids,
        };
        outbox::seal(step, entry.message_id, Some(&sealed))?;
        Ok(sealed)
    }
}

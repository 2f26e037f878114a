//! What is said to whoever is connected now, and kept by nobody.

use super::Me;
use crate::content::{Body, Content};
use crate::random;
use crate::store::{StoreError, groups, identities};
use heliograph_protocol::request::{OutgoingMessage, Payload, Recipient};
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use rusqlite::Transaction;
use std::collections::BTreeSet;

/// Bounds the members of groups in which it is told that somebody is writing. Chosen here: a sender key serves a
/// hundred messages, these among them, and is then given to all members anew.
const TOLD_MEMBERS_MAX: usize = 32;

impl Me {
    /// Encrypts something for whoever is connected now; `None` where that cannot be done at once, as keys are to
    /// be fetched or shared first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn signal(
        &self,
        step: &Transaction<'_>,
        chat: &Recipient,
        body: impl Into<Body>,
        now_ms: u64,
    ) -> Result<Option<OutgoingMessage>, StoreError> {
        let (Ok(content), Ok(random)) = (Content::new(body).encode(), random::bytes()) else {
            return Ok(None);
        };
        let message_id = MessageId::new(now_ms, &random);
        let payload = match chat {
            Recipient::User(user_id) => {
                self.signal_to_user(step, user_id, (message_id, &content))?
            }
            Recipient::Group(group_id) => {
                let said = (message_id, content.as_slice());
                self.signal_to_group(step, group_id, said, now_ms)?
            }
        };
        Ok(payload.map(|payload| {
            OutgoingMessage::new(message_id, chat, payload)
                .urgent(false)
                .ephemeral(true)
        }))
    }

    fn signal_to_user(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
        (message_id, content): (MessageId, &[u8]),
    ) -> Result<Option<Payload>, StoreError> {
        // Of whom this device has only heard yet, those that were heard.
        let devices: BTreeSet<DeviceId> = match self.recipients(step, user_id)? {
            Some(devices) => devices.into_keys().collect(),
            None => {
                let heard = identities::get(step, user_id)?.unwrap_or_default();
                heard.devices.into_keys().collect()
            }
        };
        if devices.is_empty() {
            return Ok(None);
        }
        // Whatever keeps it from being encrypted keeps what is said, too, and is told then.
        let sealed = self.seal(step, (user_id, &devices), message_id, content);
        Ok(sealed.ok().map(Payload::Contents))
    }

    fn signal_to_group(
        &self,
        step: &Transaction<'_>,
        group_id: &GroupId,
        (message_id, content): (MessageId, &[u8]),
        now_ms: u64,
    ) -> Result<Option<Payload>, StoreError> {
        let group = groups::get(step, group_id)?;
        let is_small = group.is_some_and(|group| group.members.len() <= TOLD_MEMBERS_MAX);
        if !is_small {
            return Ok(None);
        }
        // Whoever has not the key would take it for a message that cannot be read.
        let Some(key) = self.key_of_all(step, group_id, now_ms)? else {
            return Ok(None);
        };
        let sealed = self.encrypt_with(step, &key, (group_id, message_id), content);
        Ok(sealed.ok().map(Payload::Content))
    }
}

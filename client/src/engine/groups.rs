//! The groups that this device's user is in, as the server says.

use super::place::{Shown, show};
use super::{Me, Progress};
use crate::history::{Chat, Start};
use crate::store::messages::{self, Status};
use crate::store::{StoreError, acks, asked, chats, groups, outbox, receipts, sender_keys};
use heliograph_protocol::groups::{Group, GroupChange, GroupEvent};
use heliograph_protocol::request::{ReceiptStatus, Recipient};
use heliograph_protocol::{GroupId, MessageId, UserId};
use rusqlite::Transaction;

/// Is what became of a change of a group that was told.
#[derive(Debug)]
pub struct GroupHeard {
    /// Whether it is the last that is known: what comes once more or late is not.
    pub is_new: bool,
    /// What is shown of its chat now.
    pub shown: Vec<Shown>,
}

impl Me {
    /// Takes a change of a group; the ack that it is owed is noted, and that the server is to be asked what the
    /// group is now ([`stale_groups`](Self::stale_groups)).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn group_changed(
        &self,
        step: &Transaction<'_>,
        event: &GroupEvent,
        now_ms: u64,
    ) -> Result<GroupHeard, StoreError> {
        acks::owe(step, &event.ack_token, ReceiptStatus::Delivered)?;
        let is_new = groups::hear(step, &event.group_id, event.epoch)?;
        let chat = Recipient::Group(event.group_id.clone());
        let known = chats::history(step, &chat)?;
        let own = &self.address.user_id;
        let comes = match &event.change {
            GroupChange::Created { .. } => Some(Start::First),
            GroupChange::Added { user_ids, .. } if user_ids.contains(own) => Some(Start::Later),
            GroupChange::Joined { by_user_id } if by_user_id == own => Some(Start::Later),
            _ => None,
        };
        let (history, changes) = match (comes, known) {
            (Some(start), None) => (Chat::new(self.address.clone(), start), Vec::new()),
            (Some(_), Some(mut known)) if is_new => {
                let changes = known.rejoin(now_ms);
                (known, changes)
            }
            _ => {
                let shown = Vec::new();
                return Ok(GroupHeard { is_new, shown });
            }
        };
        chats::put_history(step, &chat, &history)?;
        let shown = show(step, &chat, changes)?;
        Ok(GroupHeard { is_new, shown })
    }

    /// Lists the groups of which the server is to be asked by `groups.get`, each with what is to be handed to
    /// [`not_in_group`](Self::not_in_group) then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn stale_groups(&self, step: &Transaction<'_>) -> Result<Vec<(GroupId, u64)>, StoreError> {
        groups::stale(step)
    }

    /// Takes what the server says of a group.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn learn_group(
        &self,
        step: &Transaction<'_>,
        group: &Group,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        groups::put(step, group)?;
        let chat = Recipient::Group(group.group_id.clone());
        let history = self.chat(step, &chat)?;
        chats::put_history(step, &chat, &history)?;
        match groups::is_stale(step, &group.group_id)? {
            true => Ok(()),
            false => self.resend_asked(step, &group.group_id, now_ms),
        }
    }

    /// Takes the server's word that this user is not in a group: nothing is sent to it any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn not_in_group(
        &self,
        step: &Transaction<'_>,
        (group_id, heard): (&GroupId, u64),
    ) -> Result<Vec<Progress>, StoreError> {
        if !groups::leave(step, group_id, heard)? {
            // Something later is known of it.
            return Ok(Vec::new());
        }
        asked::take(step, group_id)?;
        sender_keys::forget_own(step, group_id)?;
        outbox::unshare(step, group_id)?;
        self.give_up(step, &Recipient::Group(group_id.clone()))
    }

    /// Notes that a group's member has a message, or has seen it; tells how far it got with all of them, where
    /// that is news.
    pub(super) fn got_by(
        &self,
        step: &Transaction<'_>,
        (group_id, message_id): (&GroupId, MessageId),
        by: &[(&UserId, Status)],
    ) -> Result<Option<Progress>, StoreError> {
        let chat = Recipient::Group(group_id.clone());
        let own = &self.address.user_id;
        if messages::get(step, &chat, own, message_id)?.is_none() {
            return Ok(None);
        }
        for (user_id, status) in by {
            receipts::put(step, group_id, message_id, (user_id, *status))?;
        }
        match receipts::least(step, group_id, message_id, own)? {
            Some(status) => self.progress(step, chat, (message_id, status)),
            None => Ok(None),
        }
    }
}

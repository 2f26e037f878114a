//! Groups: who is in them, and what they are. All of it is asked of the server at once, so it needs a
//! connection; what is written to a group does not. Where an answer is lost, it may have been done: an
//! [`Event::Group`](super::Event::Group) tells so.

use super::Client;
use super::error::AskError;
use crate::random;
use crate::store::messages::Status;
use crate::store::{StoreError, groups, receipts};
use heliograph_protocol::groups::Group;
use heliograph_protocol::limits::{EXPIRES_IN_S_MAX, INVITE_USES_MAX};
use heliograph_protocol::reply::{Empty, GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsOk};
use heliograph_protocol::request::{
    GroupsAdd, GroupsCreate, GroupsDemote, GroupsInvite, GroupsJoin, GroupsLeave, GroupsPromote,
    GroupsRemove, GroupsRevokeInvite, GroupsUpdate, Request,
};
use heliograph_protocol::{GroupId, MessageId, RequestId, UserId};
use serde::de::DeserializeOwned;
use uuid::Builder;

impl Client {
    /// Makes a group, whose admin is this user. Gives its id, and who was not added: they do not exist, or do
    /// not let this user add them.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn create_group(
        &self,
        name: &str,
        member_ids: Vec<UserId>,
    ) -> Result<(GroupId, Vec<UserId>), AskError> {
        let group_id = Builder::from_random_bytes(random::bytes()?).into_uuid();
        let group_id = GroupId::from(group_id);
        let (name, made) = (name.to_owned(), group_id.clone());
        let GroupsCreateOk { group, not_added } = self
            .ask(|id| GroupsCreate {
                id,
                group_id: made,
                name,
                photo_media_id: None,
                announce_only: false,
                member_ids,
            })
            .await?;
        self.shared.learn_group(group).await?;
        Ok((group_id, not_added))
    }

    /// Reads a group as it is known here; `None` of one that this user is not in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn group(&self, group_id: &GroupId) -> Result<Option<Group>, StoreError> {
        let group_id = group_id.clone();
        self.shared
            .step(move |step, _| groups::get(step, &group_id))
            .await
    }

    /// Adds people; gives who was not added, as [`create_group`](Self::create_group) does. Admins only, as all
    /// that changes a group.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn add_to_group(
        &self,
        group_id: &GroupId,
        user_ids: Vec<UserId>,
    ) -> Result<Vec<UserId>, AskError> {
        let asked = group_id.clone();
        let add = |id| GroupsAdd {
            id,
            group_id: asked,
            user_ids,
            expected_epoch: None,
        };
        let GroupsAddOk { epoch, not_added } = self.ask(add).await?;
        self.heard(group_id, epoch).await?;
        Ok(not_added)
    }

    /// Removes people. What is written afterwards they do not get, nor could they read it.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn remove_from_group(
        &self,
        group_id: &GroupId,
        user_ids: Vec<UserId>,
    ) -> Result<(), AskError> {
        let asked = group_id.clone();
        let remove = |id| GroupsRemove {
            id,
            group_id: asked,
            user_ids,
            expected_epoch: None,
        };
        let GroupsOk { epoch } = self.ask(remove).await?;
        // Before anything is written, so that it is not encrypted for them.
        self.heard(group_id, epoch).await
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn leave_group(&self, group_id: &GroupId) -> Result<(), AskError> {
        let asked = group_id.clone();
        let leave = |id| GroupsLeave {
            id,
            group_id: asked,
        };
        let Empty {} = self.ask(leave).await?;
        if let Some(known) = self.group(group_id).await? {
            let left = self.shared.fetch_group(known.group_id, known.epoch);
            left.await?;
        }
        Ok(())
    }

    /// Calls a group otherwise.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn rename_group(&self, group_id: &GroupId, name: &str) -> Result<(), AskError> {
        let (asked, name) = (group_id.clone(), Some(name.to_owned()));
        let rename = |id| GroupsUpdate {
            id,
            group_id: asked,
            name,
            photo_media_id: None,
            announce_only: None,
            expected_epoch: None,
        };
        let GroupsOk { epoch } = self.ask(rename).await?;
        self.heard(group_id, epoch).await
    }

    /// Lets only admins write in a group, or everybody.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn announce_only(
        &self,
        group_id: &GroupId,
        announce_only: bool,
    ) -> Result<(), AskError> {
        let asked = group_id.clone();
        let update = move |id| GroupsUpdate {
            id,
            group_id: asked,
            name: None,
            photo_media_id: None,
            announce_only: Some(announce_only),
            expected_epoch: None,
        };
        let GroupsOk { epoch } = self.ask(update).await?;
        self.heard(group_id, epoch).await
    }

    /// Makes a member an admin.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn promote(&self, group_id: &GroupId, user_id: &UserId) -> Result<(), AskError> {
        let (asked, user_id) = (group_id.clone(), user_id.clone());
        let promote = |id| GroupsPromote {
            id,
            group_id: asked,
            user_id,
            expected_epoch: None,
        };
        let GroupsOk { epoch } = self.ask(promote).await?;
        self.heard(group_id, epoch).await
    }

    /// Makes an admin a member like others; the last one stays.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn demote(&self, group_id: &GroupId, user_id: &UserId) -> Result<(), AskError> {
        let (asked, user_id) = (group_id.clone(), user_id.clone());
        let demote = |id| GroupsDemote {
            id,
            group_id: asked,
            user_id,
            expected_epoch: None,
        };
        let GroupsOk { epoch } = self.ask(demote).await?;
        self.heard(group_id, epoch).await
    }

    /// Makes an invite, by which whoever has it may [join](Self::join_group) in the next 30 days.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn invite(&self, group_id: &GroupId) -> Result<String, AskError> {
        let group_id = group_id.clone();
        let invite = |id| GroupsInvite {
            id,
            group_id,
            expires_in_s: EXPIRES_IN_S_MAX,
            max_uses: INVITE_USES_MAX,
        };
        let GroupsInviteOk { invite, .. } = self.ask(invite).await?;
        Ok(invite)
    }

    /// Joins a group by an invite.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn join_group(&self, invite: &str) -> Result<GroupId, AskError> {
        let invite = invite.to_owned();
        let group: Group = self.ask(|id| GroupsJoin { id, invite }).await?;
        let group_id = group.group_id.clone();
        self.shared.learn_group(group).await?;
        Ok(group_id)
    }

    /// Makes an invite useless.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn revoke_invite(&self, group_id: &GroupId, invite: &str) -> Result<(), AskError> {
        let (group_id, invite) = (group_id.clone(), invite.to_owned());
        let revoke = |id| GroupsRevokeInvite {
            id,
            group_id,
            invite,
        };
        let Empty {} = self.ask(revoke).await?;
        Ok(())
    }

    /// Tells who has what this user wrote in a group, and who has read it; the others have it not, as far as is
    /// known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receipts(
        &self,
        group_id: &GroupId,
        message_id: MessageId,
    ) -> Result<Vec<(UserId, Status)>, StoreError> {
        let group_id = group_id.clone();
        self.shared
            .step(move |step, _| receipts::of(step, &group_id, message_id))
            .await
    }

    async fn ask<R: Request, T: DeserializeOwned>(
        &self,
        make: impl FnOnce(RequestId) -> R + Send + 'static,
    ) -> Result<T, AskError> {
        Ok(self.shared.connection.ask(make).await?)
    }

    /// Notes that a group has come to an epoch, and learns what it is now.
    async fn heard(&self, group_id: &GroupId, epoch: u64) -> Result<(), AskError> {
        let group_id = group_id.clone();
        let heard = self
            .shared
            .step(move |step, _| groups::hear(step, &group_id, epoch));
        heard.await?;
        Ok(self.shared.fetch_groups().await?)
    }
}

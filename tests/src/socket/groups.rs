//! What a client asks about groups.

use super::Socket;
use crate::messages::message_id;
use crate::person::Person;
use crate::reply::{Reply, Sent};
use heliograph_protocol::groups::{Group, GroupEvent};
use heliograph_protocol::reply::{
    AckOk, Empty, GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsOk,
};
use heliograph_protocol::request::{
    GroupsAdd, GroupsCreate, GroupsGet, GroupsInvite, GroupsJoin, GroupsLeave, GroupsPromote,
    GroupsRemove, OutgoingMessage, ReceiptStatus,
};
use heliograph_protocol::{GroupId, UserId};

fn ids(people: &[&Person]) -> Vec<UserId> {
    people.iter().map(|it| it.user_id().clone()).collect()
}

impl Socket {
    /// Makes a group of people.
    pub async fn create_group(&mut self, name: &str, others: &[&Person]) -> Group {
        let create = |id| GroupsCreate {
            id,
            // Any UUID does, and a message's is one.
            group_id: message_id().to_string().parse().expect("a group id"),
            name: name.to_owned(),
            photo_media_id: None,
            announce_only: false,
            member_ids: ids(others),
        };
        let ok: GroupsCreateOk = self.ask(create).await.ok();
        assert!(ok.not_added.is_empty(), "{:?}", ok.not_added);
        ok.group
    }

    /// A group as it is now.
    pub async fn group(&mut self, group_id: &GroupId) -> Group {
        self.try_group(group_id).await.ok()
    }

    /// A group as it is now, or why it is not told.
    pub async fn try_group(&mut self, group_id: &GroupId) -> Reply {
        let group_id = group_id.clone();
        self.ask(|id| GroupsGet { id, group_id }).await
    }

    /// Adds people to a group; answers its epoch then.
    pub async fn add_members(&mut self, group_id: &GroupId, people: &[&Person]) -> u64 {
        let ok: GroupsAddOk = self.try_add_members(group_id, people).await.ok();
        assert!(ok.not_added.is_empty(), "{:?}", ok.not_added);
        ok.epoch
    }

    /// Adds people to a group, or hears why not.
    pub async fn try_add_members(&mut self, group_id: &GroupId, people: &[&Person]) -> Reply {
        let add = |id| GroupsAdd {
            id,
            group_id: group_id.clone(),
            user_ids: ids(people),
            expected_epoch: None,
        };
        self.ask(add).await
    }

    /// Removes people from a group; answers its epoch then.
    pub async fn remove_members(&mut self, group_id: &GroupId, people: &[&Person]) -> u64 {
        let remove = |id| GroupsRemove {
            id,
            group_id: group_id.clone(),
            user_ids: ids(people),
            expected_epoch: None,
        };
        let ok: GroupsOk = self.ask(remove).await.ok();
        ok.epoch
    }

    /// Makes a member an admin.
    pub async fn promote(&mut self, group_id: &GroupId, member: &Person) {
        let promote = |id| GroupsPromote {
            id,
            group_id: group_id.clone(),
            user_id: member.user_id().clone(),
            expected_epoch: None,
        };
        let _: GroupsOk = self.ask(promote).await.ok();
    }

    /// Leaves a group.
    pub async fn leave_group(&mut self, group_id: &GroupId) {
        let group_id = group_id.clone();
        let _: Empty = self.ask(|id| GroupsLeave { id, group_id }).await.ok();
    }

    /// Makes an invite that so many can use for an hour.
    pub async fn invite(&mut self, group_id: &GroupId, max_uses: u16) -> String {
        let invite = |id| GroupsInvite {
            id,
            group_id: group_id.clone(),
            expires_in_s: 3600,
            max_uses,
        };
        let ok: GroupsInviteOk = self.ask(invite).await.ok();
        ok.invite
    }

    /// Joins a group by an invite, or hears why not.
    pub async fn join_group(&mut self, invite: &str) -> Reply {
        let invite = invite.to_owned();
        self.ask(|id| GroupsJoin { id, invite }).await
    }

    /// Sends one message to a group.
    pub async fn send_to_group(&mut self, group_id: &GroupId, text: &str) -> Sent {
        let message = OutgoingMessage::new(message_id(), group_id.clone(), text);
        self.send_one(message).await
    }

    /// Waits for the word that a group has changed.
    pub async fn next_change(&mut self) -> GroupEvent {
        let end = self.deadline();
        loop {
            if let Some(change) = self.changes.pop_front() {
                return change;
            }
            self.must_take_one(end, "a change of a group").await;
        }
    }

    /// Says that the word of a change is on disk here.
    pub async fn ack_change(&mut self, change: &GroupEvent) {
        let tokens = vec![change.ack_token.clone()];
        let acked = self.ack_tokens(ReceiptStatus::Delivered, tokens).await;
        assert_eq!(acked.ok::<AckOk>().acked, 1);
    }

    /// The changes that have come and nobody has asked for.
    pub fn unseen_changes(&mut self) -> Vec<GroupEvent> {
        self.changes.drain(..).collect()
    }
}

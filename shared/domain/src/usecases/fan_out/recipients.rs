//! Who gets what was sent to a group.

use crate::Context;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::deliveries::{Load, Outbox};
use crate::tables::groups::Member;
use crate::tables::users::{self, User};
use heliograph_protocol::UserId;
use std::collections::{BTreeMap, BTreeSet};

/// A user who gets what was sent, as they are now.
pub(super) struct Recipient<'a> {
    pub(super) user_id: &'a UserId,
    pub(super) slot: u8,
    pub(super) user: &'a User,
}

/// The members before and after a change; those at acceptance of a message.
pub(super) async fn members(
    app: &App,
    cx: &Context,
    outbox: &Outbox,
) -> Result<Vec<Member>, StoreError> {
    let roster = |id| app.groups.roster(&*app.store, cx, &outbox.group_id, id);
    let mut members = roster(outbox.roster).await?.members.clone();
    if let Load::Change {
        before: Some(before),
        ..
    } = outbox.load
        && before != outbox.roster
    {
        let left = roster(before).await?;
        let is_there = |it: &Member| members.iter().any(|member| member.user_id == it.user_id);
        let left: Vec<Member> = left
            .members
            .iter()
            .filter(|it| !is_there(it))
            .cloned()
            .collect();
        members.extend(left);
    }
    Ok(members)
}

/// Reads members and their connections, each once, in whatever number of rosters they are.
pub(super) async fn people(
    app: &App,
    cx: &Context,
    members: &[Vec<Member>],
) -> Result<(BTreeMap<UserId, User>, BTreeMap<UserId, Connections>), StoreError> {
    let ids: BTreeSet<&UserId> = members.iter().flatten().map(|it| &it.user_id).collect();
    let users = ids.iter().map(|id| users::key(id));
    let connections = ids.iter().map(|id| connections::key(id));
    let keys: Vec<Key> = users.chain(connections).collect();
    let mut items = app
        .store
        .batch_get(cx, &keys, Consistency::Eventual)
        .await?;
    let connections = items.split_off(ids.len());
    let users = std::iter::zip(&ids, items)
        .filter_map(|(id, item)| Some((*id, item?)))
        .map(|(id, item)| Ok((id.clone(), users::from_item(&item)?)))
        .collect::<Result<_, StoreError>>()?;
    let connections = std::iter::zip(ids, connections)
        .map(|(id, item)| (id.clone(), Connections::from_item(item)))
        .collect();
    Ok((users, connections))
}

/// The members of a roster who have the account still that joined.
pub(super) fn of<'a>(
    members: &'a [Member],
    users: &'a BTreeMap<UserId, User>,
) -> Vec<Recipient<'a>> {
    let with_slots = members.iter().enumerate();
    let recipients = with_slots.filter_map(|(slot, member)| {
        let user = users.get(&member.user_id)?;
        // What went to a former holder of the number is not the new one's.
        member.is_of(user.created_at).then_some(Recipient {
            user_id: &member.user_id,
            // A roster has at most 256 members; of changes nobody asks for the place.
            slot: u8::try_from(slot).unwrap_or(u8::MAX),
            user,
        })
    });
    recipients.collect()
}

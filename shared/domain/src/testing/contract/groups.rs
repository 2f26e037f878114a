//! The one row that many change at once and each must have read: who is in a group.

use super::support::{cx, partition};
use crate::store::{Store, StoreErrorKind, TransactOutcome};
use crate::tables::groups::{self, Member, Membership, Meta, Roster};
use futures_util::future::join_all;
use heliograph_protocol::GroupId;
use heliograph_protocol::limits::GROUP_MEMBERS_MAX;
use uuid::Uuid;

const ADDERS: usize = 50;
const MEMBERS: usize = 240;

fn member(n: usize) -> Member {
    Member {
        user_id: format!("member-{n}").parse().unwrap(),
        is_admin: n == 0,
        joined_at: 1,
        membership: Membership {
            id: 1,
            account_created_at: 1,
        },
    }
}

/// Of 50 who add one each to a group of 240, as many succeed as there is room for: 16.
pub async fn fifty_adders_fill_a_group(store: &dyn Store) {
    let group_id: GroupId = partition().parse().unwrap();
    let meta = Meta {
        name: "Contract".to_owned(),
        photo_media_id: None,
        announce_only: false,
        epoch: 1,
        seq: 0,
        changed_at: 1,
        roster: 1,
        created_at: 1,
        created_by: member(0).user_id,
        last_change: Uuid::nil(),
    };
    let members = (0..MEMBERS).map(member).collect();
    let writes = vec![
        groups::put_new(&group_id, &meta).unwrap(),
        groups::put_roster(&group_id, 1, &Roster { members }, None).unwrap(),
    ];
    store.transact(&cx(), writes).await.unwrap();

    let adds = (1..=ADDERS).map(|n| {
        let change = Uuid::from_u128(n as u128);
        add(store, &group_id, member(MEMBERS + n), change)
    });
    let added = join_all(adds).await.into_iter().filter(|added| *added);
    assert_eq!(added.count(), GROUP_MEMBERS_MAX - MEMBERS);
    let meta = groups::get(store, &cx(), &group_id).await.unwrap().unwrap();
    assert_eq!(meta.epoch, 17, "one for each");
    let roster = groups::roster(store, &cx(), &group_id, meta.roster).await;
    let mut ids: Vec<_> = roster
        .unwrap()
        .members
        .into_iter()
        .map(|it| it.user_id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), GROUP_MEMBERS_MAX);
}

/// Adds somebody as a change of a group does; tells whether there was room.
async fn add(store: &dyn Store, group_id: &GroupId, new: Member, ours: Uuid) -> bool {
    loop {
        let cx = cx();
        let mut meta = groups::get(store, &cx, group_id).await.unwrap().unwrap();
        let roster = groups::roster(store, &cx, group_id, meta.roster).await;
        let mut members = roster.unwrap().members;
        if members.len() == GROUP_MEMBERS_MAX {
            return false;
        }
        members.push(new.clone());
        meta.epoch += 1;
        meta.roster += 1;
        let last_change = std::mem::replace(&mut meta.last_change, ours);
        let writes = vec![
            groups::save_change(group_id, last_change, &meta, None).unwrap(),
            groups::put_roster(group_id, meta.roster, &Roster { members }, None).unwrap(),
        ];
        match store.transact(&cx, writes).await {
            Ok(TransactOutcome::Applied) => return true,
            Ok(TransactOutcome::Refused { .. }) => {}
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error:?}"),
        }
    }
}

//! What changes a group, and what its members are told.

use crate::world::{World, create, group_id, id, ids, people};
use heliograph_domain::store::StoreErrorKind;
use heliograph_domain::testing::stage::Fate;
use heliograph_domain::usecases::groups::{self, GroupError, Refusal};
use heliograph_protocol::groups::{GroupChange, Role};
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::{
    GroupsDemote, GroupsInvite, GroupsJoin, GroupsLeave, GroupsList, GroupsPromote, GroupsRemove,
    GroupsRevokeInvite,
};
use heliograph_protocol::{ErrorBody, ErrorCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

fn leave(world: &World) -> GroupsLeave {
    GroupsLeave {
        id: id(),
        group_id: world.group_id.clone(),
    }
}

fn remove(world: &World, who: usize) -> GroupsRemove {
    GroupsRemove {
        id: id(),
        group_id: world.group_id.clone(),
        user_ids: ids(&world.people[who..=who]),
        expected_epoch: None,
    }
}

async fn lists(world: &World, who: usize) -> usize {
    let request = GroupsList {
        id: id(),
        after: None,
        limit: 50,
    };
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    groups::list(app, &cx, &world.people[who], request)
        .await
        .unwrap()
        .groups
        .len()
}

#[tokio::test]
async fn members_are_told_of_each_change_once_and_in_order() {
    let (stage, people) = people(4).await;
    let made = create(&stage, &people[0], &group_id(1), &people[1..3])
        .await
        .unwrap();
    assert_eq!(made.group.epoch, 1);
    assert_eq!(made.group.members[0].role, Role::Admin);
    let world = World {
        stage,
        people,
        group_id: group_id(1),
    };
    let [alice, bob, carol, dave] = &world.people[..] else {
        panic!()
    };
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    assert_eq!(world.add(alice, &world.people[3..]).await.unwrap().epoch, 2);
    groups::remove(app, &cx, alice, remove(&world, 1))
        .await
        .unwrap();
    groups::leave(app, &cx, carol, leave(&world)).await.unwrap();
    world.stage.work().await.unwrap();
    let told = async |who| {
        let events = world.drain(who).await.group_events;
        events.iter().map(|event| event.epoch).collect::<Vec<_>>()
    };
    assert_eq!(told(alice).await, [1, 2, 3, 4]);
    assert_eq!(told(bob).await, [1, 2, 3], "and nothing after the removal");
    assert_eq!(told(carol).await, [1, 2, 3, 4]);
    assert_eq!(told(dave).await, [2, 3, 4]);
    let (epoch, members) = (
        world.get(alice).await.unwrap().epoch,
        world.get(dave).await.unwrap().members,
    );
    assert_eq!((epoch, members.len()), (4, 2));
    assert!(matches!(
        world.get(bob).await,
        Err(GroupError::Refused(Refusal::NotMember))
    ));
    for (who, count) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
        assert_eq!(lists(&world, who).await, count, "{who}");
    }
}

#[tokio::test]
async fn the_last_admin_hands_over_and_the_last_member_ends_the_group() {
    let world = World::of(3).await;
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    let demote = GroupsDemote {
        id: id(),
        group_id: world.group_id.clone(),
        user_id: world.people[0].user_id.clone(),
        expected_epoch: None,
    };
    let refused = groups::demote(app, &cx, &world.people[0], demote).await;
    assert!(matches!(
        refused,
        Err(GroupError::Refused(Refusal::LastAdmin))
    ));
    groups::leave(app, &cx, &world.people[0], leave(&world))
        .await
        .unwrap();
    let group = world.get(&world.people[1]).await.unwrap();
    assert_eq!(group.members[0].role, Role::Admin);
    assert_eq!(group.members[0].user_id, world.people[1].user_id);
    world.stage.work().await.unwrap();
    let told = world.drain(&world.people[2]).await.group_events;
    let new_admin_id = Some(world.people[1].user_id.clone());
    let by_user_id = world.people[0].user_id.clone();
    assert_eq!(
        told[0].change,
        GroupChange::Left {
            by_user_id,
            new_admin_id
        }
    );
    for who in [1, 2] {
        groups::leave(app, &cx, &world.people[who], leave(&world))
            .await
            .unwrap();
    }
    let taken = create(&world.stage, &world.people[1], &world.group_id, &[]).await;
    assert!(matches!(taken, Err(GroupError::Taken)));
    world.stage.work().await.unwrap();
}

#[tokio::test]
async fn two_hundred_and_fifty_six_and_no_more_however_many_add_at_once() {
    let world = World::of(240).await;
    let admin = &world.people[0];
    let mut others = Vec::new();
    for n in 0..50 {
        let number = format!("+4671{n:07}");
        others.push(world.stage.register(&number).await.unwrap().0);
    }
    let adds = others
        .iter()
        .map(|one| world.add(admin, std::slice::from_ref(one)));
    let results = futures_util::future::join_all(adds).await;
    let added = results.iter().filter(|it| it.is_ok()).count();
    assert_eq!(added, 16);
    let full = |it: &Result<_, GroupError>| matches!(it, Err(GroupError::Refused(Refusal::Full)));
    assert_eq!(results.iter().filter(|it| full(it)).count(), 34);
    let group = world.get(admin).await.unwrap();
    let members: BTreeSet<_> = group.members.iter().map(|it| &it.user_id).collect();
    assert_eq!(members.len(), 256);
    assert_eq!(group.epoch, 17);
}

#[tokio::test]
async fn an_invite_is_used_up_expires_and_is_revoked() {
    let world = World::of(1).await;
    let admin = &world.people[0];
    let (app, stage) = (&world.stage.app, &world.stage);
    let invite = async |max_uses, expires_in_s| {
        let request = GroupsInvite {
            id: id(),
            group_id: world.group_id.clone(),
            expires_in_s,
            max_uses,
        };
        groups::invite(app, &app.context(), admin, request)
            .await
            .unwrap()
            .invite
    };
    let join = async |number: &str, invite: &str| {
        let (who, _) = stage.register(number).await.unwrap();
        let request = GroupsJoin {
            id: id(),
            invite: invite.to_owned(),
        };
        groups::join(app, &app.context(), &who, request)
            .await
            .map(|group| group.members.len())
    };
    let twice = invite(2, 100).await;
    let joins = [
        "+46720000001",
        "+46720000002",
        "+46720000003",
        "+46720000004",
    ];
    let joins = futures_util::future::join_all(joins.map(|number| join(number, &twice))).await;
    assert_eq!(joins.iter().filter(|it| it.is_ok()).count(), 2, "{joins:?}");
    let brief = invite(5, 1).await;
    stage.clock.advance(1_000);
    assert!(matches!(
        join("+46720000005", &brief).await,
        Err(GroupError::InvalidInvite)
    ));
    let revoked = invite(5, 100).await;
    let request = GroupsRevokeInvite {
        id: id(),
        group_id: world.group_id.clone(),
        invite: revoked.clone(),
    };
    groups::revoke_invite(app, &app.context(), admin, request)
        .await
        .unwrap();
    assert!(matches!(
        join("+46720000006", &revoked).await,
        Err(GroupError::InvalidInvite)
    ));
    assert_eq!(world.get(admin).await.unwrap().members.len(), 3);
}

#[tokio::test]
async fn a_change_for_another_epoch_is_refused() {
    let world = World::of(3).await;
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    let promote = |expected_epoch| GroupsPromote {
        id: id(),
        group_id: world.group_id.clone(),
        user_id: world.people[1].user_id.clone(),
        expected_epoch,
    };
    let refused = groups::promote(app, &cx, &world.people[0], promote(Some(9))).await;
    assert!(matches!(refused, Err(GroupError::Refused(Refusal::Epoch))));
    let made = groups::promote(app, &cx, &world.people[0], promote(Some(1))).await;
    assert_eq!(made.unwrap().epoch, 2);
    let nothing = groups::promote(app, &cx, &world.people[0], promote(Some(2))).await;
    assert_eq!(nothing.unwrap().epoch, 2, "an admin already");
}

/// On a slow store others may come first for longer than a function lives: who asks is told in time.
#[tokio::test]
async fn who_is_overtaken_for_too_long_is_told_in_time() {
    let world = World::of(2).await;
    let (clock, tries) = (world.stage.clock.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = tries.clone();
    world.stage.store.probe(move |call| {
        if call.name != "transact" {
            return Fate::Done;
        }
        clock.advance(1_000);
        counted.fetch_add(1, SeqCst);
        Fate::Fail(StoreErrorKind::Conflict)
    });
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    let removed = groups::remove(app, &cx, &world.people[0], remove(&world, 1)).await;
    let told = ErrorBody::from(&removed.unwrap_err());
    assert_eq!(told.code, ErrorCode::Unavailable);
    assert_eq!(tries.load(SeqCst), 5);
    tries.store(0, SeqCst);
    match world.send(&world.people[0], "Zm9v").await.1 {
        SendOutcome::Refused { error } => assert_eq!(error.code, ErrorCode::Unavailable),
        accepted => panic!("{accepted:?}"),
    }
    assert_eq!(tries.load(SeqCst), 5);
    world.stage.store.stop_probing();
    assert_eq!(world.get(&world.people[1]).await.unwrap().epoch, 1);
    assert_eq!(world.waits(&world.people[1]).await.messages, []);
}

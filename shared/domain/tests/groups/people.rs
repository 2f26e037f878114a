//! Who can be added, and what happens to those who are gone.

use crate::world::{World, block, create, group_id, id, people, seq};
use heliograph_domain::usecases::{self, groups, people as people_cases};
use heliograph_protocol::people::Audience;
use heliograph_protocol::request::{GroupsList, PrivacySet};

#[tokio::test]
async fn who_does_not_want_to_be_added_is_not() {
    let (stage, people) = people(4).await;
    let [alice, bob, carol, dave] = &people[..] else {
        panic!()
    };
    let cx = stage.app.context();
    let nobody = PrivacySet {
        id: id(),
        last_seen: None,
        online: None,
        read_receipts: None,
        photo: None,
        group_add: Some(Audience::Nobody),
    };
    people_cases::set_privacy(&stage.app, &cx, bob, nobody)
        .await
        .unwrap();
    block(&stage, carol, alice).await;
    let made = create(&stage, alice, &group_id(1), &people[1..])
        .await
        .unwrap();
    assert_eq!(made.not_added, [bob.user_id.clone(), carol.user_id.clone()]);
    let members = made.group.members.iter().map(|it| it.user_id.clone());
    assert_eq!(
        members.collect::<Vec<_>>(),
        [alice.user_id.clone(), dave.user_id.clone()]
    );
    let again = create(&stage, alice, &group_id(1), &people[1..])
        .await
        .unwrap();
    assert_eq!(again.group.epoch, 1);
    assert_eq!(again.not_added, made.not_added);
}

#[tokio::test]
async fn an_account_that_is_deleted_leaves_its_groups() {
    let world = World::of(3).await;
    let (app, alice) = (&world.stage.app, &world.people[0]);
    usecases::delete_account(app, &app.context(), alice)
        .await
        .unwrap();
    world.stage.clock.advance(60_000);
    // It comes late to this account, after others.
    let cx = app.context();
    world.stage.clock.advance(10_000);
    usecases::sweep(app, &cx).await.unwrap();
    world.stage.work().await.unwrap();
    let group = world.get(&world.people[1]).await.unwrap();
    assert_eq!(group.members.len(), 2);
    let rows = world.stage.store.inner.all();
    let named = rows
        .iter()
        .filter(|item| item.key.partition.contains(alice.user_id.as_str()));
    assert_eq!(
        named.map(|item| &item.key).collect::<Vec<_>>(),
        Vec::<&_>::new()
    );
}

#[tokio::test]
async fn who_takes_a_number_over_is_in_none_of_its_groups() {
    let world = World::of(3).await;
    let app = &world.stage.app;
    // Sent before, carried after.
    let (_, outcome, _) = world.send(&world.people[1], "Zm9v").await;
    seq(&outcome);
    world.stage.clock.advance(1_000);
    let (new, _) = world.stage.register("+46700000000").await.unwrap();
    assert_eq!(new.user_id, world.people[0].user_id);
    world.stage.work().await.unwrap();
    let waits = world.waits(&new).await;
    assert!(
        waits.messages.is_empty() && waits.group_events.is_empty(),
        "{waits:?}"
    );
    let request = GroupsList {
        id: id(),
        after: None,
        limit: 50,
    };
    let listed = groups::list(app, &app.context(), &new, request)
        .await
        .unwrap();
    assert!(listed.groups.is_empty());
    assert!(world.get(&new).await.is_err());
    world.stage.clock.advance(60_000);
    usecases::sweep(app, &app.context()).await.unwrap();
    assert_eq!(world.get(&world.people[1]).await.unwrap().members.len(), 2);
}

//! What a process keeps of a group is never used when it is old.

use crate::world::{World, group_id, id, ids};
use heliograph_domain::app::App;
use heliograph_domain::store::{Item, Store, Table, Write};
use heliograph_domain::testing::stage::Fate;
use heliograph_domain::usecases::{self, groups};
use heliograph_domain::{Address, Context};
use heliograph_protocol::ErrorCode;
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::{GroupsPromote, GroupsRemove, OutgoingMessage, Send};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// The same deployment in another process, which has caches of its own.
fn other_process(world: &World) -> (App, Context) {
    let app = App {
        groups: Arc::default(),
        ..world.stage.app.clone()
    };
    let cx = app.context();
    (app, cx)
}

async fn send(app: &App, world: &World, by: &Address, is_ephemeral: bool) -> SendOutcome {
    world.stage.clock.advance(1);
    let message = OutgoingMessage {
        ephemeral: is_ephemeral,
        ..world.message("Zm9v")
    };
    let request = Send::new(id(), vec![message]);
    let sent = usecases::send(app, &app.context(), by, request).await;
    sent.results[0].outcome.clone()
}

#[tokio::test]
async fn a_stale_process_never_uses_an_old_roster() {
    for is_ephemeral in [false, true] {
        let world = World::of(3).await;
        let [alice, bob, carol] = &world.people[..] else {
            panic!()
        };
        let sockets = [
            world.stage.connect(bob).await.unwrap(),
            world.stage.connect(carol).await.unwrap(),
        ];
        let got = |n: usize| world.stage.sockets.got(&sockets[n]).messages().len();
        let (here, (there, cx)) = (&world.stage.app, other_process(&world));
        // Both know the group, and have carried to it.
        for app in [here, &there] {
            let sent = send(app, &world, alice, is_ephemeral).await;
            assert!(matches!(sent, SendOutcome::Accepted { .. }));
            world.stage.work().await.unwrap();
        }
        assert_eq!((got(0), got(1)), (2, 2));

        let remove = GroupsRemove {
            id: id(),
            group_id: group_id(1),
            user_ids: ids(std::slice::from_ref(bob)),
            expected_epoch: None,
        };
        groups::remove(&there, &cx, alice, remove).await.unwrap();

        match send(here, &world, bob, is_ephemeral).await {
            SendOutcome::Refused { error } => assert_eq!(error.code, ErrorCode::NotFound),
            accepted => panic!("{accepted:?}"),
        }
        for _ in 0..2 {
            let sent = send(here, &world, alice, is_ephemeral).await;
            assert!(matches!(sent, SendOutcome::Accepted { .. }));
        }
        world.stage.work().await.unwrap();
        assert_eq!((got(0), got(1)), (2, 4), "{is_ephemeral}");
    }
}

/// What another process has sent stands in the way of a guess, and does not make a gap.
#[tokio::test]
async fn two_processes_give_every_place_once() {
    let world = World::of(2).await;
    let alice = &world.people[0];
    let (here, (there, _)) = (&world.stage.app, other_process(&world));
    let mut seqs = Vec::new();
    for n in 0..20 {
        let app = if n % 3 == 0 { here } else { &there };
        seqs.push(crate::world::seq(&send(app, &world, alice, false).await));
    }
    assert_eq!(seqs, (1..=20).collect::<Vec<u64>>());
}

/// However much is written to a group, changing it takes one transaction: or members who write much
/// could keep everybody in.
#[tokio::test]
async fn what_is_sent_does_not_stand_in_the_way_of_a_change() {
    let world = World::of(2).await;
    let [alice, bob] = &world.people[..] else {
        panic!()
    };
    let (here, (there, _)) = (&world.stage.app, other_process(&world));
    send(here, &world, alice, false).await;
    send(&there, &world, bob, false).await;
    let transactions = Arc::new(AtomicUsize::new(0));
    let counted = transactions.clone();
    world.stage.store.probe(move |call| {
        counted.fetch_add(usize::from(call.name == "transact"), SeqCst);
        Fate::Done
    });
    let promote = GroupsPromote {
        id: id(),
        group_id: world.group_id.clone(),
        user_id: bob.user_id.clone(),
        expected_epoch: None,
    };
    let made = groups::promote(here, &here.context(), alice, promote).await;
    assert_eq!(made.unwrap().epoch, 2);
    assert_eq!(transactions.load(SeqCst), 1);
    world.stage.store.stop_probing();
    // And the other way round: the change is seen, and no place is left out.
    assert_eq!(crate::world::seq(&send(here, &world, bob, false).await), 3);
    assert_eq!(
        crate::world::seq(&send(&there, &world, bob, false).await),
        4
    );
}

/// An id names one message of its sender, whatever group it is sent to.
#[tokio::test]
async fn a_message_id_is_not_sent_to_a_second_group() {
    let world = World::of(2).await;
    let alice = &world.people[0];
    let second = group_id(2);
    crate::world::create(&world.stage, alice, &second, &[])
        .await
        .unwrap();
    let first = world.message("Zm9v");
    let again = OutgoingMessage {
        to: second.into(),
        ..first.clone()
    };
    let (sent, _) = world.stage.send_all(alice, vec![first]).await;
    assert_eq!(crate::world::seq(&sent.results[0].outcome), 1);
    let (sent, _) = world.stage.send_all(alice, vec![again]).await;
    match &sent.results[0].outcome {
        SendOutcome::Refused { error } => assert_eq!(error.code, ErrorCode::Conflict),
        accepted => panic!("{accepted:?}"),
    }
}

/// Who holds a number now, and was not told out of its former holder's groups, writes to nobody.
#[tokio::test]
async fn who_holds_a_number_now_does_not_write_as_its_former_holder() {
    for is_ephemeral in [false, true] {
        let world = World::of(2).await;
        let bob = &world.people[1];
        world.stage.clock.advance(1_000);
        // The one who takes the number over dies before he has left the groups.
        let rows = world.stage.store.inner.all();
        let is_group = |it: &&Item| it.key.table == Table::Groups;
        let groups: Vec<_> = rows.iter().filter(is_group).cloned().collect();
        let (new, _) = world.stage.register("+46700000000").await.unwrap();
        let cx = world.stage.app.context();
        for item in groups {
            let put = Write::put(item);
            let store = &world.stage.store.inner;
            store.write(&cx, put).await.unwrap();
        }
        let socket = world.stage.connect(bob).await.unwrap();
        world.stage.work().await.unwrap();
        let (fresh, _) = other_process(&world);
        match send(&fresh, &world, &new, is_ephemeral).await {
            SendOutcome::Refused { error } => assert_eq!(error.code, ErrorCode::NotFound),
            accepted => panic!("{accepted:?}"),
        }
        world.stage.work().await.unwrap();
        assert_eq!(world.stage.sockets.got(&socket).messages(), []);
        assert_eq!(world.waits(bob).await.messages, []);
    }
}

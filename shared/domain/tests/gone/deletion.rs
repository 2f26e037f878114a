//! A deleted account: a look through all tables finds nothing of it.

use crate::traces;
use crate::world::*;
use heliograph_domain::store::Table;
use heliograph_domain::usecases;
use heliograph_protocol::reply::SendOutcome;

#[tokio::test]
async fn a_deleted_account_leaves_nothing_in_any_table() {
    let world = World::full().await;
    let user_id = world.alice.user_id.as_str().to_owned();
    let (stage, alice, bob) = (&world.stage, &world.alice, &world.bob);
    for table in Table::ALL {
        assert!(world.rows(table) > 0, "nothing in {}", table.name());
    }
    let cx = stage.app.context();
    usecases::delete_account(&stage.app, &cx, &world.laptop)
        .await
        .unwrap();
    assert!(stage.sockets.got(&world.socket).is_closed);
    let again = usecases::delete_account(&stage.app, &cx, alice).await;
    assert!(again.is_err());
    sweep(stage).await;
    let (kinds, own) = traces::left(stage, &user_id);
    assert_eq!(own, []);
    assert_eq!(kinds, traces::of_others(), "each is tried");

    // Her peers' contacts go on without her, and her number is somebody else's.
    let id = stage.message_id().unwrap();
    let (outcome, _) = stage.send(bob, alice, id, "aGk").await;
    assert!(matches!(outcome, Some(SendOutcome::Refused { .. })));
    let (new, _) = stage.register(NUMBER).await.unwrap();
    assert_ne!(new.user_id, alice.user_id);
}

/// The token says itself whose it is: the table does not, to who reads it before ten minutes are over.
#[tokio::test]
async fn a_link_token_that_nobody_used_is_nobodys() {
    let world = World::full().await;
    let rows = world.stage.store.inner.all().into_iter();
    let links: Vec<_> = rows
        .filter(|item| item.key.table == Table::Registrations)
        .collect();
    assert_eq!(links.len(), 1);
    assert!(links[0].key.partition.starts_with("link#"));
    assert!(links[0].fields.is_empty(), "{:?}", links[0]);
    assert!(!world.link_token.contains(&links[0].key.partition[5..]));
}

#[tokio::test]
async fn a_deletion_that_dies_anywhere_is_finished_by_the_sweep() {
    for is_done in [false, true] {
        for calls in 1.. {
            let world = World::full().await;
            let (stage, alice) = (&world.stage, &world.alice);
            let cx = stage.app.context();
            let work = usecases::delete_account(&stage.app, &cx, alice);
            let died = stage.die_at(calls, is_done, work);
            let again = usecases::delete_account(&stage.app, &cx, alice).await;
            assert!(again.is_err() || died);
            // One that notes what must follow may have died in turn.
            sweep(stage).await;
            sweep(stage).await;
            let (_, own) = traces::left(stage, alice.user_id.as_str());
            assert_eq!(own, [], "died at {calls}");
            if !died {
                assert!(calls > 30, "{calls}");
                break;
            }
        }
    }
}

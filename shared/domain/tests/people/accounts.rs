//! What becomes of contacts, blocks, profile and settings when an account is taken over or deleted.

use crate::stage::*;
use heliograph_domain::Address;
use heliograph_domain::ports::SIGNED_MS;
use heliograph_domain::store::{Item, Table};
use heliograph_domain::tables::contacts::book;
use heliograph_domain::tables::users;
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_domain::usecases::people::PeopleError;
use heliograph_domain::usecases::{self, SweepReport};
use heliograph_protocol::UserId;
use heliograph_protocol::people::{Audience, Privacy};
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::{
    BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, PrivacySet,
    ProfileGet, ReceiptStatus,
};
use std::sync::Arc;

/// More than a take-over removes while somebody waits.
const CROWD: usize = 150;

/// Alice with a profile, settings, contacts and blocks, and Bob, who is both.
async fn world() -> (Stage, Address, Address) {
    let (stage, [alice, bob]) = people().await;
    let crowd = crowd(&stage, 100, CROWD).await;
    put(&stage, &alice, crowd.iter().map(by_id).collect()).await;
    for other in &crowd {
        block(&stage, &alice, other).await;
    }
    put(&stage, &alice, vec![called(by_number(1), "Bob")]).await;
    block(&stage, &alice, &bob.user_id).await;
    say(
        &stage,
        &alice,
        [Some("Alice"), Some("at sea"), Some("photo")],
    )
    .await;
    let set = PrivacySet {
        photo: Some(Audience::Contacts),
        last_seen: Some(Audience::Nobody),
        ..privacy_set()
    };
    set_privacy(&stage, &alice, set).await;
    (stage, alice, bob)
}

/// Somebody else verifies Alice's number.
async fn taken_over(stage: &Stage) -> Address {
    stage.register(number(0).as_str()).await.unwrap().0
}

async fn sweep(stage: &Stage) -> SweepReport {
    let swept = usecases::sweep(&stage.app, &stage.app.context()).await;
    swept.unwrap()
}

fn notes(stage: &Stage) -> usize {
    stage.store.inner.count(Table::Cleanups)
}

#[tokio::test]
async fn a_take_over_begins_with_nothing_of_the_former_holders() {
    let (stage, old, bob) = world().await;
    let new = taken_over(&stage).await;
    assert_eq!(new.user_id, old.user_id);
    assert!(!rows(&stage, &new).is_empty(), "some wait for the sweep");
    assert_eq!(contacts(&stage, &new).await, []);
    assert_eq!(blocked(&stage, &new).await, [] as [UserId; 0]);
    assert_eq!(privacy(&stage, &new).await, Privacy::default());
    let profile = &profiles(&stage, &bob, vec![new.user_id.clone()]).await[0];
    let said = (&profile.username, &profile.about, &profile.photo_media_id);
    assert_eq!(said, (&None, &None, &None));
    let id = stage.message_id().unwrap();
    let (outcome, _) = stage.send(&bob, &new, id, "aGk").await;
    assert!(matches!(outcome, Some(SendOutcome::Accepted { .. })));
    assert_eq!(stage.sync(&new, None).await.unwrap().0.messages.len(), 1);
    // Bob was in the former holder's contacts, and is not in the new one's.
    say(&stage, &new, [None, None, Some("mine")]).await;
    let set = PrivacySet {
        photo: Some(Audience::Contacts),
        ..privacy_set()
    };
    set_privacy(&stage, &new, set).await;
    let profile = &profiles(&stage, &bob, vec![new.user_id.clone()]).await[0];
    assert_eq!(profile.photo_media_id, None);

    stage.clock.advance(30_000);
    sweep(&stage).await;
    assert_eq!(rows(&stage, &new), []);
    // The new holder's photo is waited for as long as the address is good that takes it.
    assert_eq!(notes(&stage), 1);
    stage.clock.advance(SIGNED_MS);
    sweep(&stage).await;
    assert_eq!(notes(&stage), 0);
}

/// What the new holder writes: a row that the former one had, too, and one of their own.
async fn write_anew(stage: &Stage, new: &Address, bob: &Address) -> Vec<Item> {
    let of_former = rows(stage, new);
    put(stage, new, vec![called(by_number(1), "B"), by_number(249)]).await;
    block(stage, new, &bob.user_id).await;
    let mut own = rows(stage, new);
    own.retain(|row| !of_former.contains(row));
    assert_eq!(own.len(), 3);
    own
}

#[tokio::test]
async fn what_the_new_holder_writes_stays_wherever_the_sweep_dies() {
    let mut deaths = 0;
    for is_done in [false, true] {
        for calls in 1.. {
            let (stage, _, bob) = world().await;
            let new = taken_over(&stage).await;
            let own = write_anew(&stage, &new, &bob).await;
            let listed = contacts(&stage, &new).await;
            stage.clock.advance(30_000);
            let died = stage.die_at(calls, is_done, sweep(&stage));
            assert_eq!(contacts(&stage, &new).await, listed, "died at {calls}");
            sweep(&stage).await;
            assert_eq!(rows(&stage, &new), own, "died at {calls}");
            assert_eq!(notes(&stage), 0);
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 2 * (CROWD - 100), "{deaths}");
}

#[tokio::test]
async fn a_row_that_is_written_anew_while_it_is_swept_stays() {
    let (stage, _, bob) = world().await;
    let new = taken_over(&stage).await;
    let own = Arc::new(std::sync::Mutex::new(Vec::new()));
    let stage = Arc::new(stage);
    let (world, slot, holder, other) = (stage.clone(), own.clone(), new.clone(), bob.clone());
    // The former holder's rows are read, and the first is to be deleted now.
    stage.store.probe(move |call| {
        let is_delete = call.name == "write" && call.table == Some(Table::Contacts);
        let mut own = slot.lock().unwrap();
        if is_delete && own.is_empty() {
            *own = now(write_anew(&world, &holder, &other));
        }
        Fate::Done
    });
    stage.clock.advance(30_000);
    sweep(&stage).await;
    stage.store.stop_probing();
    assert_eq!(rows(&stage, &new), *own.lock().unwrap());
}

#[tokio::test]
async fn what_a_former_holder_puts_late_neither_counts_nor_stays() {
    let (stage, alice, bob) = world().await;
    remove(&stage, &alice, vec![bob.user_id.clone()]).await;
    let stage = Arc::new(stage);
    let world = stage.clone();
    let mut is_taken_over = false;
    stage.store.probe(move |call| {
        if call.name == "transact" && !is_taken_over {
            is_taken_over = true;
            now(taken_over(&world));
        }
        Fate::Done
    });
    put(&stage, &alice, vec![by_number(1)]).await;
    stage.store.stop_probing();
    let cx = stage.app.context();
    let user = users::get(&*stage.store, &cx, &alice.user_id).await;
    let new = user.unwrap().unwrap().addresses(&alice.user_id).remove(0);
    assert_ne!(new, alice);
    let late = book::key(&alice.user_id, &bob.user_id);
    assert!(stage.store.inner.peek(&late).is_some());
    assert_eq!(contacts(&stage, &new).await, []);
    // A sweep that comes soon leaves the note to one that comes when nobody can be late any more.
    sweep(&stage).await;
    assert!(notes(&stage) > 0);
    stage.clock.advance(30_000);
    sweep(&stage).await;
    assert_eq!(rows(&stage, &new), []);
    assert_eq!(notes(&stage), 0);
}

#[tokio::test]
async fn a_former_holders_device_neither_reads_nor_writes() {
    use heliograph_domain::usecases::people as act;
    let (stage, old, bob) = world().await;
    let new = taken_over(&stage).await;
    write_anew(&stage, &new, &bob).await;
    say(&stage, &new, [Some("new"), None, None]).await;
    stage.clock.advance(30_000);
    sweep(&stage).await;
    let (app, cx, before) = (&stage.app, &stage.app.context(), stage.store.inner.all());
    let (id, user_id) = (id, || bob.user_id.clone());
    let contacts = vec![called(by_number(1), "late")];
    let put = ContactsPut { id: id(), contacts };
    let remove = ContactsRemove {
        id: id(),
        user_ids: vec![user_id()],
    };
    let get = ProfileGet {
        id: id(),
        user_ids: vec![user_id()],
    };
    let block = BlocksPut {
        id: id(),
        user_id: user_id(),
    };
    let unblock = BlocksRemove {
        id: id(),
        user_id: user_id(),
    };
    let list = ContactsList {
        id: id(),
        after: None,
        limit: 100,
    };
    let blocks = BlocksList {
        id: id(),
        after: None,
        limit: 100,
    };
    let said = saying([Some("late"), None, None]);
    let refusals = [
        act::put_contacts(app, cx, &old, put).await.map(drop),
        act::remove_contacts(app, cx, &old, remove).await.map(drop),
        act::list_contacts(app, cx, &old, list).await.map(drop),
        act::block(app, cx, &old, block).await.map(drop),
        act::unblock(app, cx, &old, unblock).await.map(drop),
        act::list_blocks(app, cx, &old, blocks).await.map(drop),
        act::get_profiles(app, cx, &old, get).await.map(drop),
        act::set_profile(app, cx, &old, said).await.map(drop),
        act::get_privacy(app, cx, &old).await.map(drop),
        act::set_privacy(app, cx, &old, privacy_set())
            .await
            .map(drop),
    ];
    for (number, refusal) in refusals.into_iter().enumerate() {
        assert!(matches!(refusal, Err(PeopleError::Revoked)), "{number}");
    }
    assert_eq!(stage.store.inner.all(), before);
}

#[tokio::test]
async fn what_a_former_holder_reads_late_is_not_told_by_the_new_holders_settings() {
    let (stage, [alice, bob]) = people().await;
    let set = PrivacySet {
        read_receipts: Some(Audience::Nobody),
        ..privacy_set()
    };
    set_privacy(&stage, &alice, set).await;
    let id = stage.message_id().unwrap();
    stage.send(&bob, &alice, id, "aGk").await;
    let token = stage.sync(&alice, None).await.unwrap().0.messages.remove(0);
    taken_over(&stage).await;
    let tokens = vec![token.ack_token];
    stage
        .ack(&alice, ReceiptStatus::Read, tokens)
        .await
        .unwrap();
    assert_eq!(stage.sync(&bob, None).await.unwrap().0.receipts, []);
}

#[tokio::test]
async fn a_deleted_account_has_no_rows_left() {
    let (stage, alice, bob) = world().await;
    let cx = stage.app.context();
    usecases::delete_account(&stage.app, &cx, &alice)
        .await
        .unwrap();
    assert!(!rows(&stage, &alice).is_empty(), "some wait for the sweep");
    let (answer, _) = try_put(&stage, &alice, vec![by_id(&bob.user_id)]).await;
    assert!(matches!(answer, Err(PeopleError::Revoked)));
    stage.clock.advance(30_000);
    sweep(&stage).await;
    assert_eq!(rows(&stage, &alice), []);
    assert_eq!(notes(&stage), 0);
}

#[tokio::test]
async fn others_go_on_with_a_deleted_user_in_their_lists() {
    let (stage, [alice, bob, carol]) = people().await;
    let found = put(
        &stage,
        &bob,
        vec![called(by_number(0), "Alice"), by_number(2)],
    )
    .await;
    block(&stage, &bob, &alice.user_id).await;
    let cx = stage.app.context();
    usecases::delete_account(&stage.app, &cx, &alice)
        .await
        .unwrap();
    stage.clock.advance(30_000);
    sweep(&stage).await;

    assert_eq!(contacts(&stage, &bob).await.len(), 2);
    let both = [
        called(by_number(0), "A"),
        by_id(&alice.user_id),
        by_number(2),
    ];
    assert_eq!(put(&stage, &bob, both.to_vec()).await, found[1..]);
    let asked = vec![alice.user_id.clone(), carol.user_id.clone()];
    let got = profiles(&stage, &bob, asked).await;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].user_id, carol.user_id);
    assert_eq!(
        blocked(&stage, &bob).await,
        std::slice::from_ref(&alice.user_id)
    );
    let refused = try_block(&stage, &bob, &alice.user_id).await;
    assert!(matches!(refused, Err(PeopleError::NotFound)));
    unblock(&stage, &bob, &alice.user_id).await;
    remove(&stage, &bob, vec![alice.user_id.clone()]).await;
    assert_eq!(contacts(&stage, &bob).await, found[1..]);
    assert_eq!(blocked(&stage, &bob).await, [] as [UserId; 0]);
    // Whoever has the number now is somebody else.
    let again = taken_over(&stage).await;
    let found = put(&stage, &bob, vec![by_number(0)]).await;
    assert_eq!(found[0].user_id, again.user_id);
    assert_ne!(again.user_id, alice.user_id);
}

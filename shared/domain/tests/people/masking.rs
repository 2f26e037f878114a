//! Who may find whom: a block does not show, and nobody tries all numbers there are.

use crate::stage::*;
use heliograph_domain::testing::stage::{BEGINNING_MS, Fate, Stage};
use heliograph_domain::usecases::people::PeopleError;
use heliograph_domain::{Address, Usage};
use heliograph_protocol::people::Contact;
use heliograph_protocol::request::NewContact;
use heliograph_protocol::{ErrorBody, UserId};
use proptest::prelude::*;
use std::sync::Arc;

/// Of [`world`]'s crowd, these block the one who asks.
const BLOCKERS: std::ops::Range<usize> = 100..130;
/// One of the crowd who blocks nobody.
const FRIEND: usize = 130;
/// Where a hundred begin who block nobody.
const FRIENDS: std::ops::Range<usize> = 200..300;
/// So far behind a blocker's number is one that nobody has.
const NOBODY: usize = 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Somebody who asks, and a crowd most of whom block her; one of those she had added by id before.
async fn world() -> (Stage, Address, Vec<UserId>) {
    use heliograph_domain::store::Store;
    use heliograph_domain::tables::contacts::blocks;
    use heliograph_domain::tables::users;
    let (stage, [alice]) = people().await;
    let crowd = crowd(&stage, BLOCKERS.start, BLOCKERS.len() + 1).await;
    put(&stage, &alice, vec![called(by_id(&crowd[1]), "before")]).await;
    let (cx, me) = (stage.app.context(), &alice.user_id);
    for id in &crowd[..BLOCKERS.len()] {
        let user = users::get(&*stage.store, &cx, id).await.unwrap().unwrap();
        let writes = blocks::add((id, &user), me, None, 7).unwrap();
        stage.store.transact(&cx, writes).await.unwrap();
    }
    stage.clock.advance(1000);
    (stage, alice, crowd)
}

/// How somebody is asked for: their place in the crowd, by id or number, and what they are called.
type Asked = (usize, bool, Option<&'static str>);

/// Asks, with the numbers of those who block, or with as many that nobody has.
async fn ask(asked: &[Asked], is_anybody: bool) -> (Vec<Contact>, Usage, Vec<Contact>) {
    let (mut stage, alice, crowd) = world().await;
    stage.app.limits.numbers_per_day = Some(5_000);
    let contact = |(place, is_by_id, name): &Asked| {
        let number = BLOCKERS.start + place;
        let is_replaced = !is_anybody && number != FRIEND;
        let contact = match is_by_id {
            true => by_id(&crowd[*place]),
            false if is_replaced => by_number(number + NOBODY),
            false => by_number(number),
        };
        NewContact {
            name: name.map(ToOwned::to_owned),
            ..contact
        }
    };
    let asked: Vec<NewContact> = asked.iter().map(contact).collect();
    let (found, usage) = try_put(&stage, &alice, asked).await;
    (found.unwrap(), usage, contacts(&stage, &alice).await)
}

#[tokio::test]
async fn a_number_whose_owner_blocks_looks_like_one_that_nobody_has() {
    let friend = FRIEND - BLOCKERS.start;
    for asked in [
        vec![(0, false, None)],
        vec![(friend, false, None), (0, false, Some("B"))],
        vec![(friend, true, None), (0, false, None)],
        vec![(0, false, Some("B")), (friend, true, None), (0, true, None)],
        vec![(1, false, Some("after"))],
        (0..25).map(|place| (place, false, None)).collect(),
    ] {
        let blocked = ask(&asked, true).await;
        assert_eq!(blocked, ask(&asked, false).await, "{asked:?}");
        assert!(
            blocked.1.store_calls <= 4,
            "the limit, the numbers, what is known, and what is new"
        );
    }
}

/// Asks for so many numbers, of which so many friends have one, and beside them for one whose owner
/// blocks, or that nobody has.
async fn ask_among(numbers: usize, found: usize, is_anybody: bool) -> (Vec<Contact>, Usage) {
    let (mut stage, alice, _) = world().await;
    crowd(&stage, FRIENDS.start, FRIENDS.len()).await;
    stage.app.limits.numbers_per_day = Some(5_000);
    let friends = FRIENDS.take(found).map(by_number);
    let nobody = (0..numbers - found - 1).map(|n| by_number(5_000 + n));
    let last = BLOCKERS.start + if is_anybody { 0 } else { NOBODY };
    let asked = friends.chain(nobody).chain([by_number(last)]).collect();
    let (contacts, usage) = try_put(&stage, &alice, asked).await;
    assert_eq!(contacts.as_ref().unwrap().len(), found);
    (contacts.unwrap(), usage)
}

#[tokio::test]
async fn a_block_does_not_show_by_how_many_others_are_found() {
    for (numbers, found) in [(26, 25), (34, 33), (133, 100), (500, 33), (500, 100)] {
        let (contacts, usage) = ask_among(numbers, found, true).await;
        let nobody = ask_among(numbers, found, false).await;
        assert_eq!((contacts, usage), nobody, "{found} of {numbers}");
        assert!(usage.store_calls <= 8, "{usage:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However they are asked for, and beside whom: same answer, same contacts, same bill.
    #[test]
    fn a_block_does_not_show(
        asked in prop::collection::vec(
            (
                prop_oneof![0_usize..4, Just(FRIEND - BLOCKERS.start)],
                any::<bool>(),
                prop::option::of(prop_oneof![Just("A"), Just("B")]),
            ),
            1..12,
        )
    ) {
        let (blocked, nobody) = (now(ask(&asked, true)), now(ask(&asked, false)));
        prop_assert_eq!(blocked, nobody);
    }
}

#[tokio::test]
async fn who_is_named_by_id_is_added_as_by_anybody_but_not_their_number() {
    let (stage, alice, crowd) = world().await;
    let asked = vec![called(by_number(100), "hidden"), by_id(&crowd[0])];
    let found = put(&stage, &alice, asked).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].user_id, crowd[0]);
    assert_eq!((&found[0].phone_number, &found[0].name), (&None, &None));
    assert_eq!(put(&stage, &alice, vec![by_number(100)]).await, []);
}

#[tokio::test]
async fn a_block_takes_nobody_out_of_a_sync_who_was_in_it() {
    let (stage, [alice, bob]) = people().await;
    let asked = || vec![called(by_number(1), "Bob")];
    let found = put(&stage, &alice, asked()).await;
    block(&stage, &bob, &alice.user_id).await;
    stage.clock.advance(1000);
    assert_eq!(put(&stage, &alice, asked()).await, found);
    let renamed = put(&stage, &alice, vec![called(by_number(1), "Rob")]).await;
    assert_eq!(renamed[0].name.as_deref(), Some("Rob"));
    // Who has let go of the contact does not find them again, until they are unblocked.
    remove(&stage, &alice, vec![bob.user_id.clone()]).await;
    assert_eq!(put(&stage, &alice, asked()).await, []);
    unblock(&stage, &bob, &alice.user_id).await;
    assert_eq!(put(&stage, &alice, asked()).await.len(), 1);
    // One's own block of them hides nothing from oneself.
    remove(&stage, &alice, vec![bob.user_id.clone()]).await;
    block(&stage, &alice, &bob.user_id).await;
    assert_eq!(put(&stage, &alice, asked()).await.len(), 1);
}

fn numbers(count: usize) -> Vec<NewContact> {
    (5000..5000 + count).map(by_number).collect()
}

fn wait(answer: Result<Vec<Contact>, PeopleError>) -> Option<u64> {
    let error = answer.err()?;
    assert!(matches!(error, PeopleError::RateLimited(_)), "{error:?}");
    ErrorBody::from(&error).retry_after_ms
}

#[tokio::test]
async fn so_many_numbers_a_day_are_enough_until_the_day_ends() {
    let (mut stage, [alice, bob]) = people().await;
    stage.app.limits.numbers_per_day = Some(100);
    let ask = async |by, contacts| wait(try_put(&stage, by, contacts).await.0);
    assert_eq!(ask(&alice, numbers(60)).await, None);
    // Ids are free, and a number that is named twice is one.
    assert_eq!(ask(&alice, vec![by_id(&bob.user_id); 500]).await, None);
    assert_eq!(ask(&alice, [numbers(40), numbers(40)].concat()).await, None);

    let before = rows(&stage, &alice);
    stage.clock.advance(1000);
    let till_end_ms = DAY_MS - (BEGINNING_MS + 1000) % DAY_MS;
    assert_eq!(ask(&alice, vec![by_number(1)]).await, Some(till_end_ms));
    assert_eq!(rows(&stage, &alice), before);
    assert_eq!(ask(&alice, vec![by_id(&bob.user_id)]).await, None);
    assert_eq!(ask(&bob, numbers(100)).await, None, "each has their own");

    stage.clock.advance(till_end_ms - 1);
    assert_eq!(ask(&alice, numbers(1)).await, Some(1));
    stage.clock.advance(1);
    assert_eq!(ask(&alice, numbers(100)).await, None);
    assert_eq!(ask(&alice, numbers(1)).await, Some(DAY_MS));
}

#[tokio::test]
async fn calls_at_once_do_not_find_more_numbers_than_calls_in_turn() {
    let (mut stage, [alice]) = people().await;
    stage.app.limits.numbers_per_day = Some(100);
    let answers = std::thread::scope(|scope| {
        let ask = || wait(now(try_put(&stage, &alice, numbers(20))).0);
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        let answers = threads.into_iter().map(|thread| thread.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    assert_eq!(answers.iter().filter(|wait| wait.is_none()).count(), 5);
}

#[tokio::test]
async fn a_call_between_any_two_steps_of_another_is_counted() {
    for step in 1..=3 {
        let (mut stage, [alice]) = people().await;
        stage.app.limits.numbers_per_day = Some(100);
        let stage = Arc::new(stage);
        let (world, other, mut calls) = (stage.clone(), alice.clone(), 0);
        let (tell, told) = std::sync::mpsc::channel();
        stage.store.probe(move |_| {
            calls += 1;
            if calls == step {
                let inner = wait(now(try_put(&world, &other, numbers(60))).0);
                tell.send(inner).unwrap();
            }
            Fate::Done
        });
        let outer = wait(try_put(&stage, &alice, numbers(60)).await.0);
        stage.store.stop_probing();
        let inner = told.recv().unwrap();
        assert!(outer.is_none() != inner.is_none(), "{outer:?} {inner:?}");
    }
}

//! Putting people into contacts.

use crate::stage::*;
use heliograph_domain::testing::stage::{BEGINNING_MS, Fate};
use heliograph_domain::usecases::people::PeopleError;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::people::Contact;
use heliograph_protocol::reply::{self, ContactsPutOk};
use heliograph_protocol::request::NewContact;
use heliograph_protocol::{ErrorBody, ErrorCode, UserId};
use std::sync::Arc;

fn ids(contacts: &[Contact]) -> Vec<&UserId> {
    contacts.iter().map(|contact| &contact.user_id).collect()
}

#[tokio::test]
async fn people_are_found_by_number_and_by_id_in_the_order_asked_for() {
    let (stage, [alice, bob, carol]) = people().await;
    let nobody: UserId = "nobody".parse().unwrap();
    let asked = vec![
        called(by_number(2), "Carol"),
        by_number(0),
        by_id(&nobody),
        by_id(&alice.user_id),
        by_number(9),
        by_id(&bob.user_id),
    ];
    let found = put(&stage, &alice, asked).await;
    let wanted = [
        Contact {
            user_id: carol.user_id.clone(),
            phone_number: Some(number(2)),
            name: Some("Carol".to_owned()),
            added_at: BEGINNING_MS,
        },
        Contact {
            user_id: bob.user_id.clone(),
            phone_number: None,
            name: None,
            added_at: BEGINNING_MS,
        },
    ];
    assert_eq!(found, wanted);
    let mut listed = contacts(&stage, &alice).await;
    assert!(listed.is_sorted_by_key(|contact| contact.user_id.clone()));
    listed.sort_by_key(|contact| contact.user_id == bob.user_id);
    assert_eq!(listed, wanted);
    assert_eq!(contacts(&stage, &bob).await, [], "one way only");
}

#[tokio::test]
async fn who_is_named_twice_is_answered_once_and_has_the_last_name() {
    let (stage, [alice, bob, carol]) = people().await;
    let asked = vec![
        called(by_id(&bob.user_id), "B"),
        by_number(2),
        called(by_number(1), "Bob"),
        by_id(&bob.user_id),
        by_number(2),
    ];
    let found = put(&stage, &alice, asked).await;
    assert_eq!(ids(&found), [&bob.user_id, &carol.user_id]);
    assert_eq!(found[0].name.as_deref(), Some("Bob"));
    assert_eq!(found[0].phone_number, Some(number(1)));
}

#[tokio::test]
async fn a_contact_keeps_what_it_is_not_told_anew() {
    let (stage, [alice, bob]) = people().await;
    put(&stage, &alice, vec![called(by_number(1), "Bob")]).await;
    for (asked, name) in [
        (called(by_id(&bob.user_id), "Robert"), "Robert"),
        (by_id(&bob.user_id), "Robert"),
        (by_number(1), "Robert"),
        (called(by_number(1), ""), ""),
    ] {
        stage.clock.advance(1000);
        let kept = Contact {
            user_id: bob.user_id.clone(),
            phone_number: Some(number(1)),
            name: Some(name.to_owned()),
            added_at: BEGINNING_MS,
        };
        let kept = [kept];
        assert_eq!(put(&stage, &alice, vec![asked]).await, kept);
        assert_eq!(contacts(&stage, &alice).await, kept);
    }
}

#[tokio::test]
async fn five_hundred_numbers_are_8_calls_however_many_are_found() {
    for found in [0, 1, 25, 499, 500] {
        let (mut stage, [alice]) = people().await;
        stage.app.limits.numbers_per_day = Some(5_000);
        crowd(&stage, 100, found).await;
        let asked: Vec<NewContact> = (100..600).map(by_number).collect();
        let (answer, usage) = try_put(&stage, &alice, asked.clone()).await;
        assert_eq!(answer.unwrap().len(), found);
        assert_eq!(usage.store_calls, 7 + u64::from(found > 0));
        // Half a unit a number; the own row, 16 of contacts, 16 of who blocks, one each.
        assert_eq!(usage.read_half_units, 500 + 2 * 33);
        // The limit; and two units a KB of each row, in a transaction: 32 contacts are 5 KB.
        let shelves = found.min(16) as u64;
        assert!(usage.write_units > 2 * shelves, "{usage:?}");
        assert!(usage.write_units <= 1 + 2 * shelves * 5, "{usage:?}");

        let before = rows(&stage, &alice);
        stage.clock.advance(1000);
        let asked_for = asked.clone().into_iter();
        let (answer, usage) = try_put(&stage, &alice, asked).await;
        assert_eq!(answer.unwrap().len(), found);
        assert_eq!((usage.store_calls, usage.write_units), (7, 1));
        assert_eq!(rows(&stage, &alice), before);

        let renamed = asked_for.map(|contact| called(contact, "N")).collect();
        let (answer, usage) = try_put(&stage, &alice, renamed).await;
        let contacts = answer.unwrap();
        assert!(contacts.iter().all(|it| it.name.as_deref() == Some("N")));
        assert_eq!(usage.store_calls, 7 + u64::from(found > 0));
    }
}

#[tokio::test]
async fn five_hundred_people_by_number_and_id_are_8_calls_too() {
    let (mut stage, [alice]) = people().await;
    stage.app.limits.numbers_per_day = Some(5_000);
    let crowd = crowd(&stage, 100, 500).await;
    let by_number = (100..350).map(by_number);
    let asked = by_number.chain(crowd[250..].iter().map(by_id)).collect();
    let (answer, usage) = try_put(&stage, &alice, asked).await;
    assert_eq!((answer.unwrap().len(), usage.store_calls), (500, 8));
}

#[tokio::test]
async fn two_devices_that_put_contacts_at_once_lose_none() {
    // Who they are, what is known of them, and the transaction.
    for call in 1..=3 {
        let (stage, [alice]) = people().await;
        crowd(&stage, 100, 60).await;
        let (stage, mut calls) = (Arc::new(stage), 0);
        let (world, other) = (stage.clone(), alice.clone());
        stage.store.probe(move |_| {
            calls += 1;
            if calls == call {
                let asked = (130..160).map(by_number).collect();
                assert_eq!(now(put(&world, &other, asked)).len(), 30);
            }
            Fate::Done
        });
        let asked = (100..140).map(by_number).collect();
        assert_eq!(put(&stage, &alice, asked).await.len(), 40);
        stage.store.stop_probing();
        assert_eq!(contacts(&stage, &alice).await.len(), 60, "between {call}");
    }
}

#[tokio::test]
async fn more_people_than_there_may_be_are_refused_and_nothing_is_stored() {
    use heliograph_domain::store::Store;
    use heliograph_domain::tables::contacts::book::{self, Book, CONTACTS_MAX, StoredContact};
    use heliograph_domain::tables::users;
    let (stage, [alice]) = people().await;
    let crowd = crowd(&stage, 100, 3).await;
    let (cx, me) = (stage.app.context(), &alice.user_id);
    let user = users::get(&*stage.store, &cx, me).await.unwrap().unwrap();
    // Each as long as may be: they fit the rows.
    let id = |n: usize| format!("{:x}{n:063}", (n + 1) % 16).parse().unwrap();
    let ids: Vec<UserId> = (10_000..10_000 + CONTACTS_MAX - 2).map(id).collect();
    let longest = StoredContact {
        phone_number: Some(number(1)),
        name: Some("🌞".repeat(64)),
        added_at: BEGINNING_MS,
    };
    let nothing = Book::new(me, &user, book::keys(me).map(|_| None));
    let all = nothing.put(ids.iter().map(|id| (id, &longest))).unwrap();
    stage.store.transact(&cx, all).await.unwrap();
    assert_eq!(put(&stage, &alice, vec![by_id(&crowd[0])]).await.len(), 1);

    let before = rows(&stage, &alice);
    let (answer, _) = try_put(&stage, &alice, vec![by_id(&crowd[1]), by_id(&crowd[2])]).await;
    assert!(matches!(answer, Err(PeopleError::Full)));
    assert_eq!(rows(&stage, &alice), before);
    let renamed = vec![called(by_id(&crowd[0]), "C"), by_id(&crowd[1])];
    assert_eq!(put(&stage, &alice, renamed).await.len(), 2);
}

/// As many people as there may be, called as long as may be.
fn longest(ids: &[UserId]) -> Vec<NewContact> {
    let name = "🌞".repeat(64);
    ids.iter().map(|id| called(by_id(id), &name)).collect()
}

fn assert_fits(contacts: Vec<Contact>) {
    let id = "\0".repeat(64);
    let reply = reply::ok(&id, &ContactsPutOk { contacts });
    assert!(reply.len() <= FRAME_BYTES_MAX, "{}", reply.len());
}

fn assert_too_large(answer: Result<Vec<Contact>, PeopleError>) {
    let error = answer.unwrap_err();
    assert!(matches!(error, PeopleError::TooLarge));
    assert_eq!(ErrorBody::from(&error).code, ErrorCode::TooLarge);
}

#[tokio::test]
async fn names_that_would_not_fit_an_answer_are_refused_before_anything_is_stored() {
    let (mut stage, [alice]) = people().await;
    stage.app.limits.numbers_per_day = Some(5_000);
    let crowd = crowd(&stage, 100, 500).await;
    let before = stage.store.inner.all();
    let (answer, usage) = try_put(&stage, &alice, longest(&crowd)).await;
    assert_too_large(answer);
    assert_eq!(usage.store_calls, 0);
    assert_eq!(stage.store.inner.all(), before);

    // As many as that are fine with names as people have them, and numbers as long as there are.
    let asked = (100..600).map(|n| called(by_number(n), &"n".repeat(64)));
    let found = put(&stage, &alice, asked.collect()).await;
    assert_eq!(found.len(), 500);
    assert_fits(found);
}

#[tokio::test]
async fn names_of_before_that_would_not_fit_an_answer_are_refused_too() {
    let (stage, [alice]) = people().await;
    let crowd = crowd(&stage, 100, 500).await;
    for part in crowd.chunks(100) {
        put(&stage, &alice, longest(part)).await;
    }
    let before = stage.store.inner.all();
    let asked: Vec<NewContact> = (100..600).map(by_number).collect();
    let (answer, _) = try_put(&stage, &alice, asked.clone()).await;
    assert_too_large(answer);
    assert_eq!(stage.store.inner.all(), before);
    for part in asked.chunks(250) {
        assert_fits(put(&stage, &alice, part.to_vec()).await);
    }
}

#[tokio::test]
async fn whatever_fits_before_the_lookup_fits_the_answer() {
    let (stage, [alice]) = people().await;
    let crowd = crowd(&stage, 100, 500).await;
    let name = "🌞".repeat(64);
    let mut is_refused = false;
    for count in 200..500 {
        let fresh = (100..100 + count).map(|n| called(by_number(n), &name));
        let (answer, _) = try_put(&stage, &alice, fresh.collect()).await;
        match answer {
            Ok(contacts) => assert_fits(contacts),
            Err(_) => is_refused = true,
        }
        if is_refused {
            assert!(count > 250, "{count} of {}", crowd.len());
            break;
        }
    }
    assert!(is_refused);
}

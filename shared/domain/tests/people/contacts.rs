//! Putting people into contacts.

use crate::stage::*;
use heliograph_domain::testing::stage::BEGINNING_MS;
use heliograph_domain::usecases::people::PeopleError;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::people::Contact;
use heliograph_protocol::reply::{self, ContactsPutOk};
use heliograph_protocol::request::NewContact;
use heliograph_protocol::{ErrorBody, ErrorCode, UserId};

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
async fn five_hundred_numbers_of_which_25_are_found_are_8_calls_and_writing_them_once() {
    let (mut stage, [alice]) = people().await;
    stage.app.limits.numbers_per_day = Some(5_000);
    crowd(&stage, 100, 25).await;
    let asked: Vec<NewContact> = (100..600).map(by_number).collect();
    let (found, usage) = try_put(&stage, &alice, asked.clone()).await;
    assert_eq!(found.unwrap().len(), 25);
    assert_eq!((usage.store_calls, usage.write_units), (8, 1 + 25));
    // Half a unit a number, and 3 rows of each of the 33 that may be found, and the own.
    assert_eq!(usage.read_half_units, 500 + 2 * (33 * 3 + 1));

    let before = rows(&stage, &alice);
    stage.clock.advance(1000);
    let (found, usage) = try_put(&stage, &alice, asked).await;
    assert_eq!(found.unwrap().len(), 25);
    assert_eq!((usage.store_calls, usage.write_units), (7, 1));
    assert_eq!(rows(&stage, &alice), before);
}

/// Where all are found: docs/gaps.md.
#[tokio::test]
async fn five_hundred_numbers_that_are_all_found_are_42_calls() {
    let (mut stage, [alice]) = people().await;
    stage.app.limits.numbers_per_day = Some(5_000);
    crowd(&stage, 100, 500).await;
    let asked: Vec<NewContact> = (100..600).map(by_number).collect();
    let (found, usage) = try_put(&stage, &alice, asked).await;
    assert_eq!(found.unwrap().len(), 500);
    // The limit, the numbers, three rows of each and the own, and all of them to write.
    assert_eq!(usage.store_calls, 1 + 5 + 16 + 20);
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

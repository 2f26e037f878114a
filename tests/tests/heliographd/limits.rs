//! Rate limits, which say when to try again.

use heliograph_protocol::limits::MESSAGES_PER_FRAME_MAX;
use heliograph_protocol::reply::{KeysFetchOk, SendOutcome};
use heliograph_protocol::request::{ContactsPut, NewContact, Who};
use heliograph_protocol::{ErrorBody, ErrorCode};
use heliograph_tests::{OneMachine, Sent, device, fresh_number, message};
use hyper::StatusCode;
use std::time::Duration;

fn wait(error: &ErrorBody) -> Duration {
    Duration::from_millis(error.retry_after_ms.expect("when to try again"))
}

#[tokio::test]
async fn sixty_messages_pass_at_once_and_then_one_a_second() {
    let machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let carol = machine.person("carol").await;
    let mut a = alice.connect().await;
    let mut results: Vec<Sent> = Vec::new();
    for _ in 0..3 {
        let frame = (0..MESSAGES_PER_FRAME_MAX)
            .map(|_| message(&bob, "x"))
            .collect();
        results.extend(a.send_all(frame).await);
    }
    let is_accepted = |sent: &Sent| matches!(sent.0.outcome, SendOutcome::Accepted { .. });
    let (accepted, refused): (Vec<Sent>, Vec<Sent>) = results.into_iter().partition(is_accepted);
    // A slow run earns some more in the meantime.
    assert!((60..70).contains(&accepted.len()), "{}", accepted.len());
    for sent in refused {
        let error = sent.refused(ErrorCode::RateLimited);
        assert!((1..=1000).contains(&wait(&error).as_millis()), "{error:?}");
    }

    a.send(&carol, "not slowed down").await.accepted();
    bob.connect()
        .await
        .send(&alice, "nor is Bob")
        .await
        .accepted();

    let error = a.send_all(vec![message(&bob, "x"); 8]).await.pop().unwrap();
    machine
        .advance_clock(wait(&error.refused(ErrorCode::RateLimited)))
        .await;
    a.send(&bob, "as told").await.accepted();
    machine.advance_clock(Duration::from_secs(60)).await;
    let frame = (0..MESSAGES_PER_FRAME_MAX)
        .map(|_| message(&bob, "x"))
        .collect();
    a.send_all(frame)
        .await
        .into_iter()
        .for_each(|sent| assert!(sent.accepted().1 > 0));
}

#[tokio::test]
async fn six_fetches_of_keys_pass_at_once_and_then_one_in_ten_minutes() {
    let machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let carol = machine.person("carol").await;
    let mut a = alice.connect().await;
    for _ in 0..6 {
        let _: KeysFetchOk = a.fetch_keys(&bob).await.ok();
    }
    let error = a.fetch_keys(&bob).await.error();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(wait(&error) <= Duration::from_secs(600), "{error:?}");
    let _: KeysFetchOk = a.fetch_keys(&carol).await.ok();
    let _: KeysFetchOk = carol.connect().await.fetch_keys(&bob).await.ok();

    machine.advance_clock(wait(&error)).await;
    let _: KeysFetchOk = a.fetch_keys(&bob).await.ok();
    let error = a.fetch_keys(&bob).await.error();
    assert_eq!(error.code, ErrorCode::RateLimited);
}

#[tokio::test]
async fn a_user_looks_for_five_thousand_numbers_a_day() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut a = machine.person("alice").await.connect().await;
    let numbers = |from: u32| {
        let contact = |number| NewContact {
            who: Who::Number(format!("+8613{number:09}").parse().unwrap()),
            name: None,
        };
        (from..from + 500).map(contact).collect()
    };
    for round in 0..10 {
        assert_eq!(a.put_contacts(numbers(round * 500)).await, []);
    }
    let contacts = numbers(5_000);
    let error = a.ask(|id| ContactsPut { id, contacts }).await.error();
    assert_eq!(error.code, ErrorCode::RateLimited);
    machine.advance_clock(wait(&error)).await;
    assert_eq!(a.put_contacts(numbers(5_000)).await, []);
}

#[tokio::test]
async fn a_number_gets_five_codes_and_an_address_twenty() {
    let machine = OneMachine::start(&["--sms-command", "/bin/true"]).await;
    let site = machine.site();
    let number = fresh_number();
    for _ in 0..5 {
        site.register(&number).await.unwrap();
    }
    let refused = site.register(&number).await.unwrap_err();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.error.code, ErrorCode::RateLimited);
    assert!(
        wait(&refused.error) <= Duration::from_secs(600),
        "{refused:?}"
    );

    let mut passed = 0;
    while site.register(&fresh_number()).await.is_ok() {
        passed += 1;
        assert!(passed < 40, "no limit");
    }
    assert!(passed >= 15, "{passed}");
    let refused = site.register(&fresh_number()).await.unwrap_err();
    assert_eq!(refused.error.code, ErrorCode::RateLimited);
}

#[tokio::test]
async fn a_registration_ends_after_five_minutes() {
    let machine = OneMachine::start(&["--dev"]).await;
    let number = fresh_number();
    let begun = machine.site().register(&number).await.unwrap();
    let code = machine.site().code(&number).await;
    machine.advance_clock(Duration::from_secs(301)).await;
    let id = &begun.registration_id;
    let late = machine.site().verify(id, &code, device("phone", 7)).await;
    assert_eq!(late.unwrap_err().status, StatusCode::GONE);
}

//! The client library, from phone to phone.

use futures_util::poll;
use heliograph_client::client::{Event, SafetyError, Says, SendError};
use heliograph_client::e2ee::Trust;
use heliograph_client::store::messages::Status;
use heliograph_protocol::request::Recipient;
use heliograph_tests::{Deployment, Phone, scenarios};
use std::time::Duration;
use tokio::time::sleep;

scenarios!(
    two_people_talk,
    what_nobody_waits_for_is_sent_all_the_same,
    what_is_written_while_away_arrives_in_order,
    what_was_said_is_said_otherwise,
    whoever_gets_a_new_phone_has_new_keys,
    a_phone_that_was_brought_back_is_understood,
    what_is_to_disappear_does_on_both_sides,
    what_is_typed_and_set_is_told,
);

async fn two_people_talk(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let found = alice.client().find(&bob.number).await.unwrap();
    assert_eq!(found.as_ref(), Some(&bob.user_id));

    let id = alice.write(&bob, "good morning").await;
    let heard = bob.hears(&alice).await;
    assert_eq!(heard.says.text(), Some("good morning"));
    assert_eq!(heard.position.message_id, id);
    alice.sees(id, Status::Delivered).await;

    let chat = Recipient::User(alice.user_id.clone());
    let chats = bob.client().chats().await.unwrap();
    assert_eq!((chats.len(), chats[0].unread), (1, 1));
    bob.client().mark_read(&chat, heard.position).await.unwrap();
    alice.sees(id, Status::Read).await;
    assert_eq!(bob.client().chats().await.unwrap()[0].unread, 0);

    bob.client()
        .reply(&alice.user_id, heard.name(), "is it?")
        .await
        .unwrap();
    alice.hears(&bob).await;
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        assert_eq!(one.texts(other).await, ["good morning", "is it?"]);
    }
    let (number, trust) = alice.client().safety_number(&bob.user_id).await.unwrap();
    let (theirs, _) = bob.client().safety_number(&alice.user_id).await.unwrap();
    assert_eq!(
        (number.digits(), trust),
        (theirs.digits(), Trust::Unverified)
    );
    number.compare(&theirs.qr()).unwrap();

    let found = bob.client().search("morn", 10).await.unwrap();
    assert_eq!(found.len(), 1);
    let to_oneself = alice.client().send_text(&alice.user_id, "hm").await;
    assert!(matches!(to_oneself, Err(SendError::ToOneself)));
}

async fn what_nobody_waits_for_is_sent_all_the_same(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let first = alice.write(&bob, "first").await;
    bob.hears(&alice).await;
    // So that there is nothing else for which she would look what is to be sent: a frame waits 50 ms for the next.
    alice.sees(first, Status::Delivered).await;
    sleep(Duration::from_millis(200)).await;
    // An app has begun to send, and is about to do something else.
    let mut sending = Box::pin(alice.client().send_text(&bob.user_id, "second"));
    assert!(poll!(&mut sending).is_pending());
    drop(sending);
    let heard = bob.hears(&alice).await;
    assert_eq!(heard.says.text(), Some("second"));
    assert_eq!(alice.texts(&bob).await, ["first", "second"]);
}

async fn what_is_written_while_away_arrives_in_order(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    bob.end().await;
    let texts: Vec<String> = (0..60).map(|number| format!("number {number}")).collect();
    for text in &texts[..30] {
        alice.write(&bob, text).await;
    }
    // What is in her outbox goes out when she is back.
    alice.end().await;
    alice.open().await;
    let mut last = None;
    for text in &texts[30..] {
        last = Some(alice.write(&bob, text).await);
    }
    alice.sees(last.unwrap(), Status::Accepted).await;
    bob.open().await;
    bob.has(&alice, 60).await;
    assert_eq!(bob.texts(&alice).await, texts);
    alice.sees(last.unwrap(), Status::Delivered).await;

    bob.end().await;
    bob.open().await;
    let answer = bob.write(&alice, "I was away").await;
    alice.hears(&bob).await;
    bob.sees(answer, Status::Delivered).await;
    let statuses = alice.chat(&bob).await.into_iter().map(|it| it.status);
    let mut expected = vec![Status::Delivered; 60];
    expected.push(Status::Received);
    assert_eq!(statuses.collect::<Vec<_>>(), expected);
}

async fn what_was_said_is_said_otherwise(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let first = alice.write(&bob, "see you at nine").await;
    let second = alice.write(&bob, "bring the keys of the safe").await;
    bob.has(&alice, 2).await;
    alice
        .client()
        .edit(&bob.user_id, first, "see you at ten")
        .await
        .unwrap();
    alice.client().delete(&bob.user_id, second).await.unwrap();
    for _ in 0..2 {
        bob.until(|event| matches!(event, Event::Changed { .. }).then_some(()))
            .await;
    }
    let chat = bob.chat(&alice).await;
    assert_eq!(chat[0].says, Says::Edited("see you at ten".to_owned()));
    assert_eq!(chat[1].says, Says::Deleted);
    assert!(bob.client().search("safe", 10).await.unwrap().is_empty());
    assert!(bob.client().search("nine", 10).await.unwrap().is_empty());
    assert_eq!(bob.client().search("ten", 10).await.unwrap().len(), 1);

    // Nobody edits what somebody else has said.
    bob.client()
        .edit(&alice.user_id, first, "never")
        .await
        .unwrap();
    bob.client()
        .react(&alice.user_id, chat[0].name(), Some("👍"))
        .await
        .unwrap();
    let her = alice.user_id.clone();
    let is_first = |event| match event {
        Event::Changed { message, .. } if message.author == her => {
            (message.message_id == first).then_some(())
        }
        _ => None,
    };
    // By her edit, and by what he makes of it.
    alice.until(is_first).await;
    alice.until(is_first).await;
    let chat = alice.chat(&bob).await;
    assert_eq!(chat[0].says, Says::Edited("see you at ten".to_owned()));
    assert_eq!(chat[0].reactions, [(bob.user_id.clone(), "👍".to_owned())]);
}

async fn a_phone_that_was_brought_back_is_understood(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    alice.write(&bob, "one").await;
    bob.hears(&alice).await;
    bob.write(&alice, "two").await;
    alice.hears(&bob).await;
    bob.client().settled().await.unwrap();
    bob.end().await;
    let copy = bob.copy();
    bob.open().await;
    alice.write(&bob, "three").await;
    bob.hears(&alice).await;
    bob.write(&alice, "four").await;
    alice.hears(&bob).await;
    bob.client().settled().await.unwrap();
    bob.end().await;

    bob.bring_back(&copy);
    bob.open().await;
    alice.write(&bob, "do you hear me?").await;
    bob.until(|event| matches!(event, Event::Unreadable { .. }).then_some(()))
        .await;
    // It is asked for again, in a new session.
    assert_eq!(bob.hears(&alice).await.says.text(), Some("do you hear me?"));
    bob.write(&alice, "I do").await;
    assert_eq!(alice.hears(&bob).await.says.text(), Some("I do"));
}

async fn whoever_gets_a_new_phone_has_new_keys(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    alice.write(&bob, "hello").await;
    bob.hears(&alice).await;
    let (before, _) = alice.client().safety_number(&bob.user_id).await.unwrap();
    let verified = alice.client().verified(&bob.user_id, &before).await;
    verified.unwrap();
    let (_, trust) = alice.client().safety_number(&bob.user_id).await.unwrap();
    assert_eq!(trust, Trust::Verified);
    bob.end().await;

    let mut bob = Phone::verify(site, bob.number).await;
    let id = alice.write(&bob, "for your eyes only").await;
    let user_id = bob.user_id.clone();
    alice
        .until(|event| match event {
            Event::KeysChanged { user_id: of } if of == user_id => Some(()),
            _ => None,
        })
        .await;
    let (after, trust) = alice.client().safety_number(&bob.user_id).await.unwrap();
    assert_eq!(trust, Trust::ChangedSinceVerified);
    assert_ne!(before.digits(), after.digits());
    let waits = alice.chat(&bob).await.pop().unwrap();
    assert_eq!(
        (waits.position.message_id, waits.status),
        (id, Status::Pending)
    );

    let verified = alice.client().verified(&bob.user_id, &before).await;
    assert!(matches!(verified, Err(SafetyError::Changed)));
    alice.client().accept_keys(&bob.user_id).await.unwrap();
    assert_eq!(
        bob.hears(&alice).await.says.text(),
        Some("for your eyes only")
    );
    bob.write(&alice, "thank you").await;
    alice.hears(&bob).await;
}

async fn what_is_to_disappear_does_on_both_sides(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    alice.write(&bob, "this stays").await;
    bob.hears(&alice).await;
    let set = alice.client().disappear_after(&bob, Some(2)).await;
    set.unwrap();
    bob.hears(&alice).await;
    alice.write(&bob, "a secret of hers").await;
    assert_eq!(secrets(&alice).await, 1);
    bob.hears(&alice).await;
    bob.write(&alice, "a secret of his").await;
    alice.hears(&bob).await;
    for phone in [&mut alice, &mut bob] {
        // One may have gone while the other was on its way.
        while secrets(phone).await > 0 {
            phone
                .until(|event| matches!(event, Event::Gone { .. }).then_some(()))
                .await;
        }
    }
    bob.client().disappear_after(&alice, None).await.unwrap();
    bob.write(&alice, "this stays, too").await;
    alice.hears(&bob).await;
    alice.hears(&bob).await;
    let texts = [alice.texts(&bob).await, bob.texts(&alice).await];
    let expected = ["this stays", "-", "-", "this stays, too"];
    assert_eq!(texts, [expected, expected]);
}

/// Counts the messages with secrets in them.
async fn secrets(phone: &Phone) -> usize {
    phone.client().search("secret", 10).await.unwrap().len()
}

async fn what_is_typed_and_set_is_told(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    // Before there are keys there is nobody to tell.
    alice.client().typing(&bob, true).await.unwrap();
    alice.write(&bob, "hello").await;
    bob.hears(&alice).await;
    let her = alice.user_id.clone();
    for is_typing in [true, false] {
        alice.client().typing(&bob, is_typing).await.unwrap();
        let told = |event| match event {
            Event::Typing {
                user_id,
                is_typing,
                chat,
            } if user_id == her && chat == Recipient::User(her.clone()) => Some(is_typing),
            _ => None,
        };
        assert_eq!(bob.until(told).await, is_typing);
    }
    // Who has only heard can tell so, too.
    bob.client().typing(&alice, true).await.unwrap();
    alice
        .until(|event| matches!(event, Event::Typing { .. }).then_some(()))
        .await;
    let members = vec![bob.user_id.clone()];
    let made = alice.client().create_group("friends", members).await;
    let (friends, _) = made.unwrap();
    alice.write(&friends, "here, too").await;
    bob.hears(&alice).await;
    alice.client().typing(&friends, true).await.unwrap();
    let chat = Recipient::Group(friends);
    let told = |event| match event {
        Event::Typing { chat: it, .. } if it == chat => Some(()),
        _ => None,
    };
    bob.until(told).await;

    let mut tablet = alice.link().await;
    alice.knows_another().await;
    let client = alice.client();
    client.set("theme", Some(b"dark".to_vec())).await.unwrap();
    tablet
        .until(|event| matches!(event, Event::Set { name } if name == "theme").then_some(()))
        .await;
    let set = tablet.client().setting("theme").await.unwrap();
    assert_eq!(set.as_deref(), Some(&b"dark"[..]));
    tablet.client().set("theme", None).await.unwrap();
    alice
        .until(|event| matches!(event, Event::Set { .. }).then_some(()))
        .await;
    assert_eq!(alice.client().setting("theme").await.unwrap(), None);
    let named = alice.client().call(&bob.user_id, "Bob").await.unwrap();
    assert_eq!(named.unwrap().name.as_deref(), Some("Bob"));
    let contacts = alice.client().contacts().await.unwrap();
    assert_eq!(contacts.len(), 1);
    alice.client().forget_contact(&bob.user_id).await.unwrap();
    assert!(alice.client().contacts().await.unwrap().is_empty());
}

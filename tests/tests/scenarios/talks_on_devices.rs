//! The client library on several devices of one person.

use heliograph_client::client::{Event, Says};
use heliograph_client::history::MessageRef;
use heliograph_client::store::messages::Status;
use heliograph_protocol::request::Recipient;
use heliograph_tests::{Deployment, Phone, scenarios};

scenarios!(
    two_devices_of_one_person_show_the_same,
    a_device_that_is_linked_gets_what_was_said,
);

async fn two_devices_of_one_person_show_the_same(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    alice.is_connected().await;
    alice.write(&bob, "before").await;
    bob.hears(&alice).await;
    let mut tablet = alice.link().await;
    let own = alice.user_id.clone();
    alice.knows_another().await;

    bob.write(&alice, "hello").await;
    alice.hears(&bob).await;
    let heard = tablet.hears(&bob).await;
    // What is written on one is shown on the other.
    let written = alice.write(&bob, "from the phone").await;
    let copied = tablet
        .until(|event| match event {
            Event::Message { message, .. } if message.author == own => Some(message),
            _ => None,
        })
        .await;
    assert_eq!(copied.position.message_id, written);
    bob.hears(&alice).await;
    tablet.write(&bob, "from the tablet").await;
    bob.hears(&tablet).await;
    alice
        .until(|event| match event {
            Event::Message { message, .. } if message.author == own => {
                (message.says.text() == Some("from the tablet")).then_some(())
            }
            _ => None,
        })
        .await;
    let expected = ["before", "hello", "from the phone", "from the tablet"];
    assert_eq!(tablet.texts(&bob).await, expected);
    assert_eq!(alice.texts(&bob).await, expected);
    assert_eq!(bob.texts(&alice).await, expected);

    // What is read on one is read.
    let chat = Recipient::User(bob.user_id.clone());
    assert_eq!(alice.client().chats().await.unwrap()[0].unread, 1);
    tablet
        .client()
        .mark_read(&chat, heard.position)
        .await
        .unwrap();
    alice
        .until(|event| matches!(event, Event::Read { .. }).then_some(()))
        .await;
    assert_eq!(alice.client().chats().await.unwrap()[0].unread, 0);
    let (one, _) = alice.client().safety_number(&bob.user_id).await.unwrap();
    let (other, _) = bob.client().safety_number(&alice.user_id).await.unwrap();
    assert_eq!(one.digits(), other.digits());
}

async fn a_device_that_is_linked_gets_what_was_said(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let first = alice.write(&bob, "good morning").await;
    bob.hears(&alice).await;
    let answer = bob.write(&alice, "and to you").await;
    alice.hears(&bob).await;
    alice.sees(first, Status::Delivered).await;
    alice
        .client()
        .edit(&bob, first, "good evening")
        .await
        .unwrap();
    alice.client().call(&bob.user_id, "Bob").await.unwrap();
    let to = MessageRef {
        author: bob.user_id.clone(),
        message_id: answer,
    };
    alice.client().react(&bob, to, Some("👍")).await.unwrap();
    let members = vec![bob.user_id.clone()];
    let made = alice.client().create_group("friends", members).await;
    let (friends, _) = made.unwrap();
    alice.write(&friends, "here, too").await;
    bob.hears(&alice).await;
    let dark = Some(b"dark".to_vec());
    alice.client().set("theme", dark.clone()).await.unwrap();

    let mut tablet = alice.begin_link().await;
    // What is under way outlives the program on both sides.
    tablet.end().await;
    tablet.open().await;
    let linked = |event| matches!(event, Event::Linked { .. }).then_some(());
    alice.until(linked).await;
    alice.end().await;
    alice.open().await;
    tablet
        .until(|event| matches!(event, Event::History { messages: 3 }).then_some(()))
        .await;
    let chat = tablet.chat(&bob).await;
    assert_eq!(chat, alice.chat(&bob).await);
    assert_eq!(chat[0].says, Says::Edited("good evening".to_owned()));
    assert_eq!(chat[1].reactions.len(), 1);
    assert_eq!(tablet.texts(&friends).await, ["here, too"]);
    assert_eq!(tablet.client().search("even", 10).await.unwrap().len(), 1);
    assert!(
        tablet
            .client()
            .search("morning", 10)
            .await
            .unwrap()
            .is_empty()
    );
    let contacts = tablet.client().contacts().await.unwrap();
    assert_eq!(contacts[0].name.as_deref(), Some("Bob"));
    assert_eq!(tablet.client().setting("theme").await.unwrap(), dark);
    tablet.write(&bob, "from the tablet").await;
    bob.hears(&tablet).await;
    alice.has(&bob, 3).await;
    assert_eq!(alice.texts(&bob).await, tablet.texts(&bob).await);
}

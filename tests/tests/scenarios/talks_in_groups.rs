//! The client library in groups, from phone to phone.

use heliograph_client::client::{AskError, Event, SendError};
use heliograph_client::engine::WriteError;
use heliograph_client::store::messages::Status;
use heliograph_protocol::GroupId;
use heliograph_protocol::groups::Group;
use heliograph_tests::{Deployment, Phone, scenarios};

scenarios!(
    three_people_talk_until_one_is_removed,
    who_was_away_reads_what_was_written,
    a_further_device_is_in_the_group,
    who_has_an_invite_joins_and_reads_nothing_from_before,
);

/// Makes a group of somebody's with others, who know of it.
async fn group(admin: &Phone, others: &mut [&mut Phone]) -> GroupId {
    let members = others.iter().map(|it| it.user_id.clone()).collect();
    let made = admin.client().create_group("friends", members).await;
    let (group_id, not_added) = made.unwrap();
    assert!(not_added.is_empty(), "{not_added:?}");
    for other in others {
        knows(other, &group_id, |group| group.is_some()).await;
    }
    group_id
}

/// Waits until somebody knows a group to have so many members.
async fn has_members(phone: &Phone, group_id: &GroupId, count: usize) {
    let fits = |group: Option<Group>| group.map_or(0, |group| group.members.len()) == count;
    knows(phone, group_id, fits).await;
}

/// Waits until what somebody knows of a group fits.
async fn knows(phone: &Phone, group_id: &GroupId, fits: impl Fn(Option<Group>) -> bool) {
    loop {
        let group = phone.client().group(group_id).await.unwrap();
        if fits(group) {
            return;
        }
        // What a change has led to is known a moment after it was told.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn three_people_talk_until_one_is_removed(stack: Deployment) {
    let site = stack.site();
    let mut alice = Phone::register(site).await;
    let (mut bob, mut carol) = (Phone::register(site).await, Phone::register(site).await);
    let friends = group(&alice, &mut [&mut bob, &mut carol]).await;

    let first = alice.write(&friends, "good morning, you two").await;
    bob.hears(&alice).await;
    let heard = carol.hears(&alice).await;
    bob.write(&friends, "and you").await;
    alice.hears(&bob).await;
    carol.hears(&bob).await;
    for phone in [&alice, &bob, &carol] {
        assert_eq!(
            phone.texts(&friends).await,
            ["good morning, you two", "and you"]
        );
    }
    alice.sees(first, Status::Delivered).await;
    for phone in [&bob, &carol] {
        let read = phone.client().mark_read(&friends, heard.position).await;
        read.unwrap();
    }
    alice.sees(first, Status::Read).await;
    let receipts = alice.client().receipts(&friends, first).await.unwrap();
    assert_eq!(receipts.len(), 2);

    let removed = vec![carol.user_id.clone()];
    let refused = bob
        .client()
        .remove_from_group(&friends, removed.clone())
        .await;
    assert!(matches!(refused, Err(AskError::Request(_))), "{refused:?}");
    let done = alice.client().remove_from_group(&friends, removed).await;
    done.unwrap();
    alice.write(&friends, "she is gone").await;
    bob.hears(&alice).await;
    has_members(&carol, &friends, 0).await;
    let too_late = carol.client().send_text(&friends, "hello?").await;
    let is_out = matches!(too_late, Err(SendError::Write(WriteError::NotInGroup)));
    assert!(is_out, "{too_late:?}");
    // What she gets from others is all that there is for her.
    bob.write(&carol, "sorry").await;
    carol.hears(&bob).await;
    assert_eq!(carol.texts(&friends).await.len(), 2);
    assert_eq!(bob.texts(&friends).await.len(), 3);
}

async fn who_was_away_reads_what_was_written(stack: Deployment) {
    let site = stack.site();
    let (alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let mut carol = Phone::register(site).await;
    let friends = group(&alice, &mut [&mut bob, &mut carol]).await;
    bob.end().await;
    let texts: Vec<String> = (0..40).map(|number| format!("number {number}")).collect();
    for text in &texts[..20] {
        alice.write(&friends, text).await;
    }
    carol.has(&friends, 20).await;
    let answered = carol.write(&friends, "so much").await;
    carol.sees(answered, Status::Accepted).await;
    alice
        .client()
        .rename_group(&friends, "talkers")
        .await
        .unwrap();
    for text in &texts[20..] {
        alice.write(&friends, text).await;
    }
    carol.has(&friends, 41).await;

    bob.open().await;
    bob.has(&friends, 41).await;
    let read = bob.texts(&friends).await;
    let hers: Vec<_> = read.iter().filter(|it| *it != "so much").collect();
    assert_eq!(hers, texts.iter().collect::<Vec<_>>());
    assert_eq!(read, carol.texts(&friends).await);
    let is_renamed = |group: Option<Group>| group.is_some_and(|it| it.name == "talkers");
    knows(&bob, &friends, is_renamed).await;
}

async fn a_further_device_is_in_the_group(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let friends = group(&alice, &mut [&mut bob]).await;
    alice.write(&friends, "before").await;
    bob.hears(&alice).await;
    let mut tablet = bob.link().await;
    has_members(&tablet, &friends, 2).await;
    // Alice does not know of it: it asks for what it cannot read.
    alice.write(&friends, "to both").await;
    bob.hears(&alice).await;
    while !tablet.texts(&friends).await.contains(&"to both".to_owned()) {
        tablet
            .until(|event| {
                matches!(event, Event::Message { .. } | Event::Unreadable { .. }).then_some(())
            })
            .await;
    }
    tablet.write(&friends, "from the tablet").await;
    alice.hears(&bob).await;
    let own = bob.hears(&tablet).await;
    assert_eq!(own.status, Status::Accepted);
    for phone in [&alice, &bob, &tablet] {
        let texts = phone.texts(&friends).await;
        assert_eq!(texts[texts.len() - 2..], ["to both", "from the tablet"]);
    }
}

async fn who_has_an_invite_joins_and_reads_nothing_from_before(stack: Deployment) {
    let site = stack.site();
    let (alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let friends = group(&alice, &mut [&mut bob]).await;
    alice.write(&friends, "before").await;
    bob.hears(&alice).await;
    let mut dave = Phone::register(site).await;
    dave.is_connected().await;
    let invite = alice.client().invite(&friends).await.unwrap();
    assert_eq!(dave.client().join_group(&invite).await.unwrap(), friends);
    bob.until(|event| matches!(event, Event::Group { .. }).then_some(()))
        .await;
    has_members(&bob, &friends, 3).await;
    bob.write(&friends, "welcome").await;
    dave.hears(&bob).await;
    dave.write(&friends, "hello").await;
    bob.hears(&dave).await;
    assert_eq!(dave.texts(&friends).await, ["welcome", "hello"]);
    assert_eq!(bob.texts(&friends).await, ["before", "welcome", "hello"]);

    alice
        .client()
        .revoke_invite(&friends, &invite)
        .await
        .unwrap();
    dave.client().leave_group(&friends).await.unwrap();
    assert!(dave.client().group(&friends).await.unwrap().is_none());
    let again = dave.client().join_group(&invite).await;
    assert!(matches!(again, Err(AskError::Request(_))), "{again:?}");
}

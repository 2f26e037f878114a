//! Accounts that are taken over or deleted.

use crate::devices::{CLOSED_WITHIN, ids, is_out, is_refused};
use crate::media::store::sweep;
use crate::{store, tables};
use heliograph_domain::store::Table;
use heliograph_domain::testing::traces::{OF_OTHERS, Sought, Trace, sort_out};
use heliograph_protocol::ErrorCode;
use heliograph_protocol::people::{Audience, Privacy};
use heliograph_tests::files::upload;
use heliograph_tests::{Deployment, Person, Socket, device, message, scenarios};
use hyper::StatusCode;
use std::time::{Duration, Instant};
use tokio::time::sleep;

scenarios!(
    a_take_over_starts_clean,
    a_deleted_account_is_gone,
    a_deleted_account_leaves_nothing_in_any_table,
);

/// When nobody can be writing any more for who is gone, and a sweep is the last one.
const LATE: Duration = Duration::from_secs(31);

async fn a_take_over_starts_clean(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let laptop = bob.link_device(&mut b, "laptop").await;
    b.set_privacy(|set| {
        set.read_receipts = Some(Audience::Nobody);
        set.last_seen = Some(Audience::Nobody);
    })
    .await;
    // He has been here before, which nobody is to know.
    a.watch(&[&bob]).await;
    b.close().await;
    while a.next_presence().await.online != Some(false) {}
    let mut b = bob.connect().await;
    b.put_numbers(&[(&alice.number, "Alice")]).await;
    b.block(&alice).await;
    b.set_profile("Bob", "photo-of-bob").await;
    let token = b.link_token().await;
    a.send(&bob, "unheard").await.accepted();

    let new = bob.take_over().await;
    assert_eq!(new.user_id(), bob.user_id());
    b.is_closed().await;
    is_out(&bob).await;
    is_out(&laptop).await;
    let refused = bob.site.link(&token, device("tablet", 9)).await;
    is_refused(refused.unwrap_err(), StatusCode::GONE, ErrorCode::Gone);
    let seen = a.watch(&[&new]).await.remove(0);
    assert_eq!((seen.online, seen.last_seen), (Some(false), None));
    let mut n = new.connect().await;
    assert_eq!(ids(&n.devices(&new).await), [1]);
    assert_eq!(n.contacts().await, []);
    assert_eq!(n.blocks().await, []);
    assert_eq!(n.privacy().await, Privacy::default());
    let profile = n.profile(&new).await;
    assert_eq!((profile.username, profile.photo_media_id), (None, None));
    n.has_empty_inbox().await;
    a.send(&new, "do you hear me?").await.accepted();
    assert_eq!(n.next_message().await.content, "do you hear me?");
}

async fn a_deleted_account_is_gone(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    a.put_numbers(&[(&bob.number, "Bob")]).await;
    let laptop = bob.link_device(&mut b, "laptop").await;
    let mut l = laptop.connect().await;
    a.send(&bob, "last words").await.accepted();

    for token in [None, Some("made up"), Some(&*bob.session.refresh_token)] {
        let refused = bob.site.delete_account(token).await.unwrap_err();
        is_refused(
            refused,
            StatusCode::UNAUTHORIZED,
            ErrorCode::Unauthenticated,
        );
    }
    let since = Instant::now();
    bob.delete_account().await.unwrap();
    b.is_closed().await;
    l.is_closed().await;
    let elapsed = since.elapsed();
    assert!(elapsed < CLOSED_WITHIN, "{elapsed:?}");
    is_out(&bob).await;
    is_out(&laptop).await;
    let refused = laptop.delete_account().await.unwrap_err();
    is_refused(refused, StatusCode::FORBIDDEN, ErrorCode::Forbidden);

    a.send(&bob, "are you there?")
        .await
        .refused(ErrorCode::NotFound);
    let error = a.fetch_keys(&bob).await.error();
    assert_eq!(error.code, ErrorCode::NotFound);
    assert_eq!(a.contacts().await.len(), 1, "still called Bob");
    assert_eq!(a.put_numbers(&[(&bob.number, "Bob")]).await, []);

    let new = Person::verify(&bob.site, "bob", &bob.number).await;
    assert_ne!(new.user_id(), bob.user_id());
    let mut n = new.connect().await;
    n.has_empty_inbox().await;
    a.send(&new, "a new Bob").await.accepted();
    assert_eq!(n.next_message().await.content, "a new Bob");
    a.send(&bob, "the old one?")
        .await
        .refused(ErrorCode::NotFound);
    drop((b, l));
    a.close().await;
    n.close().await;
    for gone in [&bob, &laptop] {
        assert_eq!(store::inbox_items(&mut stack, gone).await, 0);
    }
}

/// Everything that leaves a row somewhere; what is sent to a group comes last.
async fn live(stack: &Deployment, bob: &Person, b: &mut Socket, alice: &Person, a: &mut Socket) {
    let photo = upload(b, b"a photo of bob").await;
    b.set_profile("Bob", photo.as_str()).await;
    b.set_privacy(|set| set.last_seen = Some(Audience::Contacts))
        .await;
    b.put_numbers(&[(&alice.number, "Alice")]).await;
    a.put_numbers(&[(&bob.number, "Bob")]).await;
    b.watch(&[alice]).await;
    a.watch(&[bob]).await;
    b.register_push(stack.push_target("bob"))
        .await
        .outcome
        .expect("taken");
    let group = b.create_group("Friday", &[alice]).await.group_id;
    b.invite(&group, 5).await;
    b.send_to_group(&group, "to all").await.accepted();
    a.next_message().await;
    a.send_to_group(&group, "from alice").await.accepted();
    b.next_message().await;
    b.block(alice).await;
    a.block(bob).await;
    b.link_token().await;
}

async fn a_deleted_account_leaves_nothing_in_any_table(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let laptop = bob.link_device(&mut b, "laptop").await;
    live(&stack, &bob, &mut b, &alice, &mut a).await;
    // What waits for others, and for him; his lease outlives his socket.
    let carol = stack.person("carol").await;
    let mut c = carol.connect().await;
    c.send_one(message(&bob, "hi").urgent(false))
        .await
        .accepted();
    c.close().await;
    b.send_one(message(&carol, "hi").urgent(false))
        .await
        .accepted();
    b.close().await;
    a.close().await;
    let user_id = bob.user_id().as_str();
    let number = bob.number.as_str();
    let sought = Sought { user_id, number };
    let before = tables::rows(&mut stack).await;
    let before: Vec<Trace> = before.into_iter().filter(|it| sought.is_in(it)).collect();
    let of = |table| before.iter().filter(|it| it.table == table).count();
    for table in [
        Table::Users,
        Table::Inbox,
        Table::Prekeys,
        Table::Contacts,
        Table::Subscriptions,
        Table::Notifications,
        Table::Groups,
        Table::Deliveries,
        Table::Cleanups,
    ] {
        assert!(of(table) > 0, "nothing in {}", table.name());
    }

    laptop.delete_account().await.unwrap();
    sleep(LATE).await;
    sweep(&mut stack).await;
    let left = tables::rows(&mut stack).await;
    let (kinds, own) = sort_out(sought, left);
    assert_eq!(own, []);
    assert!(kinds.len() >= OF_OTHERS.len() - 2, "{kinds:?}");
}

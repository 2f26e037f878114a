//! Who is told what, and when.

use crate::world::*;
use heliograph_domain::Address;
use heliograph_domain::ports::{ConnectionId, PostErrorKind};
use heliograph_domain::privacy::Said;
use heliograph_domain::store::Table;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::{self, presence};
use heliograph_protocol::UserId;
use heliograph_protocol::people::Audience;
use heliograph_protocol::request::{OutgoingMessage, PresenceSubscribe, PresenceUnsubscribe};

const HOUR_MS: u64 = 60 * 60 * 1000;

#[tokio::test]
async fn coming_and_going_is_told_to_who_watches() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    let before = subscribe(&stage, &alice, &a, &[&bob]).await;
    assert_eq!(before, [how(&bob, Some(false), None)]);
    let b = stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    let on = how(&bob, Some(true), None);
    assert_eq!(stage.sockets.got(&a).presence(), std::slice::from_ref(&on));
    let asked = subscribe(&stage, &alice, &a, &[&bob]).await;
    assert_eq!(asked, std::slice::from_ref(&on));

    stage.clock.advance(5_000);
    let gone_at = stage.clock.read();
    stage.disconnect(&bob, &b).await.unwrap();
    stage.work().await.unwrap();
    let off = how(&bob, Some(false), Some(gone_at));
    assert_eq!(stage.sockets.got(&a).presence(), [on, off.clone()]);
    assert_eq!(subscribe(&stage, &alice, &a, &[&bob]).await, [off]);
}

#[tokio::test]
async fn a_displaced_connection_and_a_second_device_change_nothing() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    let first = stage.connect(&bob).await.unwrap();
    let second = stage.connect(&bob).await.unwrap();
    stage.disconnect(&bob, &first).await.unwrap();
    stage.work().await.unwrap();
    assert_eq!(stage.sockets.got(&a).presence().len(), 1);
    stage.disconnect(&bob, &second).await.unwrap();
    stage.work().await.unwrap();
    assert_eq!(stage.sockets.got(&a).presence().len(), 2);
}

#[tokio::test]
async fn who_unsubscribes_or_reconnects_is_not_told_any_more() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    let request = PresenceUnsubscribe {
        id: id(),
        user_ids: vec![bob.user_id.clone()],
    };
    let cx = stage.app.context();
    presence::unsubscribe(&stage.app, &cx, &alice, request)
        .await
        .unwrap();
    let b = stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    assert_eq!(stage.sockets.got(&a).presence(), []);

    subscribe(&stage, &alice, &a, &[&bob]).await;
    let again = stage.connect(&alice).await.unwrap();
    stage.disconnect(&bob, &b).await.unwrap();
    stage.work().await.unwrap();
    assert_eq!(
        stage.sockets.got(&again).presence(),
        [],
        "a new connection asks anew"
    );
    // The post to the old connection said gone, and took its row away.
    let rows = stage.store.inner.all().into_iter();
    let rows = rows.filter(|item| item.key.sort.starts_with("watcher#"));
    assert_eq!(rows.count(), 0);
}

#[tokio::test]
async fn a_connection_that_ends_without_a_word_is_found_by_its_lease() {
    let (stage, alice, bob) = two().await;
    // Watched only after he has come.
    let came_at = stage.clock.read();
    let b = stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    stage.sockets.close(&b);
    stage.clock.advance(HOUR_MS);
    // Alice's own connection lives no longer than two hours either.
    let a = stage.connect(&alice).await.unwrap();
    assert_eq!(
        subscribe(&stage, &alice, &a, &[&bob]).await[0].online,
        Some(true)
    );
    stage.clock.advance(HOUR_MS + 5 * 60_000);
    usecases::sweep(&stage.app, &stage.app.context())
        .await
        .unwrap();
    stage.work().await.unwrap();
    let told = stage.sockets.got(&a).presence();
    // All that is known is that he came.
    assert_eq!(told, [how(&bob, Some(false), Some(came_at))]);
    usecases::sweep(&stage.app, &stage.app.context())
        .await
        .unwrap();
    assert_eq!(stage.jobs.take(), []);
}

#[tokio::test]
async fn a_lease_whose_end_was_told_is_not_told_again() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    let b = stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    stage.clock.advance(HOUR_MS);
    stage.disconnect(&bob, &b).await.unwrap();
    stage.work().await.unwrap();
    stage.clock.advance(2 * HOUR_MS);
    usecases::sweep(&stage.app, &stage.app.context())
        .await
        .unwrap();
    assert_eq!(stage.jobs.take(), []);
    assert_eq!(stage.store.inner.count(Table::Cleanups), 0);
}

#[tokio::test]
async fn a_post_that_says_gone_tells_that_its_user_is_gone() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    let b = stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    stage.clock.advance(30_000);
    stage.sockets.close(&b);
    let id = stage.message_id().unwrap();
    stage.send(&alice, &bob, id, "aGk").await;
    stage.work().await.unwrap();
    assert_eq!(
        stage.sockets.got(&a).presence().last().unwrap().online,
        Some(false)
    );
}

#[tokio::test]
async fn last_seen_is_written_once_a_minute() {
    let (stage, _, bob) = two().await;
    let begun = stage.clock.read();
    for (at_s, seen_s) in [(0, 0), (59, 0), (60, 60), (61, 60)] {
        stage
            .clock
            .advance(begun + at_s * 1000 - stage.clock.read());
        let b = stage.connect(&bob).await.unwrap();
        stage.disconnect(&bob, &b).await.unwrap();
        stage.work().await.unwrap();
        let b = stage.connect(&bob).await.unwrap();
        let own = subscribe(&stage, &bob, &b, &[&bob]).await;
        assert_eq!(own, [how(&bob, Some(true), Some(begun + seen_s * 1000))]);
        stage.disconnect(&bob, &b).await.unwrap();
        stage.jobs.take();
    }
}

#[tokio::test]
async fn of_who_is_not_there_nothing_is_known() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    let nobody = Address {
        user_id: "nobody".parse::<UserId>().unwrap(),
        ..bob.clone()
    };
    let asked = subscribe(&stage, &alice, &a, &[&nobody, &bob, &nobody]).await;
    let unknown = how(&nobody, None, None);
    assert_eq!(
        asked,
        [unknown.clone(), how(&bob, Some(false), None), unknown]
    );
    let rows = stage.store.inner.all();
    assert!(!rows.iter().any(|item| item.key.partition == "nobody"));
}

#[tokio::test]
async fn what_devices_left_with_others_goes_with_them() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob, &alice]).await;
    let cx = stage.app.context();
    usecases::delete_account(&stage.app, &cx, &alice)
        .await
        .unwrap();
    let left = stage.store.inner.all().into_iter();
    let left: Vec<_> = left
        .filter(|item| item.key.table == Table::Subscriptions)
        .collect();
    assert_eq!(left, []);
}

/// Ephemeral messages reach who may know of the sender's presence, and nobody else.
#[tokio::test]
async fn typing_is_told_as_presence_is() {
    let (stage, alice, bob) = two().await;
    let b = stage.connect(&bob).await.unwrap();
    let typing = async || {
        let id = stage.message_id().unwrap();
        let message = OutgoingMessage::new(id, bob.user_id.clone(), "dHlwaW5n").ephemeral(true);
        let before = stage.sockets.got(&b).messages().len();
        let (sent, _) = stage.send_all(&alice, vec![message]).await;
        assert_eq!(sent.results.len(), 1);
        stage.sockets.got(&b).messages().len() > before
    };
    assert!(typing().await);
    set(&stage, &alice, Audience::Contacts, Audience::Everyone).await;
    assert!(!typing().await, "bob is a stranger to alice");
    let contact = Said {
        contact: true,
        block: false,
    };
    say(&stage, &alice, &bob, contact).await;
    assert!(typing().await);
    set(&stage, &bob, Audience::Nobody, Audience::Everyone).await;
    assert!(!typing().await, "who hides does not see");
    assert_eq!(stage.store.inner.count(Table::Inbox), 0);
}

#[tokio::test]
async fn who_was_removed_is_told_and_asks_nothing() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    // Taken over, and the old socket does not close.
    stage.sockets.refuse_close(Some(PostErrorKind::Throttled));
    stage.register("+46700000001").await.unwrap();
    stage.sockets.refuse_close(None);
    subscribe_is_refused(&stage, &alice, &a, &bob).await;
    stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    assert_eq!(stage.sockets.got(&a).presence(), []);
}

async fn subscribe_is_refused(stage: &Stage, by: &Address, socket: &ConnectionId, to: &Address) {
    let request = PresenceSubscribe {
        id: id(),
        user_ids: vec![to.user_id.clone()],
    };
    let connection = (socket, stage.clock.read());
    let cx = stage.app.context();
    let subscribed = presence::subscribe(&stage.app, &cx, by, connection, request).await;
    assert!(matches!(subscribed, Err(presence::PresenceError::Revoked)));
}

//! Presence: who is told what, when, and at what cost.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::ports::{ConnectionId, PostErrorKind};
use heliograph_domain::privacy::{Said, Setting, Side, sees};
use heliograph_domain::store::Table;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::{self, people, presence};
use heliograph_domain::{Address, Usage};
use heliograph_protocol::people::{Audience, Presence};
use heliograph_protocol::request::{
    BlocksPut, ContactsPut, NewContact, OutgoingMessage, PresenceSubscribe, PresenceUnsubscribe,
    PrivacySet, Who,
};
use heliograph_protocol::{RequestId, UserId};
use proptest::prelude::*;

const HOUR_MS: u64 = 60 * 60 * 1000;

fn id() -> RequestId {
    RequestId::from(1)
}

async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (stage, alice, bob)
}

async fn subscribe(
    stage: &Stage,
    by: &Address,
    socket: &ConnectionId,
    to: &[&Address],
) -> Vec<Presence> {
    let request = PresenceSubscribe {
        id: id(),
        user_ids: to.iter().map(|to| to.user_id.clone()).collect(),
    };
    let connection = (socket, stage.clock.read());
    let cx = stage.app.context();
    let subscribed = presence::subscribe(&stage.app, &cx, by, connection, request).await;
    subscribed.unwrap().presence
}

fn how(of: &Address, online: Option<bool>, last_seen: Option<u64>) -> Presence {
    Presence {
        user_id: of.user_id.clone(),
        online,
        last_seen,
    }
}

async fn set(stage: &Stage, of: &Address, online: Audience, last_seen: Audience) {
    let request = PrivacySet {
        id: id(),
        online: Some(online),
        last_seen: Some(last_seen),
        read_receipts: None,
        photo: None,
        group_add: None,
    };
    let set = people::set_privacy(&stage.app, &stage.app.context(), of, request).await;
    set.unwrap();
}

async fn say(stage: &Stage, of: &Address, to: &Address, said: Said) {
    let cx = stage.app.context();
    if said.contact {
        let contacts = vec![NewContact {
            who: Who::User(to.user_id.clone()),
            name: None,
        }];
        let request = ContactsPut { id: id(), contacts };
        people::put_contacts(&stage.app, &cx, of, request)
            .await
            .unwrap();
    }
    if said.block {
        let user_id = to.user_id.clone();
        let request = BlocksPut { id: id(), user_id };
        people::block(&stage.app, &cx, of, request).await.unwrap();
    }
}

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

fn read_units(usage: Usage) -> u64 {
    usage.read_half_units.div_ceil(2)
}

#[tokio::test]
async fn a_change_is_one_write_and_one_batch_read_for_a_hundred_watchers() {
    let (stage, _, bob) = two().await;
    let mut sockets = Vec::new();
    for n in 0..250 {
        let (watcher, _) = stage.register(&format!("+46710000{n:03}")).await.unwrap();
        let socket = stage.connect(&watcher).await.unwrap();
        subscribe(&stage, &watcher, &socket, &[&bob]).await;
        sockets.push(socket);
    }
    stage.jobs.take();
    let cx = stage.app.context();
    let socket = stage.sockets.open(&bob);
    usecases::connect(&stage.app, &cx, &bob, &socket, cx.now_ms())
        .await
        .unwrap();
    let usage = cx.meter.read();
    assert_eq!(
        (usage.write_units, read_units(usage), usage.posts),
        (1, 1, 0)
    );
    assert_eq!(usage.queue_requests, 1);
    let bills = stage.work().await.unwrap();
    let [usage] = bills[..] else {
        panic!("{bills:?}")
    };
    assert_eq!((usage.write_units, usage.posts), (1, 250));
    // The user, before and after; three pages of watchers, each with a batch read; whom the user
    // blocks; the lease.
    assert_eq!(usage.store_calls, 2 + 2 * 3 + 1 + 1);
    assert_eq!(stage.sockets.told("presence"), 250);
    // Nobody is watched: nothing is read but the user.
    let cx = stage.app.context();
    let (carol, _) = stage.register("+46700000009").await.unwrap();
    presence::announce(&stage.app, &cx, &carol.user_id, cx.now_ms(), None)
        .await
        .unwrap();
    assert_eq!(cx.meter.read().store_calls, 1 + 1 + 1);
}

#[tokio::test]
async fn a_change_that_dies_or_fails_anywhere_is_told_when_it_is_tried_again() {
    for calls in 1..6 {
        let (stage, alice, bob) = two().await;
        let a = stage.connect(&alice).await.unwrap();
        subscribe(&stage, &alice, &a, &[&bob]).await;
        stage.connect(&bob).await.unwrap();
        let job = stage.jobs.take().remove(0);
        let cx = stage.app.context();
        let announce = || presence::announce(&stage.app, &cx, &bob.user_id, cx.now_ms(), None);
        assert!(
            stage.die_at(calls, false, announce()),
            "{job:?} makes five calls"
        );
        announce().await.unwrap();
        assert_eq!(
            stage.sockets.got(&a).presence(),
            [how(&bob, Some(true), None)]
        );
    }
}

/// A slow job tells of a state that another one has told to be over.
#[tokio::test]
async fn the_last_word_is_the_right_one() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    let b = stage.connect(&bob).await.unwrap();
    stage.jobs.take();
    let (app, device) = (stage.app.clone(), bob.clone());
    let mut calls = 0;
    stage.store.probe(move |_| {
        calls += 1;
        if calls == 2 {
            let cx = app.context();
            let left = usecases::disconnect(&app, &cx, &device, &b);
            let left = futures_util::FutureExt::now_or_never(left);
            assert!(matches!(left, Some(Ok(()))));
            let at_ms = cx.now_ms();
            let told = presence::announce(&app, &cx, &device.user_id, at_ms, None);
            let told = futures_util::FutureExt::now_or_never(told);
            assert!(matches!(told, Some(Ok(()))));
        }
        heliograph_domain::testing::stage::Fate::Done
    });
    let cx = stage.app.context();
    let at_ms = cx.now_ms();
    presence::announce(&stage.app, &cx, &bob.user_id, at_ms, None)
        .await
        .unwrap();
    stage.store.stop_probing();
    let told = stage.sockets.got(&a).presence();
    let told: Vec<_> = told.into_iter().map(|it| it.online).collect();
    assert_eq!(told, [Some(false), Some(true), Some(false)]);
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

#[tokio::test]
async fn more_watchers_than_a_job_tells_are_told_by_the_next_one() {
    let (stage, _, bob) = two().await;
    let mut sockets = Vec::new();
    for n in 0..1050 {
        let (watcher, _) = stage.register(&format!("+4671000{n:04}")).await.unwrap();
        let socket = stage.connect(&watcher).await.unwrap();
        subscribe(&stage, &watcher, &socket, &[&bob]).await;
        sockets.push(socket);
    }
    stage.jobs.take();
    stage.connect(&bob).await.unwrap();
    let bills = stage.work().await.unwrap();
    assert_eq!(
        bills.iter().map(|bill| bill.posts).collect::<Vec<_>>(),
        [1000, 50]
    );
    assert_eq!(stage.sockets.told("presence"), 1050);
}

#[tokio::test]
async fn a_watcher_who_does_not_read_keeps_the_others_from_nothing() {
    let (stage, alice, bob) = two().await;
    let a = stage.connect(&alice).await.unwrap();
    subscribe(&stage, &alice, &a, &[&bob]).await;
    stage.sockets.refuse(Some(PostErrorKind::Throttled));
    stage.connect(&bob).await.unwrap();
    stage.work().await.unwrap();
    stage.sockets.refuse(None);
    let rows = stage.store.inner.all().into_iter();
    let rows = rows.filter(|item| item.key.sort.starts_with("watcher#"));
    assert_eq!(rows.count(), 1, "a slow watcher stays one");
}

fn audience() -> impl Strategy<Value = Audience> {
    prop::sample::select(vec![
        Audience::Everyone,
        Audience::Contacts,
        Audience::Nobody,
    ])
}

fn said() -> impl Strategy<Value = Said> {
    (any::<bool>(), any::<bool>()).prop_map(|(contact, block)| Said { contact, block })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The whole matrix, both when subscribing and when told: what is seen is what the rule says.
    #[test]
    fn nobody_learns_what_the_rule_hides(
        owner in (audience(), audience(), said()),
        viewer in (audience(), audience(), said()),
        is_set_before: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (stage, alice, bob) = two().await;
            let say_all = async || {
                set(&stage, &bob, owner.0, owner.1).await;
                set(&stage, &alice, viewer.0, viewer.1).await;
                say(&stage, &bob, &alice, owner.2).await;
                say(&stage, &alice, &bob, viewer.2).await;
            };
            let rule = |setting, of: Audience, by: Audience| {
                let owner = Side { audience: of, said: owner.2 };
                let viewer = Side { audience: by, said: viewer.2 };
                sees(setting, owner, viewer)
            };
            let sees_online = rule(Setting::Online, owner.0, viewer.0);
            let sees_seen = rule(Setting::LastSeen, owner.1, viewer.1);

            let b = stage.connect(&bob).await.unwrap();
            stage.disconnect(&bob, &b).await.unwrap();
            stage.work().await.unwrap();
            stage.clock.advance(60_000);
            let before = stage.clock.read() - 60_000;
            let a = stage.connect(&alice).await.unwrap();
            if is_set_before {
                say_all().await;
            }
            let asked = subscribe(&stage, &alice, &a, &[&bob]).await.remove(0);
            if is_set_before {
                assert_eq!(asked.online, sees_online.then_some(false));
                assert_eq!(asked.last_seen, sees_seen.then_some(before));
            } else {
                say_all().await;
            }
            let b = stage.connect(&bob).await.unwrap();
            stage.work().await.unwrap();
            let on = how(&bob, Some(true), Some(before).filter(|_| sees_seen));
            let expected: Vec<_> = sees_online.then_some(on).into_iter().collect();
            assert_eq!(stage.sockets.got(&a).presence(), expected);

            stage.disconnect(&bob, &b).await.unwrap();
            stage.work().await.unwrap();
            let now = stage.clock.read();
            let told = stage.sockets.got(&a).presence();
            let off = how(
                &bob,
                sees_online.then_some(false),
                sees_seen.then_some(now),
            );
            let is_told = sees_online || sees_seen;
            assert_eq!(told.len(), expected.len() + usize::from(is_told));
            assert_eq!(told.last() == Some(&off), is_told);
        });
    }
}

//! What a change costs, and what becomes of one that dies, fails, or meets another.

use crate::world::*;
use heliograph_domain::Usage;
use heliograph_domain::ports::PostErrorKind;
use heliograph_domain::usecases::{self, presence};
use heliograph_protocol::people::Audience;

fn read_units(usage: Usage) -> u64 {
    usage.read_half_units.div_ceil(2)
}

#[tokio::test]
async fn a_change_is_one_write_and_one_batch_read_for_a_hundred_watchers() {
    let (stage, _, bob) = two().await;
    watched_by(&stage, &bob, 250).await;
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
    // Going is as dear: the last time in the lease's place.
    stage.clock.advance(60_000);
    let cx = stage.app.context();
    usecases::disconnect(&stage.app, &cx, &bob, &socket)
        .await
        .unwrap();
    let usage = cx.meter.read();
    assert_eq!((usage.write_units, usage.read_half_units), (1, 0));
    let bills = stage.work().await.unwrap();
    let [usage] = bills[..] else {
        panic!("{bills:?}")
    };
    assert_eq!((usage.write_units, usage.posts), (1, 250));
    assert_eq!(usage.store_calls, 2 + 2 * 3 + 1 + 1);
    // Where his settings ask for it, his contacts are read, once.
    set(&stage, &bob, Audience::Contacts, Audience::Everyone).await;
    stage.clock.advance(60_000);
    stage.connect(&bob).await.unwrap();
    let bills = stage.work().await.unwrap();
    let [usage] = bills[..] else {
        panic!("{bills:?}")
    };
    // He shows himself to none of them, and that he came is no news to who knows only when he went.
    assert_eq!((usage.write_units, usage.posts), (1, 0));
    assert_eq!(usage.store_calls, 2 + 2 * 3 + 1 + 1 + 1);
    // Nobody is watched: nothing is read but the user.
    let cx = stage.app.context();
    let (carol, _) = stage.register("+46700000009").await.unwrap();
    presence::announce(
        &stage.app,
        &cx,
        &carol.user_id,
        moment(&stage, &carol),
        None,
    )
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
        let announce =
            || presence::announce(&stage.app, &cx, &bob.user_id, moment(&stage, &bob), None);
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
    let went = moment(&stage, &bob);
    let mut calls = 0;
    stage.store.probe(move |_| {
        calls += 1;
        if calls == 2 {
            let cx = app.context();
            let left = usecases::disconnect(&app, &cx, &device, &b);
            let left = futures_util::FutureExt::now_or_never(left);
            assert!(matches!(left, Some(Ok(()))));
            let told = presence::announce(&app, &cx, &device.user_id, went, None);
            let told = futures_util::FutureExt::now_or_never(told);
            assert!(matches!(told, Some(Ok(()))));
        }
        heliograph_domain::testing::stage::Fate::Done
    });
    let cx = stage.app.context();
    presence::announce(&stage.app, &cx, &bob.user_id, went, None)
        .await
        .unwrap();
    stage.store.stop_probing();
    let told = stage.sockets.got(&a).presence();
    let told: Vec<_> = told.into_iter().map(|it| it.online).collect();
    assert_eq!(told, [Some(false), Some(true), Some(false)]);
}

#[tokio::test]
async fn more_watchers_than_a_job_tells_are_told_by_the_next_one() {
    let (stage, _, bob) = two().await;
    watched_by(&stage, &bob, 1050).await;
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

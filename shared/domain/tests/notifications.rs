//! Waking devices that are away: once, for what still waits.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::Address;
use heliograph_domain::ports::{Job, NotifyErrorKind};
use heliograph_domain::store::Table;
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_domain::usecases::{self, NotifyFailure};
use heliograph_protocol::request::{OutgoingMessage, PushRegister, PushTarget, ReceiptStatus};
use heliograph_protocol::{ErrorBody, ErrorCode, RequestId};

fn target() -> PushTarget {
    PushTarget::Apns {
        token: "bobs-phone".to_owned(),
    }
}

async fn register(stage: &Stage, of: &Address, target: PushTarget) -> Result<(), NotifyFailure> {
    let request = PushRegister {
        id: RequestId::from(1),
        target,
    };
    let cx = stage.app.context();
    let registered = usecases::register_push(&stage.app, &cx, of, request).await;
    registered.map(drop)
}

/// Alice, and Bob whose device wants to be woken.
async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    register(&stage, &bob, target()).await.unwrap();
    (stage, alice, bob)
}

async fn send(stage: &Stage, from: &Address, to: &Address) {
    let id = stage.message_id().unwrap();
    stage.send(from, to, id, "aGk").await;
}

async fn send_with(
    stage: &Stage,
    from: &Address,
    to: &Address,
    change: impl Fn(OutgoingMessage) -> OutgoingMessage,
) {
    let id = stage.message_id().unwrap();
    let message = OutgoingMessage::new(id, to.user_id.clone(), "aGk");
    stage.send_all(from, vec![change(message)]).await;
}

/// Works off what waits; who was woken by it.
async fn woken(stage: &Stage) -> Vec<PushTarget> {
    stage.work().await.unwrap();
    stage.bell.take()
}

#[tokio::test]
async fn a_device_that_is_away_is_woken_once_until_it_syncs() {
    let (stage, alice, bob) = two().await;
    send(&stage, &alice, &bob).await;
    send(&stage, &alice, &bob).await;
    assert_eq!(woken(&stage).await, [target()]);
    send(&stage, &alice, &bob).await;
    assert_eq!(woken(&stage).await, []);

    let socket = stage.connect(&bob).await.unwrap();
    stage.sync(&bob, None).await.unwrap();
    send(&stage, &alice, &bob).await;
    stage.disconnect(&bob, &socket).await.unwrap();
    assert_eq!(woken(&stage).await, [], "it was posted");
    send(&stage, &alice, &bob).await;
    assert_eq!(woken(&stage).await, [target()]);
}

#[tokio::test]
async fn only_what_is_urgent_and_kept_wakes() {
    let (stage, alice, bob) = two().await;
    send_with(&stage, &alice, &bob, |it| it.urgent(false)).await;
    send_with(&stage, &alice, &bob, |it| it.ephemeral(true)).await;
    assert_eq!(stage.jobs.take(), []);
    // A device that has not asked for it is not woken.
    send(&stage, &bob, &alice).await;
    assert_eq!(stage.jobs.take(), []);
}

/// It comes, syncs, and goes again before the queue gives the job out, and has acked nothing yet.
#[tokio::test]
async fn a_sync_cancels_what_waits_in_the_queue() {
    let (stage, alice, bob) = two().await;
    for is_first in [true, false] {
        for _ in 0..40 {
            send(&stage, &alice, &bob).await;
            stage.clock.advance(1);
        }
        let mut late = stage.jobs.take().split_off(8);
        let socket = stage.connect(&bob).await.unwrap();
        stage.sync(&bob, None).await.unwrap();
        stage.disconnect(&bob, &socket).await.unwrap();
        late.retain(|job| matches!(job, Job::Notify { .. }));
        assert_eq!(late.len(), 32, "{is_first}");
        let cx = stage.app.context();
        stage.app.queue.send(&cx, late).await.unwrap();
        assert_eq!(woken(&stage).await, []);
        // What it has not read rings.
        send(&stage, &alice, &bob).await;
        assert_eq!(woken(&stage).await, [target()]);
    }
}

/// A page that does not hold all of an inbox cancels what is in it, and no more.
#[tokio::test]
async fn a_sync_cancels_only_what_it_has_answered() {
    let (stage, alice, bob) = two().await;
    let large = "Zm9v".repeat(16_300);
    for _ in 0..2 {
        let id = stage.message_id().unwrap();
        stage.send(&alice, &bob, id, &large).await;
        stage.clock.advance(1);
    }
    let jobs = stage.jobs.take();
    let socket = stage.connect(&bob).await.unwrap();
    let (page, usage) = stage.sync(&bob, None).await.unwrap();
    assert_eq!((page.messages.len(), page.more), (1, true));
    assert_eq!((usage.store_calls, usage.write_units), (2, 1));
    stage.disconnect(&bob, &socket).await.unwrap();
    stage.jobs.take();
    for (job, rings) in std::iter::zip(jobs, [0, 1]) {
        let cx = stage.app.context();
        stage.app.queue.send(&cx, vec![job]).await.unwrap();
        assert_eq!(woken(&stage).await.len(), rings);
    }
}

#[tokio::test]
async fn a_sync_or_an_ack_cancels() {
    let (stage, alice, bob) = two().await;
    send(&stage, &alice, &bob).await;
    let jobs = stage.jobs.take();
    assert_eq!(jobs.len(), 1);
    let socket = stage.connect(&bob).await.unwrap();
    let queue = async |jobs: &[Job]| {
        let cx = stage.app.context();
        stage.app.queue.send(&cx, jobs.to_vec()).await.unwrap();
    };
    queue(&jobs).await;
    assert_eq!(woken(&stage).await, [], "it is connected");
    let (page, _) = stage.sync(&bob, None).await.unwrap();
    let tokens = vec![page.messages[0].ack_token.clone()];
    stage
        .ack(&bob, ReceiptStatus::Delivered, tokens)
        .await
        .unwrap();
    stage.disconnect(&bob, &socket).await.unwrap();
    queue(&jobs).await;
    assert_eq!(woken(&stage).await, [], "it has the message");
}

/// The word that a socket has closed comes late: until then its connection seems to be opening.
#[tokio::test]
async fn a_device_whose_socket_has_just_closed_is_woken() {
    let (stage, alice, bob) = two().await;
    let socket = stage.connect(&bob).await.unwrap();
    stage.sockets.close(&socket);
    send(&stage, &alice, &bob).await;
    assert_eq!(woken(&stage).await, [target()]);
    // Whoever is back by another connection will sync.
    send(&stage, &alice, &bob).await;
    stage.sync(&bob, None).await.unwrap();
    stage.connect(&bob).await.unwrap();
    assert_eq!(woken(&stage).await, []);
}

#[tokio::test]
async fn a_call_that_was_missed_does_not_keep_the_next_one_from_ringing() {
    let (stage, alice, bob) = two().await;
    send_with(&stage, &alice, &bob, |it| it.expires_in_s(60)).await;
    assert_eq!(woken(&stage).await, [target()]);
    stage.clock.advance(60_000);
    send_with(&stage, &alice, &bob, |it| it.expires_in_s(60)).await;
    assert_eq!(woken(&stage).await, [target()]);
    stage.clock.advance(60_000);
    assert_eq!(woken(&stage).await, []);
}

#[tokio::test]
async fn a_notification_that_failed_is_tried_again_and_a_dead_one_is_dropped() {
    let (stage, alice, bob) = two().await;
    send(&stage, &alice, &bob).await;
    stage.bell.refuse(Some(NotifyErrorKind::Unavailable));
    for _ in 0..3 {
        assert!(stage.work().await.is_err());
    }
    stage.bell.refuse(None);
    assert_eq!(woken(&stage).await, [target()]);

    stage.sync(&bob, None).await.unwrap();
    stage.bell.refuse(Some(NotifyErrorKind::Refused));
    send(&stage, &alice, &bob).await;
    stage.work().await.unwrap();
    assert_eq!(stage.store.inner.count(Table::Notifications), 1);

    stage.sync(&bob, None).await.unwrap();
    stage.bell.refuse(Some(NotifyErrorKind::Gone));
    send(&stage, &alice, &bob).await;
    stage.work().await.unwrap();
    assert_eq!(stage.store.inner.count(Table::Notifications), 0);
    stage.bell.refuse(None);
    send(&stage, &alice, &bob).await;
    assert_eq!(stage.jobs.take(), []);
}

#[tokio::test]
async fn a_message_that_is_sent_again_does_not_ring_again() {
    let (stage, alice, bob) = two().await;
    let id = stage.message_id().unwrap();
    for _ in 0..3 {
        stage.send(&alice, &bob, id, "aGk").await;
        stage.work().await.unwrap();
    }
    assert_eq!(stage.bell.take(), [target()]);
}

/// A push service that was away for a while keeps a device asleep no longer than that.
#[tokio::test]
async fn what_failed_for_good_does_not_keep_the_next_one_from_ringing() {
    for kind in [NotifyErrorKind::Unavailable, NotifyErrorKind::Refused] {
        let (stage, alice, bob) = two().await;
        stage.bell.refuse(Some(kind));
        send(&stage, &alice, &bob).await;
        let _ = stage.work().await;
        stage.jobs.take();
        stage.bell.refuse(None);
        send(&stage, &alice, &bob).await;
        assert_eq!(woken(&stage).await, [target()], "{kind:?}");
    }
}

/// Browsers subscribe anew just when the old subscription ends.
#[tokio::test]
async fn the_end_of_an_old_registration_does_not_take_the_new_one() {
    let (stage, alice, bob) = two().await;
    send(&stage, &alice, &bob).await;
    stage.bell.refuse(Some(NotifyErrorKind::Gone));
    let new = PushTarget::Apns {
        token: "new".to_owned(),
    };
    let (app, device, target) = (stage.app.clone(), bob.clone(), new.clone());
    let mut calls = 0;
    stage.store.probe(move |_| {
        calls += 1;
        if calls == 3 {
            let id = RequestId::from(1);
            let target = target.clone();
            let cx = app.context();
            let request = PushRegister { id, target };
            let registering = usecases::register_push(&app, &cx, &device, request);
            let registered = futures_util::FutureExt::now_or_never(registering);
            assert!(matches!(registered, Some(Ok(_))));
        }
        Fate::Done
    });
    stage.work().await.unwrap();
    stage.store.stop_probing();
    stage.bell.refuse(None);
    send(&stage, &alice, &bob).await;
    assert_eq!(woken(&stage).await, [new]);
}

#[tokio::test]
async fn a_job_that_dies_anywhere_wakes_when_it_is_tried_again() {
    for is_done in [false, true] {
        for calls in 1.. {
            let (stage, alice, bob) = two().await;
            send(&stage, &alice, &bob).await;
            let Job::Notify { device, entry, .. } = stage.jobs.take().remove(0) else {
                panic!("not a notification")
            };
            let cx = stage.app.context();
            let work = usecases::notify(&stage.app, &cx, &device, &entry, None);
            let died = stage.die_at(calls, is_done, work);
            usecases::notify(&stage.app, &cx, &device, &entry, None)
                .await
                .unwrap();
            let rung = stage.bell.take().len();
            assert!((1..=2).contains(&rung));
            if !died {
                assert_eq!(calls, 4, "a notification makes 3 calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn many_at_once_wake_a_device_once() {
    let (stage, alice, bob) = two().await;
    for _ in 0..20 {
        send(&stage, &alice, &bob).await;
    }
    let cx = stage.app.context();
    let jobs = stage.jobs.take();
    let work = jobs.iter().map(async |job| {
        if let Job::Notify { device, entry, .. } = job {
            let woken = usecases::notify(&stage.app, &cx, device, entry, None).await;
            woken.unwrap();
        }
    });
    futures_util::future::join_all(work).await;
    assert_eq!(stage.bell.take(), [target()]);
}

#[tokio::test]
async fn a_send_to_a_device_that_is_woken_is_one_request_to_a_queue_more() {
    let (stage, alice, bob) = two().await;
    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&alice, &bob, id, &"Zm9v".repeat(256)).await;
    assert_eq!((usage.write_units, usage.queue_requests), (1, 1));
    let (_, usage) = stage.sync(&bob, None).await.unwrap();
    assert_eq!((usage.store_calls, usage.write_units), (2, 1));
    let cx = stage.app.context();
    usecases::notify(&stage.app, &cx, &bob, "no such entry", None)
        .await
        .unwrap();
    assert_eq!(
        (cx.meter.read().store_calls, cx.meter.read().write_units),
        (1, 0)
    );
}

#[tokio::test]
async fn registering_replaces_unregistering_ends_and_removal_takes_all() {
    let (stage, alice, bob) = two().await;
    let other = PushTarget::Apns {
        token: "another".to_owned(),
    };
    register(&stage, &bob, other.clone()).await.unwrap();
    send(&stage, &alice, &bob).await;
    assert_eq!(woken(&stage).await, [other]);
    let cx = stage.app.context();
    usecases::unregister_push(&stage.app, &cx, &bob)
        .await
        .unwrap();
    send(&stage, &alice, &bob).await;
    assert_eq!(stage.jobs.take(), []);

    let fcm = PushTarget::Fcm {
        token: "x".to_owned(),
    };
    let refused = register(&stage, &bob, fcm).await.unwrap_err();
    assert_eq!(ErrorBody::from(&refused).code, ErrorCode::BadRequest);
    register(&stage, &bob, target()).await.unwrap();
    usecases::delete_account(&stage.app, &cx, &bob)
        .await
        .unwrap();
    assert_eq!(stage.store.inner.count(Table::Notifications), 0);
    let refused = register(&stage, &bob, target()).await.unwrap_err();
    assert!(matches!(refused, NotifyFailure::Revoked));
}

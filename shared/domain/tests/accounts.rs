//! Registration, tokens and take-over.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::testing::stage::{Fate, Stage, device_info};
use heliograph_domain::usecases::{self, AuthorizeError, RefreshError, VerifyError};
use heliograph_protocol::http::{SessionOk, VerifyRequest};
use heliograph_protocol::{ErrorBody, ErrorCode, RegistrationId, UserId};

const NUMBER: &str = "+46700000001";

async fn begin(stage: &Stage) -> (RegistrationId, String) {
    let cx = stage.app.context();
    let number = NUMBER.parse().unwrap();
    let begun = usecases::register(&stage.app, &cx, number, "198.51.100.7")
        .await
        .unwrap();
    (begun.registration_id, stage.codes.last().unwrap())
}

async fn enter(stage: &Stage, id: &RegistrationId, code: &str) -> Result<SessionOk, VerifyError> {
    let request = VerifyRequest {
        code: code.to_owned(),
        device: device_info(),
    };
    usecases::verify(&stage.app, &stage.app.context(), id, request).await
}

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn authorize(stage: &Stage, token: &str) -> Result<UserId, AuthorizeError> {
    let address = usecases::authorize(&stage.app, &stage.app.context(), token).await?;
    Ok(address.user_id)
}

#[tokio::test]
async fn five_wrong_codes_end_a_registration() {
    let stage = Stage::new(1).unwrap();
    let (id, code) = begin(&stage).await;
    for _ in 0..4 {
        let refused = enter(&stage, &id, &another(&code)).await;
        assert!(
            matches!(refused, Err(VerifyError::WrongCode)),
            "{refused:?}"
        );
    }
    assert!(matches!(
        enter(&stage, &id, &another(&code)).await,
        Err(VerifyError::Gone)
    ));
    assert!(matches!(
        enter(&stage, &id, &code).await,
        Err(VerifyError::Gone)
    ));
}

#[tokio::test]
async fn five_minutes_end_a_registration() {
    let stage = Stage::new(1).unwrap();
    let (id, code) = begin(&stage).await;
    stage.clock.advance(5 * 60 * 1000);
    assert!(matches!(
        enter(&stage, &id, &code).await,
        Err(VerifyError::Gone)
    ));
}

#[tokio::test]
async fn a_code_works_once() {
    let stage = Stage::new(1).unwrap();
    let (id, code) = begin(&stage).await;
    enter(&stage, &id, &code).await.unwrap();
    assert!(matches!(
        enter(&stage, &id, &code).await,
        Err(VerifyError::Gone)
    ));
}

#[tokio::test]
async fn a_take_over_keeps_the_user_and_ends_everything_else() {
    let stage = Stage::new(1).unwrap();
    let (old, old_session) = stage.register(NUMBER).await.unwrap();
    let (friend, _) = stage.register("+46700000002").await.unwrap();
    let socket = stage.connect(&old).await.unwrap();
    stage
        .send(&friend, &old, stage.message_id().unwrap(), "b2xk")
        .await;

    let (new, session) = stage.register(NUMBER).await.unwrap();
    assert_eq!(new.user_id, old.user_id);
    assert!(
        new.device_created_at > old.device_created_at,
        "even within one millisecond"
    );
    assert!(stage.sockets.got(&socket).is_closed);
    let refused = authorize(&stage, &old_session.access_token).await;
    assert!(
        matches!(refused, Err(AuthorizeError::Revoked)),
        "{refused:?}"
    );
    let cx = stage.app.context();
    let refused = usecases::refresh(&stage.app, &cx, &old_session.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::Revoked)));
    assert_eq!(
        authorize(&stage, &session.access_token).await.unwrap(),
        new.user_id
    );
    for device in [&old, &new] {
        let (page, _) = stage.sync(device, None).await.unwrap();
        assert_eq!(page.messages, []);
    }
}

#[tokio::test]
async fn a_verification_that_dies_anywhere_leaves_a_whole_account_or_none_and_no_litter() {
    use heliograph_domain::store::{Consistency, Key, Query, Store, Table};
    for is_done in [false, true] {
        for calls in 1.. {
            let stage = Stage::new(1).unwrap();
            let (id, code) = begin(&stage).await;
            let died = stage.die_at(calls, is_done, enter(&stage, &id, &code));
            stage.clock.advance(11 * 60 * 1000);
            usecases::sweep(&stage.app, &stage.app.context())
                .await
                .unwrap();

            let cx = stage.app.context();
            let phone = Key::new(Table::Users, format!("phone#{NUMBER}"));
            let has_phone = stage
                .store
                .get(&cx, &phone, Consistency::Strong)
                .await
                .unwrap();
            let notes = Query::partition(Table::Cleanups, "all", 10);
            assert_eq!(stage.store.query(&cx, &notes).await.unwrap().items, []);
            if let Some(phone) = has_phone {
                let user_id: UserId = phone.text("user_id").unwrap().parse().unwrap();
                let user = heliograph_domain::tables::users::get(&*stage.store, &cx, &user_id);
                let user = user.await.unwrap().unwrap();
                let device = user.devices[0].address(&user_id).to_string();
                let keys = Query::partition(Table::Prekeys, device, 10);
                assert_eq!(stage.store.query(&cx, &keys).await.unwrap().items.len(), 7);
            } else {
                assert_eq!(
                    stage.store.inner.count(Table::Prekeys),
                    0,
                    "died at call {calls}"
                );
            }
            if !died {
                assert_eq!(calls, 8, "a verification makes 7 calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_second_use_removes_the_device() {
    let stage = Stage::new(1).unwrap();
    let (bob, session) = stage.register(NUMBER).await.unwrap();
    let socket = stage.connect(&bob).await.unwrap();
    let cx = stage.app.context();
    let next = usecases::refresh(&stage.app, &cx, &session.refresh_token)
        .await
        .unwrap();
    assert_eq!(
        authorize(&stage, &next.access_token).await.unwrap(),
        bob.user_id
    );

    let again = usecases::refresh(&stage.app, &cx, &session.refresh_token).await;
    assert!(matches!(again, Err(RefreshError::Revoked)), "{again:?}");
    assert!(stage.sockets.got(&socket).is_closed);
    let refused = authorize(&stage, &next.access_token).await;
    assert!(matches!(refused, Err(AuthorizeError::Revoked)));
    let refused = usecases::refresh(&stage.app, &cx, &next.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::Revoked)));
}

#[tokio::test]
async fn a_refresh_whose_write_met_itself_does_not_remove_the_device() {
    let stage = Stage::new(1).unwrap();
    let (_, session) = stage.register(NUMBER).await.unwrap();
    stage.store.at_call(2, Fate::Repeat);
    let cx = stage.app.context();
    let next = usecases::refresh(&stage.app, &cx, &session.refresh_token)
        .await
        .unwrap();
    stage.store.stop_probing();
    usecases::refresh(&stage.app, &cx, &next.refresh_token)
        .await
        .unwrap();
}

/// The answer to the write is lost, another change hides that it was done, and it is tried again.
#[tokio::test]
async fn a_refresh_that_another_change_hides_does_not_remove_the_device() {
    use heliograph_domain::usecases::people::set_privacy;
    use heliograph_protocol::people::Audience;
    use heliograph_protocol::request::PrivacySet;
    let stage = Stage::new(1).unwrap();
    let (bob, session) = stage.register(NUMBER).await.unwrap();
    let (app, device) = (stage.app.clone(), bob.clone());
    let mut is_repeated = false;
    stage.store.probe(move |call| {
        if call.name == "repeat" {
            let request = PrivacySet {
                id: heliograph_protocol::RequestId::from(1),
                online: Some(Audience::Nobody),
                last_seen: None,
                read_receipts: None,
                photo: None,
                group_add: None,
            };
            let cx = app.context();
            let setting = set_privacy(&app, &cx, &device, request);
            let set = futures_util::FutureExt::now_or_never(setting);
            assert!(matches!(set, Some(Ok(_))));
        }
        let is_first = call.name == "write" && !is_repeated;
        is_repeated |= is_first;
        match is_first {
            true => Fate::Repeat,
            false => Fate::Done,
        }
    });
    let cx = stage.app.context();
    let next = usecases::refresh(&stage.app, &cx, &session.refresh_token).await;
    stage.store.stop_probing();
    let next = next.unwrap();
    usecases::refresh(&stage.app, &cx, &next.refresh_token)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_forged_refresh_token_is_known_without_a_read() {
    let stage = Stage::new(1).unwrap();
    let (_, session) = stage.register(NUMBER).await.unwrap();
    let mut forged = session.refresh_token.clone();
    forged.replace_range(0..1, if forged.starts_with('0') { "1" } else { "0" });
    for token in [forged.as_str(), "", ".", "a.b.c", &"x".repeat(10_000)] {
        let cx = stage.app.context();
        let refused = usecases::refresh(&stage.app, &cx, token).await;
        assert!(
            matches!(refused, Err(RefreshError::Unauthenticated(_))),
            "{refused:?}"
        );
        assert_eq!(cx.meter.read().store_calls, 0);
    }
}

#[tokio::test]
async fn an_access_token_ends_after_15_minutes() {
    let stage = Stage::new(1).unwrap();
    let (_, session) = stage.register(NUMBER).await.unwrap();
    stage.clock.advance(15 * 60 * 1000 - 1000);
    authorize(&stage, &session.access_token).await.unwrap();
    stage.clock.advance(1000);
    let refused = authorize(&stage, &session.access_token).await;
    assert!(matches!(refused, Err(AuthorizeError::Unauthenticated(_))));
}

#[tokio::test]
async fn a_device_that_is_removed_while_it_connects_stays_out() {
    use heliograph_domain::testing::stage::Call;
    use std::sync::Arc;
    let stage = Arc::new(Stage::new(1).unwrap());
    let (bob, session) = stage.register(NUMBER).await.unwrap();
    let cx = stage.app.context();
    usecases::refresh(&stage.app, &cx, &session.refresh_token)
        .await
        .unwrap();
    let world = stage.clone();
    let mut is_first = true;
    stage.store.probe(move |call: Call| {
        // Between the connection's write and the read of its user, somebody replays a token.
        if std::mem::take(&mut is_first) || call.name != "get" {
            return Fate::Done;
        }
        let cx = world.app.context();
        let replay = usecases::refresh(&world.app, &cx, &session.refresh_token);
        assert!(
            futures_util::FutureExt::now_or_never(replay)
                .unwrap()
                .is_err()
        );
        Fate::Done
    });
    assert!(stage.connect(&bob).await.is_err());
    stage.store.stop_probing();
}

#[tokio::test]
async fn keys_that_their_device_has_not_signed_are_refused_and_cost_no_attempt() {
    use heliograph_domain::testing::keys::TestIdentity;
    use heliograph_protocol::keys::KeySet;
    let (ours, theirs) = (TestIdentity::new(1), TestIdentity::new(2));
    let forgeries: [fn(&mut KeySet, &TestIdentity); 5] = [
        |keys, theirs| keys.identity_key = theirs.identity_key.clone(),
        |keys, _| keys.identity_key = [0; 64].into(),
        |keys, theirs| keys.signed_prekey = theirs.signed_prekey(1),
        |keys, theirs| keys.last_resort_kem_prekey = theirs.kem_prekey(1),
        |keys, theirs| keys.one_time_kem_prekeys[1] = theirs.kem_prekey(3),
    ];
    let stage = Stage::new(1).unwrap();
    let (id, code) = begin(&stage).await;
    for forge in forgeries {
        let mut device = device_info();
        device.keys = ours.key_set(2);
        forge(&mut device.keys, &theirs);
        let code = code.clone();
        let request = VerifyRequest { code, device };
        let cx = stage.app.context();
        let refused = usecases::verify(&stage.app, &cx, &id, request).await;
        let error = ErrorBody::from(&refused.unwrap_err());
        assert_eq!(error.code, ErrorCode::BadRequest);
        assert_eq!(cx.meter.read().store_calls, 1);
    }
    enter(&stage, &id, &code).await.unwrap();
}

#[tokio::test]
async fn a_revoked_devices_connection_that_does_not_close_is_left_to_the_sweep() {
    use heliograph_domain::ports::PostErrorKind;
    // A connection that is gone may be one that is still opening, for the first 30 s.
    for kind in [PostErrorKind::Throttled, PostErrorKind::Gone] {
        let stage = Stage::new(1).unwrap();
        let (bob, session) = stage.register(NUMBER).await.unwrap();
        let socket = stage.connect(&bob).await.unwrap();
        stage.sockets.refuse_close(Some(kind));
        let mut replies = Vec::new();
        for _ in 0..2 {
            let cx = stage.app.context();
            replies.push(usecases::refresh(&stage.app, &cx, &session.refresh_token).await);
        }
        assert!(replies[1].is_err(), "revoked");
        let sweep = async || usecases::sweep(&stage.app, &stage.app.context()).await;
        stage.clock.advance(30_000);
        stage.sockets.refuse_close(Some(PostErrorKind::Throttled));
        assert_eq!(sweep().await.unwrap().left, 1);
        // A new device of the same id does not hide the old one's socket.
        let (successor, _) = stage.register(NUMBER).await.unwrap();
        let new_socket = stage.connect(&successor).await.unwrap();
        stage.sockets.refuse_close(None);
        assert_eq!(sweep().await.unwrap().cleaned, 1);
        assert!(stage.sockets.got(&socket).is_closed, "{kind:?}");
        assert!(!stage.sockets.got(&new_socket).is_closed, "{kind:?}");
        assert_eq!(sweep().await.unwrap().cleaned, 0, "nothing is left");
    }
}

#[tokio::test]
async fn a_note_that_was_written_anew_is_not_withdrawn() {
    use heliograph_domain::tables::cleanups;
    let stage = Stage::new(1).unwrap();
    let (bob, _) = stage.register(NUMBER).await.unwrap();
    let (store, cx) = (&*stage.app.store, stage.app.context());
    let due = async || cleanups::due(store, &cx, None).await.unwrap().due;
    store.write(&cx, cleanups::note(&bob, 1)).await.unwrap();
    let note = due().await.remove(0);
    store.write(&cx, cleanups::note(&bob, 2)).await.unwrap();
    store.write(&cx, cleanups::withdrawn(&note)).await.unwrap();
    let note = due().await.remove(0);
    store.write(&cx, cleanups::withdrawn(&note)).await.unwrap();
    assert!(due().await.is_empty());
}

#[tokio::test]
async fn registrations_are_limited_by_number_and_by_address() {
    use heliograph_domain::app::Limits;
    let mut stage = Stage::new(1).unwrap();
    stage.app.limits = Limits::default();
    let attempt = async |number: &str, source: &str| {
        let cx = stage.app.context();
        usecases::register(&stage.app, &cx, number.parse().unwrap(), source)
            .await
            .is_ok()
    };
    for n in 0..5 {
        assert!(attempt("+46701234567", &format!("198.51.100.{n}")).await);
    }
    assert!(!attempt("+46701234567", "198.51.100.9").await);
    for n in 0..20 {
        assert!(
            attempt(&format!("+467012345{n:02}"), "203.0.113.1").await,
            "{n}"
        );
    }
    assert!(!attempt("+46701234599", "203.0.113.1").await);
    assert!(
        !attempt("+9991234567", "203.0.113.2").await,
        "no country's number"
    );
}

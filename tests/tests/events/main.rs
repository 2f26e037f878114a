//! Every file of `events/` through the handler that it is a sample for.
//!
//! The people of the samples are put on a stage whose clock stands where the samples' does. Tokens in
//! the samples are made up, so what needs a true one is refused, as it should be; where it matters, the
//! same sample is replayed with a true one.

mod groups;
mod media;

use heliograph_domain::store::Store;
use heliograph_domain::tables::users::{self, Device, User};
use heliograph_domain::tables::{links, prekeys};
use heliograph_domain::testing::keys::TestIdentity;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::tokens::{AccessToken, RefreshToken};
use heliograph_domain::{Address, Context};
use heliograph_lambda::authorizer::Refusal;
use heliograph_lambda::http::HttpEvent;
use heliograph_lambda::jobs::{JobsReply, TriggerReply};
use heliograph_lambda::socket::{SocketEvent, SocketReply};
use heliograph_lambda::{Body, HeaderValue};
use heliograph_protocol::DeviceId;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::PathBuf;

const ALICE: &str = "7f3c2a10-5b1e-4c8e-9a53-0c6d1f2e4b91";
const DEVICES_CREATED_AT: u64 = 1_763_740_800_000;
const ALICES_NUMBER: &str = "+46701234567";
const BOB: &str = "c0a4e6d2-8f17-4e35-b2d9-61b7a93f5e08";
const BOBS_NUMBER: &str = "+46707654321";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
}

fn read<E: DeserializeOwned>(path: &str) -> E {
    let text = std::fs::read_to_string(folder().join(path)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The primary device of somebody of the samples.
fn primary(user_id: &str) -> Address {
    Address {
        user_id: user_id.parse().unwrap(),
        device_id: DeviceId::PRIMARY,
        device_created_at: DEVICES_CREATED_AT,
    }
}

/// Adds a user with so many devices, of which the primary one has two one-time keys of each kind.
async fn add_user(stage: &Stage, user_id: &str, number: &str, devices: u8) {
    let first = primary(user_id);
    let device = |number| {
        let device_id = DeviceId::new(number).unwrap();
        let address = Address {
            device_id,
            ..first.clone()
        };
        let token = RefreshToken::draw(&stage.app.keys, &*stage.app.ids, address);
        Device {
            device_id,
            registration_id: 1,
            name: "sample".to_owned(),
            created_at: first.device_created_at,
            credential: token.credential(),
            is_woken: false,
        }
    };
    let user = User {
        devices: (1..=devices).map(device).collect(),
        last_device_at: first.device_created_at,
        ..User::new(number.parse().unwrap(), first.device_created_at)
    };
    let writes = [
        users::save(&first.user_id, &user).unwrap(),
        users::claim_phone(&first.user_id, &user, false),
    ];
    let (store, cx) = (&*stage.store, stage.app.context());
    for write in writes {
        store.write(&cx, write).await.unwrap();
    }
    let keys = TestIdentity::new(7).key_set(2);
    prekeys::put(store, &cx, &first, &keys).await.unwrap();
}

/// Alice with two devices, Bob with as many as a sample needs.
async fn stage(bobs_devices: u8) -> (Stage, Context) {
    let stage = Stage::new(1).unwrap();
    stage.clock.advance(5_000);
    add_user(&stage, ALICE, ALICES_NUMBER, 2).await;
    add_user(&stage, BOB, BOBS_NUMBER, bobs_devices).await;
    let cx = stage.app.context();
    (stage, cx)
}

fn text(reply: SocketReply) -> String {
    assert_eq!(reply.status_code, 200);
    match reply.body {
        Some(Body::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn has(reply: &str, parts: &[&str]) {
    for part in parts {
        assert!(reply.contains(part), "{part} is not in {reply}");
    }
}

#[tokio::test]
async fn send_accepts_what_is_for_bob_and_refuses_what_is_for_a_group() {
    let (one, cx) = stage(1).await;
    let reply = heliograph_send::handle(&one.app, &cx, read("send/one-to-one.json")).await;
    has(&text(reply), &["\"id\":\"r4\"", "\"accepted\""]);

    let (two, cx) = stage(2).await;
    let event = read("send/contents-per-device.json");
    let reply = text(heliograph_send::handle(&two.app, &cx, event).await);
    has(&reply, &["\"id\":\"r5\"", "\"accepted\""]);

    let reply = heliograph_send::handle(&one.app, &cx, read("send/batch-with-group.json")).await;
    has(
        &text(reply),
        &["\"id\":\"r6\"", "\"accepted\"", "\"not_found\""],
    );
}

#[tokio::test]
async fn ack_refuses_made_up_tokens() {
    let (stage, cx) = stage(1).await;
    for (file, id) in [("ack/delivered.json", "r7"), ("ack/read.json", "r8")] {
        let reply = text(heliograph_ack::handle(&stage.app, &cx, read(file)).await);
        has(&reply, &[id, "\"forbidden\""]);
    }
}

#[tokio::test]
async fn sync_and_status_answer() {
    let (stage, cx) = stage(1).await;
    heliograph_send::handle(&stage.app, &cx, read("send/one-to-one.json")).await;
    let reply = text(heliograph_sync::handle(&stage.app, &cx, read("sync/sync.json")).await);
    has(
        &reply,
        &["\"id\":\"r9\"", "\"messages\":[]", "\"more\":false"],
    );
    let reply = text(heliograph_sync::handle(&stage.app, &cx, read("sync/status.json")).await);
    has(&reply, &["\"id\":\"r10\"", "\"waiting\"", "\"delivered\""]);
}

#[tokio::test]
async fn keys_are_handed_over_and_out() {
    let (stage, cx) = stage(1).await;
    let reply = text(heliograph_keys::handle(&stage.app, &cx, read("keys/upload.json")).await);
    has(
        &reply,
        &[
            "\"id\":\"r11\"",
            "\"one_time_prekeys\":5",
            "\"one_time_kem_prekeys\":3",
        ],
    );
    let reply = text(heliograph_keys::handle(&stage.app, &cx, read("keys/fetch.json")).await);
    has(
        &reply,
        &["\"id\":\"r12\"", "\"device_id\":1", "\"one_time_prekey\":{"],
    );
}

#[tokio::test]
async fn devices_are_listed_linked_and_removed() {
    let (stage, cx) = stage(1).await;
    let list = async || {
        let event = read("devices/list.json");
        text(heliograph_devices::handle(&stage.app, &cx, event).await)
    };
    has(
        &list().await,
        &["\"id\":\"r13\"", "\"device_id\":1", "\"device_id\":2"],
    );
    let reply = text(heliograph_devices::handle(&stage.app, &cx, read("devices/link.json")).await);
    has(&reply, &["\"id\":\"r14\"", "\"link_token\":\""]);
    let event = read("devices/remove.json");
    let reply = text(heliograph_devices::handle(&stage.app, &cx, event).await);
    has(&reply, &["\"id\":\"r15\"", "\"ok\":{}"]);
    assert!(!list().await.contains("\"device_id\":2"));
}

#[tokio::test]
async fn devices_say_how_they_are_woken() {
    let (stage, cx) = stage(1).await;
    for (file, id, part) in [
        ("devices/push-register.json", "r28", "\"ok\":{}"),
        ("devices/push-unregister.json", "r29", "\"ok\":{}"),
        (
            "devices/push-key.json",
            "r30",
            "\"vapid_public_key\":\"a key\"",
        ),
    ] {
        let reply = text(heliograph_devices::handle(&stage.app, &cx, read(file)).await);
        has(&reply, &[id, part]);
    }
}

#[tokio::test]
async fn presence_is_answered_and_its_jobs_are_done() {
    let (stage, cx) = stage(1).await;
    for (file, id, part) in [
        ("presence/subscribe.json", "r26", "\"online\":false"),
        ("presence/unsubscribe.json", "r27", "\"ok\":{}"),
    ] {
        let reply = heliograph_presence::handle(&stage.app, &cx, read(file)).await;
        let TriggerReply::Frame(reply) = reply else {
            panic!("{file} is a frame")
        };
        has(&text(*reply), &[id, part]);
    }
    let reply = heliograph_presence::handle(&stage.app, &cx, read("presence/jobs.json")).await;
    let TriggerReply::Jobs(reply) = reply else {
        panic!("these are jobs")
    };
    // The second one is no job: it comes again, and ends with the dead letters.
    assert_eq!(failed(&reply), ["19dd0b57-b21e-4ac1-bd88-01bbb068cb71"]);
}

#[tokio::test]
async fn a_device_is_not_woken_for_what_does_not_wait() {
    let (stage, cx) = stage(1).await;
    let reply = heliograph_notify::handle(&stage.app, &cx, read("notify/jobs.json")).await;
    assert_eq!(failed(&reply), [""; 0]);
    assert_eq!(stage.bell.take(), []);
}

fn failed(reply: &JobsReply) -> Vec<&str> {
    let failures = reply.batch_item_failures.iter();
    failures.map(|it| it.item_identifier.as_str()).collect()
}

#[tokio::test]
async fn people_find_block_and_describe_each_other() {
    let (stage, cx) = stage(1).await;
    let bob = format!("\"user_id\":\"{BOB}\"");
    let nobody = "[],\"next\":null";
    for (file, id, part) in [
        ("people/profile-set.json", "r16", "\"ok\":{}"),
        ("people/profile-get.json", "r17", "\"username\":\"Alice\""),
        ("people/profile-get.json", "r17", &bob),
        ("people/contacts-put.json", "r18", &bob),
        ("people/contacts-list.json", "r19", "\"name\":\"Bob\""),
        ("people/contacts-remove.json", "r20", "\"ok\":{}"),
        ("people/contacts-list.json", "r19", nobody),
        ("people/blocks-put.json", "r21", "\"ok\":{}"),
        ("people/blocks-list.json", "r22", &bob),
        ("people/blocks-remove.json", "r23", "\"ok\":{}"),
        ("people/blocks-list.json", "r22", nobody),
        (
            "people/privacy-set.json",
            "r24",
            "\"last_seen\":\"contacts\"",
        ),
        (
            "people/privacy-get.json",
            "r25",
            "\"read_receipts\":\"nobody\"",
        ),
    ] {
        let reply = text(heliograph_people::handle(&stage.app, &cx, read(file)).await);
        has(&reply, &[&format!("\"id\":\"{id}\""), part]);
        assert!(!reply.contains("Carol"), "nobody has her number: {reply}");
    }
}

/// A route that leads to the wrong function.
#[tokio::test]
async fn functions_refuse_actions_of_others() {
    let (stage, cx) = stage(1).await;
    let event = || read("default/unknown-action.json");
    for reply in [
        heliograph_sync::handle(&stage.app, &cx, event()).await,
        heliograph_keys::handle(&stage.app, &cx, event()).await,
        heliograph_devices::handle(&stage.app, &cx, event()).await,
        heliograph_people::handle(&stage.app, &cx, event()).await,
        heliograph_groups::handle(&stage.app, &cx, event()).await,
    ] {
        has(&text(reply), &["\"id\":\"r1\"", "unknown action"]);
    }
}

#[tokio::test]
async fn connect_and_disconnect_answer_200_and_the_subprotocol_where_it_was_asked() {
    let (stage, cx) = stage(1).await;
    let reply = heliograph_connect::handle(&stage.app, &cx, read("connect/header.json")).await;
    assert_eq!((reply.status_code, reply.headers.len()), (200, 0));
    let reply = heliograph_connect::handle(&stage.app, &cx, read("connect/subprotocol.json")).await;
    assert_eq!(reply.status_code, 200);
    assert_eq!(reply.headers["sec-websocket-protocol"], "heliograph.v1");
    let event = read("disconnect/closed.json");
    let reply = heliograph_disconnect::handle(&stage.app, &cx, event).await;
    assert_eq!(reply.status_code, 200);
}

#[tokio::test]
async fn default_answers_pings_and_refuses_the_rest() {
    let (stage, cx) = stage(1).await;
    let answer = |file| {
        let event: SocketEvent = read(file);
        text(heliograph_default::handle(&stage.app, &cx, event))
    };
    has(
        &answer("default/ping.json"),
        &["\"id\":\"r3\"", "\"ok\":{}"],
    );
    has(
        &answer("default/unknown-action.json"),
        &["\"id\":\"r1\"", "unknown action"],
    );
    has(
        &answer("default/bad-json.json"),
        &["\"id\":\"r2\"", "\"bad_request\""],
    );
}

#[tokio::test]
async fn authorizer_refuses_made_up_tokens() {
    let (stage, cx) = stage(1).await;
    for file in ["authorizer/header.json", "authorizer/subprotocol.json"] {
        let reply = heliograph_authorizer::handle(&stage.app, &cx, read(file)).await;
        assert!(
            matches!(reply, Err(Refusal::Unauthorized)),
            "{file}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn account_answers_every_call() {
    let (stage, cx) = stage(1).await;
    for (file, status, part) in [
        ("account/health.json", 200, "\"ok\""),
        ("account/register.json", 202, "registration_id"),
        ("account/verify.json", 410, "\"gone\""),
        ("account/tokens.json", 401, "\"unauthenticated\""),
        ("account/link.json", 410, "\"gone\""),
        ("account/delete.json", 401, "\"unauthenticated\""),
    ] {
        let reply = heliograph_account::handle(&stage.app, &cx, read(file)).await;
        assert_eq!(reply.status_code, status, "{file}");
        let Some(Body::Text(body)) = reply.body else {
            panic!("{file}")
        };
        has(&body, &[part]);
    }
}

#[tokio::test]
async fn account_links_a_device_whose_token_was_asked_for() {
    let (stage, cx) = stage(1).await;
    let event: HttpEvent = read("account/link.json");
    let body: serde_json::Value = serde_json::from_str(event.body.as_deref().unwrap()).unwrap();
    let token = body["link_token"].as_str().unwrap();
    let put = links::put(&*stage.store, &cx, token, cx.now_s() + 60);
    put.await.unwrap();
    let reply = heliograph_account::handle(&stage.app, &cx, event).await;
    assert_eq!(reply.status_code, 201);
    let Some(Body::Text(body)) = reply.body else {
        panic!("no body")
    };
    has(&body, &[ALICE, "\"device_id\":3", "\"access_token\":\""]);
}

#[tokio::test]
async fn account_is_deleted_by_whoever_shows_its_token() {
    let (stage, cx) = stage(1).await;
    let token = AccessToken::sign(&stage.app.keys, &primary(ALICE), cx.now_ms()).unwrap();
    let with_token = || {
        let mut event: HttpEvent = read("account/delete.json");
        let value = HeaderValue::from_str(&format!("Bearer {}", token.token)).unwrap();
        event.headers.insert("authorization", value);
        event
    };
    let reply = heliograph_account::handle(&stage.app, &cx, with_token()).await;
    assert_eq!((reply.status_code, reply.body), (204, None));
    let again = heliograph_account::handle(&stage.app, &cx, with_token()).await;
    assert_eq!(again.status_code, 403);
}

#[tokio::test]
async fn sweep_runs() {
    let (stage, cx) = stage(1).await;
    let tick = read("sweep/every-minute.json");
    let report = heliograph_sweep::handle(&stage.app, &cx, tick)
        .await
        .unwrap();
    assert_eq!((report.cleaned, report.alive), (0, 0));
}

/// A sample that nobody replays would go stale.
#[test]
fn no_sample_is_left_out() {
    let source = concat!(
        include_str!("main.rs"),
        include_str!("groups.rs"),
        include_str!("media.rs")
    );
    let mut samples = BTreeSet::new();
    for function in std::fs::read_dir(folder()).unwrap() {
        for sample in std::fs::read_dir(function.unwrap().path()).unwrap() {
            let path = sample.unwrap().path();
            let path = path
                .strip_prefix(folder())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            assert!(
                source.contains(&format!("\"{path}\"")),
                "{path} is not replayed"
            );
            samples.insert(path);
        }
    }
    assert!(samples.len() >= 64);
}

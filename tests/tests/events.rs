//! Every file of `events/` through the handler that it is a sample for.
//!
//! The people of the samples are put on a stage whose clock stands where the samples' does. Tokens in
//! the samples are made up, so what needs a true one is refused, as it should be.

use heliograph_domain::store::{Store, Write};
use heliograph_domain::tables::users::{self, Device, User};
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::tokens::RefreshToken;
use heliograph_domain::{Address, Context};
use heliograph_lambda::Body;
use heliograph_lambda::authorizer::Refusal;
use heliograph_lambda::socket::{SocketEvent, SocketReply};
use heliograph_protocol::{DeviceId, UserId};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::PathBuf;

const ALICE: &str = "7f3c2a10-5b1e-4c8e-9a53-0c6d1f2e4b91";
const ALICES_DEVICE_CREATED_AT: u64 = 1_763_740_800_000;
const BOB: &str = "c0a4e6d2-8f17-4e35-b2d9-61b7a93f5e08";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
}

fn read<E: DeserializeOwned>(path: &str) -> E {
    let text = std::fs::read_to_string(folder().join(path)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

async fn add_user(stage: &Stage, user_id: &str, devices: u8, created_at: u64) {
    let user_id: UserId = user_id.parse().unwrap();
    let device = |number| {
        let device_id = DeviceId::new(number).unwrap();
        let address = Address {
            user_id: user_id.clone(),
            device_id,
            device_created_at: created_at,
        };
        let token = RefreshToken::draw(&stage.app.keys, &*stage.app.ids, address);
        Device {
            device_id,
            registration_id: 1,
            name: "sample".to_owned(),
            created_at,
            credential: token.credential(),
            is_woken: false,
        }
    };
    let number = "+46701234567".parse().unwrap();
    let user = User {
        devices: (1..=devices).map(device).collect(),
        last_device_at: created_at,
        ..User::new(number, created_at)
    };
    let write: Write = users::save(&user_id, &user).unwrap();
    stage
        .store
        .write(&stage.app.context(), write)
        .await
        .unwrap();
}

/// Alice with two devices, Bob with as many as a sample needs.
async fn stage(bobs_devices: u8) -> (Stage, Context) {
    let stage = Stage::new(1).unwrap();
    stage.clock.advance(5_000);
    add_user(&stage, ALICE, 2, ALICES_DEVICE_CREATED_AT).await;
    add_user(&stage, BOB, bobs_devices, ALICES_DEVICE_CREATED_AT).await;
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
    let source = include_str!("events.rs");
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
    assert!(samples.len() >= 20);
}

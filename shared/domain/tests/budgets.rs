//! What each use case is billed on AWS (`design.md` §4): 1 KB messages, one device.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::store::Table;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::{Address, Usage};
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::ReceiptStatus;

async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (stage, alice, bob)
}

/// 1 KB of ciphertext as clients send it: base64.
fn kilobyte() -> String {
    "Zm9v".repeat(256)
}

fn read_units(usage: Usage) -> u64 {
    usage.read_half_units.div_ceil(2)
}

#[tokio::test]
async fn a_send_to_somebody_online_is_1_write_3_reads_1_post() {
    let (stage, alice, bob) = two().await;
    stage.connect(&bob).await.unwrap();
    let id = stage.message_id().unwrap();
    let (outcome, usage) = stage.send(&alice, &bob, id, &kilobyte()).await;
    assert!(matches!(outcome, Some(SendOutcome::Accepted { .. })));
    assert_eq!(
        (usage.write_units, read_units(usage), usage.posts),
        (1, 3, 1)
    );
    assert_eq!((usage.store_calls, usage.queue_requests), (2, 0));
}

#[tokio::test]
async fn a_send_to_somebody_offline_is_one_read_more_and_no_post() {
    let (stage, alice, bob) = two().await;
    let id = stage.message_id().unwrap();
    let (_, usage) = stage.send(&alice, &bob, id, &kilobyte()).await;
    assert_eq!(
        (usage.write_units, read_units(usage), usage.posts),
        (1, 4, 0)
    );
}

#[tokio::test]
async fn an_ack_of_n_is_n_writes_in_batches_of_25_and_1_post() {
    let (stage, alice, bob) = two().await;
    stage.connect(&alice).await.unwrap();
    let socket = stage.connect(&bob).await.unwrap();
    for _ in 0..60 {
        let id = stage.message_id().unwrap();
        stage.send(&alice, &bob, id, &kilobyte()).await;
    }
    let got = stage.sockets.got(&socket).messages();
    let tokens = got.into_iter().map(|message| message.ack_token).collect();
    let usage = stage
        .ack(&bob, ReceiptStatus::Delivered, tokens)
        .await
        .unwrap();
    assert_eq!((usage.write_units, usage.posts), (60, 1));
    // Three batches of deletes, and one read: both users, the sender's connections, blocks either way.
    assert_eq!((usage.store_calls, read_units(usage)), (3 + 1, 5));
}

#[tokio::test]
async fn a_sync_is_one_call_a_page() {
    let (stage, alice, bob) = two().await;
    for _ in 0..120 {
        let id = stage.message_id().unwrap();
        stage.send(&alice, &bob, id, "aGk").await;
    }
    let (page, usage) = stage.sync(&bob, None).await.unwrap();
    assert_eq!(
        (page.messages.len(), page.more, usage.store_calls),
        (100, true, 1)
    );
    let (page, usage) = stage.sync(&bob, page.next).await.unwrap();
    assert_eq!(
        (page.messages.len(), page.more, usage.store_calls),
        (20, false, 1)
    );
}

#[tokio::test]
async fn a_connect_is_1_write_and_1_read() {
    let (stage, _, bob) = two().await;
    let cx = stage.app.context();
    let id = stage.sockets.open(&bob);
    heliograph_domain::usecases::connect(&stage.app, &cx, &bob, &id, cx.now_ms())
        .await
        .unwrap();
    let usage = cx.meter.read();
    assert_eq!(
        (usage.write_units, read_units(usage), usage.store_calls),
        (1, 1, 2)
    );
}

#[tokio::test]
async fn a_disconnect_is_1_write() {
    let (stage, _, bob) = two().await;
    let id = stage.connect(&bob).await.unwrap();
    let cx = stage.app.context();
    heliograph_domain::usecases::disconnect(&stage.app, &cx, &bob, &id)
        .await
        .unwrap();
    let usage = cx.meter.read();
    assert_eq!(
        (usage.write_units, usage.read_half_units, usage.store_calls),
        (1, 0, 1)
    );
}

#[tokio::test]
async fn a_user_with_five_devices_is_read_for_one_unit() {
    let (stage, _, bob) = two().await;
    let cx = stage.app.context();
    let mut user = heliograph_domain::tables::users::get(&*stage.app.store, &cx, &bob.user_id)
        .await
        .unwrap()
        .unwrap();
    let device = user.devices[0].clone();
    user.devices = (0..5).map(|_| device.clone()).collect();
    for device in &mut user.devices {
        device.name = "n".repeat(heliograph_protocol::limits::DEVICE_NAME_CHARS_MAX * 4);
    }
    let longest = |chars| Some("🌞".repeat(chars));
    user.profile = heliograph_domain::tables::users::StoredProfile {
        username: longest(heliograph_protocol::limits::USERNAME_CHARS_MAX),
        about: longest(heliograph_protocol::limits::ABOUT_CHARS_MAX),
        photo_media_id: Some("m".repeat(heliograph_protocol::limits::ID_CHARS_MAX)),
    };
    let write = heliograph_domain::tables::users::save(&bob.user_id, &user).unwrap();
    let heliograph_domain::store::Action::Put(item) = write.action else {
        panic!("a put")
    };
    assert_eq!(item.key.table, Table::Users);
    assert!(heliograph_domain::store::cost::item_bytes(&item) <= 4096);
}

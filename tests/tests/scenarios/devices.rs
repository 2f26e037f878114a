//! Further devices, and their removal.

use crate::store;
use heliograph_domain::store::Table;
use heliograph_protocol::reply::{DeviceSummary, Empty};
use heliograph_protocol::request::{DevicesRemove, ReceiptStatus};
use heliograph_protocol::{DeviceId, ErrorCode};
use heliograph_tests::{Deployment, Person, Refused, Socket, device, message, scenarios};
use hyper::StatusCode;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

scenarios!(
    a_second_device_gets_everything_too,
    a_link_token_links_one_device,
    a_user_has_five_devices_at_most,
    a_removed_device_is_out,
    bad_calls_about_devices_are_refused,
);

/// How soon a removed device's connection is closed (protocol §2).
pub(crate) const CLOSED_WITHIN: Duration = Duration::from_secs(5);

pub(crate) fn ids(devices: &[DeviceSummary]) -> Vec<u8> {
    devices.iter().map(|it| it.device_id.get()).collect()
}

pub(crate) fn is_refused(refused: Refused, status: StatusCode, code: ErrorCode) {
    assert_eq!((refused.status, refused.error.code), (status, code));
}

/// Neither token of the device opens anything.
pub(crate) async fn is_out(person: &Person) {
    let refused = person.try_connect().await;
    assert_eq!(refused.unwrap_err(), StatusCode::FORBIDDEN);
    let token = &person.session.refresh_token;
    let refused = person.site.tokens(token).await.unwrap_err();
    is_refused(refused, StatusCode::FORBIDDEN, ErrorCode::Forbidden);
}

async fn a_second_device_gets_everything_too(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let laptop = bob.link_device(&mut b, "laptop").await;
    assert_eq!(laptop.user_id(), bob.user_id());
    assert_eq!(ids(&b.next_devices().await), [1, 2]);
    let mut l = laptop.connect().await;
    let own = l.devices(&bob).await;
    assert_eq!(own[1].name.as_deref(), Some("laptop"));
    assert_eq!(own[1].registration_id, u16::from(laptop.seed));
    let theirs = a.devices(&bob).await;
    assert_eq!(ids(&theirs), [1, 2]);
    assert!(
        theirs
            .iter()
            .all(|it| it.name.is_none() && it.created_at.is_none())
    );

    let (id, _) = a.send(&bob, "hi both").await.accepted();
    for socket in [&mut b, &mut l] {
        let message = socket.next_message().await;
        assert_eq!(
            (message.message_id, message.content.as_str()),
            (id, "hi both")
        );
        socket.delivered(&[message]).await;
        assert_eq!(a.next_receipt().await.message_id, id);
    }
    let one = DeviceId::PRIMARY;
    let contents = BTreeMap::from([(one, "for the phone only".to_owned())]);
    let sent = a.send_one(message(&bob, contents)).await;
    let error = sent.refused(ErrorCode::MismatchedDevices);
    assert_eq!(error.devices.unwrap().missing, [laptop.device_id()]);

    // A device that is another one by now than the sender knows of.
    let both = || {
        let ids = [one, laptop.device_id()];
        ids.map(|id| (id, "for both".to_owned()))
    };
    let registrations = [(one, u16::from(bob.seed)), (laptop.device_id(), 12_345)];
    let stale = message(&bob, BTreeMap::from(both())).registration_ids(registrations.into());
    let error = a
        .send_one(stale)
        .await
        .refused(ErrorCode::MismatchedDevices);
    let devices = error.devices.unwrap();
    assert_eq!(devices.stale, [laptop.device_id()]);
    assert_eq!((devices.missing, devices.extra), (vec![], vec![]));

    // What one device sends, the other gets from its own user; receipts come to both.
    let (copy, _) = l.send(&bob, "copy for the phone").await.accepted();
    let got = b.next_message().await;
    assert_eq!((got.message_id, got.from_device_id.get()), (copy, 2));
    assert_eq!(got.from_user_id, *bob.user_id());
    b.delivered(&[got]).await;
    let (sent, _) = l.send(&alice, "from the laptop").await.accepted();
    let got = a.next_message().await;
    assert_eq!((got.message_id, got.from_device_id.get()), (sent, 2));
    a.delivered(&[got]).await;
    for socket in [&mut b, &mut l] {
        let receipt = socket.next_receipt().await;
        assert_eq!(receipt.message_id, sent);
        assert_eq!(receipt.status, ReceiptStatus::Delivered);
        socket.has_empty_inbox().await;
        assert_eq!(socket.unseen(), []);
    }
}

async fn a_link_token_links_one_device(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let token = a.link_token().await;
    let mut forged = device("tablet", 3);
    forged.keys.signed_prekey = alice.identity().signed_prekey(1);
    let refused = alice.site.link(&token, forged).await.unwrap_err();
    is_refused(refused, StatusCode::BAD_REQUEST, ErrorCode::BadRequest);
    let session = alice.site.link(&token, device("tablet", 3)).await;
    let tablet = Person {
        session: session.expect("the token is still good"),
        ..alice.clone()
    };

    for token in [&token, "", "made-up", &alice.session.refresh_token] {
        let refused = alice.site.link(token, device("x", 4)).await.unwrap_err();
        is_refused(refused, StatusCode::GONE, ErrorCode::Gone);
    }
    let mut t = tablet.connect().await;
    let error = t.try_link_token().await.error();
    assert_eq!(error.code, ErrorCode::Forbidden, "only the primary links");
    assert_eq!(ids(&a.devices(&alice).await), [1, 2]);
}

async fn a_user_has_five_devices_at_most(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let early = a.link_token().await;
    for number in 2..=5 {
        let linked = alice.link_device(&mut a, "another").await;
        assert_eq!(linked.device_id().get(), number);
    }
    let error = a.try_link_token().await.error();
    assert_eq!(error.code, ErrorCode::Conflict);
    let refused = alice.site.link(&early, device("x", 4)).await.unwrap_err();
    is_refused(refused, StatusCode::CONFLICT, ErrorCode::Conflict);
    assert_eq!(ids(&a.devices(&alice).await), [1, 2, 3, 4, 5]);

    let _: Empty = a.remove_device(DeviceId::new(3).unwrap()).await.ok();
    let linked = alice.site.link(&early, device("x", 4)).await;
    assert_eq!(linked.unwrap().device_id.get(), 3);
}

async fn a_removed_device_is_out(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let laptop = bob.link_device(&mut b, "laptop").await;
    assert_eq!(ids(&b.next_devices().await), [1, 2]);
    let mut l = laptop.connect().await;
    l.register_push(stack.push_target("laptop"))
        .await
        .outcome
        .expect("taken");
    let error = l.remove_device(DeviceId::PRIMARY).await.error();
    assert_eq!(
        error.code,
        ErrorCode::Forbidden,
        "a linked device only itself"
    );
    a.send(&bob, "old mail").await.accepted();
    let old = l.next_message().await;

    let since = Instant::now();
    let _: Empty = b.remove_device(laptop.device_id()).await.ok();
    l.is_closed().await;
    let elapsed = since.elapsed();
    assert!(elapsed < CLOSED_WITHIN, "{elapsed:?}");
    assert_eq!(ids(&b.next_devices().await), [1]);
    is_out(&laptop).await;

    let tablet = bob.link_device(&mut b, "tablet").await;
    assert_eq!(
        tablet.device_id(),
        laptop.device_id(),
        "the id is free again"
    );
    assert_eq!(ids(&b.next_devices().await), [1, 2]);
    is_out(&laptop).await;
    let mut t = tablet.connect().await;
    t.has_empty_inbox().await;
    let acked = t.ack_tokens(ReceiptStatus::Delivered, vec![old.ack_token]);
    assert_eq!(acked.await.error().code, ErrorCode::Forbidden);
    a.send(&bob, "new mail").await.accepted();
    let new = t.next_message().await;
    assert_eq!(new.content, "new mail");

    // A linked device may go by itself; its socket ends, with or without a reply.
    let device_id = tablet.device_id();
    t.begin(|id| DevicesRemove { id, device_id }).await.unwrap();
    t.is_closed().await;
    is_out(&tablet).await;
    drop((l, t));
    a.close().await;
    b.close().await;
    for gone in [&laptop, &tablet] {
        for table in [Table::Inbox, Table::Prekeys, Table::Notifications] {
            let device = gone.inbox_partition();
            let left = store::items(&mut stack, table, &device).await;
            assert_eq!(left, 0, "{}", table.name());
        }
    }
    let device = bob.inbox_partition();
    let kept = store::items(&mut stack, Table::Prekeys, &device).await;
    assert!(kept > 0, "it would be seen");
}

async fn bad_calls_about_devices_are_refused(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a: Socket = alice.connect().await;
    for number in [2, 127] {
        let error = a
            .remove_device(DeviceId::new(number).unwrap())
            .await
            .error();
        assert_eq!(error.code, ErrorCode::NotFound);
    }
    let error = a.remove_device(DeviceId::PRIMARY).await.error();
    assert_eq!(error.code, ErrorCode::Forbidden, "not without the account");
    for mut frame in [
        json!({"action": "devices.remove"}),
        json!({"action": "devices.remove", "device_id": 0}),
        json!({"action": "devices.remove", "device_id": 128}),
        json!({"action": "devices.remove", "device_id": "1"}),
        json!({"action": "devices.list", "user_id": ""}),
        json!({"action": "devices.list", "user_id": 7}),
        json!({"action": "devices.levitate"}),
    ] {
        frame["id"] = json!("x");
        let reply = a.say(&frame.to_string()).await;
        assert_eq!(reply.id.as_deref(), Some("x"), "{frame}");
        assert_eq!(reply.error().code, ErrorCode::BadRequest, "{frame}");
    }
    let frame = json!({"action": "devices.list", "id": "x", "user_id": "nobody"});
    let error = a.say(&frame.to_string()).await.error();
    assert_eq!(error.code, ErrorCode::NotFound);
    for body in [
        "",
        "{}",
        r#"{"link_token":"x"}"#,
        r#"{"link_token":7,"device":{}}"#,
    ] {
        let answer = alice.site.post_text("/v1/devices/link", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(ids(&a.devices(&alice).await), [1]);
    assert_eq!(ids(&a.devices(&bob).await), [1]);
}

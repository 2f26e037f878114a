//! Linking and removing devices.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::Address;
use heliograph_domain::store::{Item, Table};
use heliograph_domain::testing::keys::TestIdentity;
use heliograph_domain::testing::stage::{Fate, Stage, device_info};
use heliograph_domain::usecases::{self, DevicesError, LinkError};
use heliograph_protocol::event::Event;
use heliograph_protocol::http::{DeviceInfo, LinkRequest, SessionOk};
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::{DevicesList, DevicesRemove, KeysFetch, OutgoingMessage};
use heliograph_protocol::{DeviceId, ErrorCode, RequestId};
use std::collections::BTreeMap;

const NUMBER: &str = "+46700000001";

async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register(NUMBER).await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (stage, alice, bob)
}

async fn token(stage: &Stage, by: &Address) -> Result<String, LinkError> {
    let ok = usecases::link_token(&stage.app, &stage.app.context(), by).await;
    ok.map(|ok| ok.link_token)
}

async fn link(stage: &Stage, token: &str) -> Result<SessionOk, LinkError> {
    let request = LinkRequest {
        link_token: token.to_owned(),
        device: device_info(),
    };
    usecases::link(&stage.app, &stage.app.context(), request).await
}

async fn remove(stage: &Stage, by: &Address, device_id: DeviceId) -> Result<(), DevicesError> {
    let request = DevicesRemove {
        id: RequestId::from(1),
        device_id,
    };
    let removed = usecases::remove_device(&stage.app, &stage.app.context(), by, request).await;
    removed.map(drop)
}

async fn ids(stage: &Stage, by: &Address, of: &Address) -> Vec<u8> {
    let request = DevicesList {
        id: RequestId::from(1),
        user_id: Some(of.user_id.clone()),
    };
    let cx = stage.app.context();
    let listed = usecases::list_devices(&stage.app, &cx, by, request).await;
    let devices = listed.unwrap().devices;
    let is_own = by.user_id == of.user_id;
    assert!(devices.iter().all(|device| device.name.is_some() == is_own));
    devices
        .iter()
        .map(|device| device.device_id.get())
        .collect()
}

#[tokio::test]
async fn a_linked_device_is_announced_and_gets_messages_too() {
    let (stage, alice, bob) = two().await;
    let phone = stage.connect(&bob).await.unwrap();
    let laptop = stage.link(&bob).await.unwrap();
    assert_eq!(laptop.device_id.get(), 2);
    let got = stage.sockets.got(&phone).events;
    let [Event::Devices(devices)] = &got[..] else {
        panic!("{got:?}")
    };
    assert_eq!(devices.len(), 2);
    assert_eq!(ids(&stage, &alice, &bob).await, [1, 2]);
    assert_eq!(ids(&stage, &bob, &bob).await, [1, 2]);

    let id = stage.message_id().unwrap();
    stage.send(&alice, &bob, id, "aGk").await;
    let (page, _) = stage.sync(&laptop, None).await.unwrap();
    assert_eq!(page.messages.len(), 1);
    assert_eq!(stage.sockets.got(&phone).messages().len(), 1);
    // A user sends to the own other devices, and not to the sending one.
    let id = stage.message_id().unwrap();
    stage.send(&bob, &bob, id, "bm90ZQ").await;
    let (page, _) = stage.sync(&laptop, None).await.unwrap();
    assert_eq!(page.messages.len(), 2);
    assert_eq!(stage.sockets.got(&phone).messages().len(), 1);
}

#[tokio::test]
async fn a_link_token_links_once_within_ten_minutes() {
    let (stage, alice, _) = two().await;
    let used = token(&stage, &alice).await.unwrap();
    link(&stage, &used).await.unwrap();
    let late = token(&stage, &alice).await.unwrap();
    stage.clock.advance(10 * 60 * 1000);
    for token in [used.as_str(), &late, "", "made up"] {
        let refused = link(&stage, token).await;
        assert!(matches!(refused, Err(LinkError::Gone)), "{refused:?}");
    }
    assert_eq!(ids(&stage, &alice, &alice).await, [1, 2]);
}

#[tokio::test]
async fn a_link_token_dies_with_its_device() {
    let (stage, alice, _) = two().await;
    let token = token(&stage, &alice).await.unwrap();
    stage.register(NUMBER).await.unwrap();
    let refused = link(&stage, &token).await;
    assert!(matches!(refused, Err(LinkError::Gone)), "{refused:?}");
}

/// The second use of a refresh token revokes the device that has it.
#[tokio::test]
async fn a_link_token_dies_with_a_device_that_is_revoked() {
    let stage = Stage::new(1).unwrap();
    let (alice, session) = stage.register(NUMBER).await.unwrap();
    let token = token(&stage, &alice).await.unwrap();
    let cx = stage.app.context();
    for is_first in [true, false] {
        let refreshed = usecases::refresh(&stage.app, &cx, &session.refresh_token).await;
        assert_eq!(refreshed.is_ok(), is_first);
    }
    let refused = link(&stage, &token).await;
    assert!(matches!(refused, Err(LinkError::Gone)), "{refused:?}");
}

#[tokio::test]
async fn five_devices_are_enough_and_only_the_primary_one_links() {
    let (stage, alice, _) = two().await;
    let spare = token(&stage, &alice).await.unwrap();
    let mut devices = Vec::new();
    for _ in 0..4 {
        devices.push(stage.link(&alice).await.unwrap());
    }
    assert_eq!(ids(&stage, &alice, &alice).await, [1, 2, 3, 4, 5]);
    let refused = token(&stage, &alice).await;
    assert!(matches!(refused, Err(LinkError::TooMany)));
    let refused = link(&stage, &spare).await;
    assert!(matches!(refused, Err(LinkError::TooMany)));
    let refused = token(&stage, &devices[0]).await;
    assert!(matches!(refused, Err(LinkError::NotPrimary)));
    remove(&stage, &alice, devices[1].device_id).await.unwrap();
    // The id is free again, and what links it is another device.
    let session = link(&stage, &spare).await.unwrap();
    assert_eq!(session.device_id, devices[1].device_id);
}

/// Both are made in the same millisecond, from the same state of the user.
#[tokio::test]
async fn two_devices_linked_at_once_are_two() {
    let (stage, alice, bob) = two().await;
    let (first, second) = (
        token(&stage, &bob).await.unwrap(),
        token(&stage, &bob).await.unwrap(),
    );
    let app = stage.app.clone();
    let mut is_linked = false;
    stage.store.probe(move |call| {
        if call.name == "transact" && !is_linked {
            is_linked = true;
            let request = LinkRequest {
                link_token: second.clone(),
                device: DeviceInfo {
                    keys: TestIdentity::new(9).key_set(1),
                    ..device_info()
                },
            };
            let cx = app.context();
            let linking = usecases::link(&app, &cx, request);
            let linked = futures_util::FutureExt::now_or_never(linking);
            assert!(matches!(linked, Some(Ok(_))), "{linked:?}");
        }
        Fate::Done
    });
    link(&stage, &first).await.unwrap();
    stage.store.stop_probing();
    assert_eq!(ids(&stage, &alice, &bob).await, [1, 2, 3]);
    let request = KeysFetch {
        id: RequestId::from(1),
        user_id: bob.user_id.clone(),
    };
    let cx = stage.app.context();
    let fetched = usecases::keys::fetch(&stage.app, &cx, &alice, request).await;
    let identities: Vec<_> = fetched.unwrap().devices;
    let identity = |seed| TestIdentity::new(seed).identity_key;
    assert_eq!(identities[1].identity_key, identity(9));
    assert_eq!(identities[2].identity_key, identity(7));
}

#[tokio::test]
async fn a_removed_device_is_out_and_its_successor_reads_nothing_of_it() {
    let (stage, alice, bob) = two().await;
    let laptop = stage.link(&bob).await.unwrap();
    let id = stage.message_id().unwrap();
    stage.send(&alice, &bob, id, "aGk").await;
    let phone = stage.connect(&bob).await.unwrap();
    let socket = stage.connect(&laptop).await.unwrap();
    remove(&stage, &bob, laptop.device_id).await.unwrap();
    assert!(stage.sockets.got(&socket).is_closed);
    let got = stage.sockets.got(&phone).events;
    assert!(matches!(&got[..], [Event::Devices(devices)] if devices.len() == 1));
    assert!(stage.connect(&laptop).await.is_err());
    let again = stage.link(&bob).await.unwrap();
    assert_eq!(again.device_id, laptop.device_id);
    assert_ne!(again, laptop);
    let (page, _) = stage.sync(&again, None).await.unwrap();
    assert_eq!(page.messages, []);
    let of_laptop = |item: &Item| item.key.partition == laptop.to_string();
    assert!(!stage.store.inner.all().iter().any(of_laptop));
}

#[tokio::test]
async fn the_primary_device_removes_others_and_a_linked_one_itself() {
    let (stage, alice, _) = two().await;
    let (second, third) = (
        stage.link(&alice).await.unwrap(),
        stage.link(&alice).await.unwrap(),
    );
    let (one, four) = (DeviceId::PRIMARY, DeviceId::new(4).unwrap());
    for (by, device_id) in [(&alice, one), (&second, one), (&second, third.device_id)] {
        let refused = remove(&stage, by, device_id).await;
        assert!(matches!(refused, Err(DevicesError::Forbidden)));
    }
    let refused = remove(&stage, &alice, four).await;
    assert!(matches!(refused, Err(DevicesError::NotFound)));
    remove(&stage, &second, second.device_id).await.unwrap();
    let refused = remove(&stage, &second, second.device_id).await;
    assert!(matches!(refused, Err(DevicesError::Revoked)));
    assert_eq!(ids(&stage, &alice, &alice).await, [1, 3]);
}

#[tokio::test]
async fn contents_for_other_devices_than_there_are_name_the_difference() {
    let (stage, alice, bob) = two().await;
    let laptop = stage.link(&bob).await.unwrap();
    let send = async |contents: &[u8], registrations: &[(u8, u16)]| {
        let content = |id: &u8| (DeviceId::new(*id).unwrap(), "aGk".to_owned());
        let contents: BTreeMap<_, _> = contents.iter().map(content).collect();
        let registration = |(id, it): &(u8, u16)| (DeviceId::new(*id).unwrap(), *it);
        let id = stage.message_id().unwrap();
        let message = OutgoingMessage::new(id, bob.user_id.clone(), contents)
            .registration_ids(registrations.iter().map(registration).collect());
        let (sent, _) = stage.send_all(&alice, vec![message]).await;
        match sent.results.into_iter().next().unwrap().outcome {
            SendOutcome::Accepted { .. } => None,
            SendOutcome::Refused { error } => {
                assert_eq!(error.code, ErrorCode::MismatchedDevices);
                let devices = error.devices.unwrap();
                let ids = |ids: Vec<DeviceId>| ids.into_iter().map(DeviceId::get).collect();
                let (missing, extra, stale): (Vec<u8>, Vec<u8>, Vec<u8>) =
                    (ids(devices.missing), ids(devices.extra), ids(devices.stale));
                Some((missing, extra, stale))
            }
        }
    };
    assert_eq!(send(&[1, 2], &[]).await, None);
    assert_eq!(send(&[1, 2], &[(1, 7), (2, 7)]).await, None);
    assert_eq!(send(&[1], &[]).await, Some((vec![2], vec![], vec![])));
    assert_eq!(send(&[1, 2, 3], &[]).await, Some((vec![], vec![3], vec![])));
    assert_eq!(
        send(&[2, 3], &[(2, 8), (3, 9)]).await,
        Some((vec![1], vec![3], vec![2]))
    );
    let (page, _) = stage.sync(&laptop, None).await.unwrap();
    assert_eq!(page.messages.len(), 2, "nothing of the refused is stored");
}

#[tokio::test]
async fn what_is_written_late_for_a_removed_device_is_removed_too() {
    let (stage, alice, bob) = two().await;
    let laptop = stage.link(&bob).await.unwrap();
    // A send that has read bob's devices is held up before its put, until the laptop is gone.
    let app = stage.app.clone();
    let (late, device_id) = (bob.clone(), laptop.device_id);
    let mut is_removed = false;
    stage.store.probe(move |call| {
        if call.name == "write" && call.table == Some(Table::Inbox) && !is_removed {
            is_removed = true;
            let request = DevicesRemove {
                id: RequestId::from(1),
                device_id,
            };
            let cx = app.context();
            let removing = usecases::remove_device(&app, &cx, &late, request);
            let removed = futures_util::FutureExt::now_or_never(removing);
            assert!(matches!(removed, Some(Ok(_))));
        }
        Fate::Done
    });
    let id = stage.message_id().unwrap();
    stage.send(&alice, &bob, id, "aGk").await;
    stage.store.stop_probing();
    let (page, _) = stage.sync(&laptop, None).await.unwrap();
    assert_eq!(page.messages.len(), 1, "it came too late to be removed");
    // Its id is given anew before the sweep has come.
    let successor = stage.link(&bob).await.unwrap();
    assert_eq!(successor.device_id, laptop.device_id);
    let (page, _) = stage.sync(&successor, None).await.unwrap();
    assert_eq!(page.messages, []);
    for (advance_ms, left) in [(0, 0), (30_000, 0)] {
        stage.clock.advance(advance_ms);
        usecases::sweep(&stage.app, &stage.app.context())
            .await
            .unwrap();
        let (page, _) = stage.sync(&laptop, None).await.unwrap();
        assert_eq!(page.messages.len(), left);
    }
    let note = |item: &Item| item.key.table == Table::Cleanups;
    assert!(!stage.store.inner.all().iter().any(note));
}

#[tokio::test]
async fn keys_that_are_not_signed_link_nothing() {
    let (stage, alice, _) = two().await;
    let token = token(&stage, &alice).await.unwrap();
    let info = device_info();
    let device = DeviceInfo {
        keys: heliograph_protocol::keys::KeySet {
            identity_key: [0; 64].into(),
            ..info.keys.clone()
        },
        ..info
    };
    let request = LinkRequest {
        link_token: token.clone(),
        device,
    };
    let refused = usecases::link(&stage.app, &stage.app.context(), request).await;
    assert!(matches!(refused, Err(LinkError::Keys(_))));
    link(&stage, &token).await.unwrap();
}

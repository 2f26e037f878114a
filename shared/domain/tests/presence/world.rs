//! Two people on a stage, and what they do.

use heliograph_domain::Address;
use heliograph_domain::ports::{ConnectionId, Moment};
use heliograph_domain::privacy::Said;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::{people, presence};
use heliograph_protocol::RequestId;
use heliograph_protocol::people::{Audience, Presence};
use heliograph_protocol::request::{
    BlocksPut, BlocksRemove, ContactsPut, ContactsRemove, NewContact, PresenceSubscribe,
    PrivacySet, Who,
};

pub(crate) fn id() -> RequestId {
    RequestId::from(1)
}

pub(crate) async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (stage, alice, bob)
}

pub(crate) async fn subscribe(
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

/// Lets so many people watch somebody.
pub(crate) async fn watched_by(stage: &Stage, of: &Address, count: usize) {
    for n in 0..count {
        let (watcher, _) = stage.register(&format!("+4671000{n:04}")).await.unwrap();
        let socket = stage.connect(&watcher).await.unwrap();
        subscribe(stage, &watcher, &socket, &[of]).await;
    }
    stage.jobs.take();
}

pub(crate) fn how(of: &Address, online: Option<bool>, last_seen: Option<u64>) -> Presence {
    Presence {
        user_id: of.user_id.clone(),
        online,
        last_seen,
    }
}

/// A device comes or goes now.
pub(crate) fn moment(stage: &Stage, device: &Address) -> Moment {
    Moment {
        at_ms: stage.clock.read(),
        device_created_at: device.device_created_at,
    }
}

pub(crate) async fn set(stage: &Stage, of: &Address, online: Audience, last_seen: Audience) {
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

/// Lets one person have said this of another, whatever they said before.
pub(crate) async fn say(stage: &Stage, of: &Address, to: &Address, said: Said) {
    let cx = stage.app.context();
    let user_id = to.user_id.clone();
    if said.contact {
        let contacts = vec![NewContact {
            who: Who::User(user_id.clone()),
            name: None,
        }];
        let request = ContactsPut { id: id(), contacts };
        let put = people::put_contacts(&stage.app, &cx, of, request).await;
        put.unwrap();
    } else {
        let user_ids = vec![user_id.clone()];
        let request = ContactsRemove { id: id(), user_ids };
        let removed = people::remove_contacts(&stage.app, &cx, of, request).await;
        removed.unwrap();
    }
    if said.block {
        let request = BlocksPut { id: id(), user_id };
        people::block(&stage.app, &cx, of, request).await.unwrap();
    } else {
        let request = BlocksRemove { id: id(), user_id };
        people::unblock(&stage.app, &cx, of, request).await.unwrap();
    }
}

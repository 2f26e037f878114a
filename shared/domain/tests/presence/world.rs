//! Two people on a stage, and what they do.

use heliograph_domain::Address;
use heliograph_domain::ports::ConnectionId;
use heliograph_domain::privacy::Said;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::{people, presence};
use heliograph_protocol::RequestId;
use heliograph_protocol::people::{Audience, Presence};
use heliograph_protocol::request::{
    BlocksPut, ContactsPut, NewContact, PresenceSubscribe, PrivacySet, Who,
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

pub(crate) async fn say(stage: &Stage, of: &Address, to: &Address, said: Said) {
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

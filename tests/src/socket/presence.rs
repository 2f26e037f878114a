//! What a client asks about presence and notifications.

use super::Socket;
use crate::person::Person;
use crate::reply::Reply;
use heliograph_protocol::people::Presence;
use heliograph_protocol::reply::{Empty, PresenceSubscribeOk, PushKeyOk};
use heliograph_protocol::request::{
    PresenceSubscribe, PresenceUnsubscribe, PushKey, PushRegister, PushTarget, PushUnregister,
};
use std::time::Duration;
use tokio::time::Instant;

impl Socket {
    /// Asks how people are, and to be told of changes.
    pub async fn watch(&mut self, people: &[&Person]) -> Vec<Presence> {
        let user_ids = people.iter().map(|it| it.user_id().clone()).collect();
        let ok: PresenceSubscribeOk = self.ask(|id| PresenceSubscribe { id, user_ids }).await.ok();
        ok.presence
    }

    /// Asks not to be told any more.
    pub async fn unwatch(&mut self, people: &[&Person]) {
        let user_ids = people.iter().map(|it| it.user_id().clone()).collect();
        let _: Empty = self
            .ask(|id| PresenceUnsubscribe { id, user_ids })
            .await
            .ok();
    }

    /// Waits for the word that somebody has come or gone.
    pub async fn next_presence(&mut self) -> Presence {
        self.next_presence_within(self.patience).await
    }

    /// Waits so long for the word that somebody has come or gone.
    pub async fn next_presence_within(&mut self, patience: Duration) -> Presence {
        let end = Instant::now() + patience;
        loop {
            if let Some(presence) = self.presence.pop_front() {
                return presence;
            }
            self.must_take_one(end, "presence").await;
        }
    }

    /// The words of presence that have come and nobody has asked for.
    pub fn unseen_presence(&mut self) -> Vec<Presence> {
        self.presence.drain(..).collect()
    }

    /// Asks to be woken.
    pub async fn register_push(&mut self, target: PushTarget) -> Reply {
        self.ask(|id| PushRegister { id, target }).await
    }

    /// Asks not to be woken any more.
    pub async fn unregister_push(&mut self) {
        let _: Empty = self.ask(|id| PushUnregister { id }).await.ok();
    }

    /// The key that a browser subscribes with.
    pub async fn push_key(&mut self) -> String {
        let ok: PushKeyOk = self.ask(|id| PushKey { id }).await.ok();
        ok.vapid_public_key
    }
}

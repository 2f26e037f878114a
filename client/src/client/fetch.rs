//! What the server is asked before something can be sent: whose keys are which, and who is in a group.

use super::event::Event;
use super::shared::Shared;
use crate::e2ee::KeyChange;
use crate::engine::BeginError;
use crate::store::StoreError;
use crate::transport::{Again, RequestError};
use heliograph_protocol::error::ErrorCode;
use heliograph_protocol::groups::Group;
use heliograph_protocol::reply::KeysFetchOk;
use heliograph_protocol::request::{GroupsGet, KeysFetch, Recipient};
use heliograph_protocol::{GroupId, UserId};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How often, and how far apart, keys are fetched again where the service says that it passes. Chosen here.
const PASSING_TRIES: u32 = 3;
const PASSING: Duration = Duration::from_secs(2);

/// Says what fetching somebody's keys has come to.
pub(super) enum Fetched {
    /// Their devices are known now; whether the user was told of new keys among them.
    Learnt { is_told: bool },
    /// There are none, or none to be trusted, or not now.
    Nothing,
    /// There is no connection.
    Offline,
}

impl Shared {
    /// Asks what those groups are now that have changed, until that is answered.
    pub(super) async fn fetch_groups(self: &Arc<Self>) -> Result<(), StoreError> {
        for (group_id, heard) in self.step(|step, me| me.stale_groups(step)).await? {
            let asked = group_id.clone();
            let get = |id| GroupsGet {
                id,
                group_id: asked,
            };
            match self.ask(get).await {
                Ok(group) => self.learn_group(group).await?,
                Err(error) if is_not_found(&error) => self.leave(group_id, heard).await?,
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Keeps what the server says of a group.
    pub(super) async fn learn_group(self: &Arc<Self>, group: Group) -> Result<(), StoreError> {
        let now_ms = self.clock.now_ms();
        self.step(move |step, me| me.learn_group(step, &group, now_ms))
            .await
    }

    async fn leave(self: &Arc<Self>, group_id: GroupId, heard: u64) -> Result<(), StoreError> {
        let left = self.step(move |step, me| me.not_in_group(step, (&group_id, heard)));
        for progress in left.await? {
            self.tell(progress.into());
        }
        Ok(())
    }

    /// Gives up what waits for somebody who is not there.
    async fn give_up(self: &Arc<Self>, user_id: &UserId) -> Result<(), StoreError> {
        let to = Recipient::User(user_id.clone());
        let given_up = self.step(move |step, me| me.give_up(step, &to));
        for progress in given_up.await? {
            self.tell(progress.into());
        }
        Ok(())
    }

    /// Learns somebody's devices, and begins a session with each.
    pub(super) async fn fetch_keys(
        self: &Arc<Self>,
        user_id: &UserId,
    ) -> Result<Fetched, StoreError> {
        let is_own = *user_id == self.me.address().user_id;
        let mut tries = PASSING_TRIES;
        let asked = loop {
            let whose = user_id.clone();
            let asked = self.connection.ask(|id| KeysFetch { id, user_id: whose });
            match asked.await {
                Err(error) if tries > 0 && passes_soon(&error) => {
                    tries -= 1;
                    sleep(PASSING).await;
                }
                asked => break asked,
            }
        };
        let devices = match asked {
            Ok(KeysFetchOk { devices }) if devices.is_empty() && !is_own => {
                return Ok(Fetched::Nothing);
            }
            Ok(KeysFetchOk { devices }) => devices,
            Err(error) if error.again() == Again::WhenConnected => return Ok(Fetched::Offline),
            Err(error) if is_not_found(&error) => {
                self.give_up(user_id).await?;
                return Ok(Fetched::Nothing);
            }
            Err(_) => return Ok(Fetched::Nothing),
        };
        let whose = user_id.clone();
        let learnt = self.step(move |step, me| me.learn(step, &whose, &devices));
        match learnt.await {
            Ok(change) => {
                // Of one's own devices there is none that the user does not know of.
                let is_told = change == KeyChange::Changed || change == KeyChange::New && is_own;
                if is_told {
                    let user_id = user_id.clone();
                    self.tell(Event::KeysChanged { user_id });
                }
                Ok(Fetched::Learnt { is_told })
            }
            Err(BeginError::Store(error)) => Err(error),
            Err(BeginError::Bundle(_)) => Ok(Fetched::Nothing),
        }
    }
}

/// Tells whether an error is one that passes, but not that keys were fetched too often, which takes minutes.
fn passes_soon(error: &RequestError) -> bool {
    let passes = matches!(error.again(), Again::AfterMs(_));
    let is_limited = matches!(
        error,
        RequestError::Refused(error) if error.code == ErrorCode::RateLimited
    );
    passes && !is_limited
}

fn is_not_found(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused(error) if error.code == ErrorCode::NotFound)
}

//! What the server is asked before something can be sent: whose keys are which, and who is in a group.

use super::event::Event;
use super::shared::Shared;
use crate::e2ee::KeyChange;
use crate::engine::{BeginError, Me};
use crate::store::{StoreError, groups, settings};
use crate::transport::{Again, RequestError};
use futures_util::{StreamExt, stream};
use heliograph_protocol::error::ErrorCode;
use heliograph_protocol::groups::Group;
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::limits::GROUPS_PAGE_MAX;
use heliograph_protocol::reply::{GroupsListOk, KeysFetchOk};
use heliograph_protocol::request::{GroupsGet, GroupsList, KeysFetch, Recipient};
use heliograph_protocol::{GroupId, UserId};
use rusqlite::Transaction;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often, and how far apart, keys are fetched again where the service says that it passes. Chosen here.
const PASSING_TRIES: u32 = 3;
const PASSING_MS: u64 = 2_000;

/// Of how many people keys are fetched at once, as of the members of a group. Chosen here.
const FETCHES_AT_ONCE: usize = 16;

/// Says what fetching somebody's keys has come to.
pub(super) enum Fetched {
    /// Their devices are known now; whether the user was told of new keys among them.
    Learnt { is_told: bool },
    /// There are none, or none to be trusted, or not now.
    Nothing,
    /// There is no such user: what waits for them is given up.
    NotThere,
    /// There is no connection.
    Offline,
}

/// When this device has listed its user's groups last: what they were before it was there it is not told, nor what has
/// changed while it was away for longer than events are kept.
const LISTED_AT: &str = "client.groups_listed_at";

impl Shared {
    /// Lists this user's groups, once a day: what has changed of them is asked for then.
    pub(super) async fn list_groups(self: &Arc<Self>) -> Result<(), StoreError> {
        let Some(now_ms) = self.due_today(LISTED_AT).await? else {
            return Ok(());
        };
        let known = self.step(|step, _| groups::list(step)).await?;
        let (mut after, mut listed) = (None, BTreeSet::new());
        loop {
            let list = |id| GroupsList {
                id,
                after,
                limit: GROUPS_PAGE_MAX,
            };
            let asked = self.connection.ask(list);
            let Ok(GroupsListOk { groups: page, next }) = asked.await else {
                return Ok(());
            };
            listed.extend(page.iter().map(|it| it.group_id.clone()));
            let heard = self.step(move |step, _| {
                page.iter()
                    .try_for_each(|it| groups::hear(step, &it.group_id, it.epoch).map(drop))
            });
            heard.await?;
            match next {
                Some(_) => after = next,
                None => break,
            }
        }
        for (group_id, heard) in known {
            if !listed.contains(&group_id) {
                self.fetch_group(group_id, heard).await?;
            }
        }
        self.step(move |step, _| settings::set(step, LISTED_AT, &now_ms))
            .await
    }

    /// Asks what those groups are now that have changed, until that is answered.
    pub(super) async fn fetch_groups(self: &Arc<Self>) -> Result<(), StoreError> {
        for (group_id, heard) in self.step(|step, me| me.stale_groups(step)).await? {
            self.fetch_group(group_id, heard).await?;
        }
        Ok(())
    }

    /// Asks what a group is, of which an epoch was heard, until that is answered.
    pub(super) async fn fetch_group(
        self: &Arc<Self>,
        group_id: GroupId,
        heard: u64,
    ) -> Result<(), StoreError> {
        let asked = group_id.clone();
        let get = |id| GroupsGet {
            id,
            group_id: asked,
        };
        match self.ask(get).await {
            Ok(group) => self.learn_group(group).await,
            Err(error) if is_not_found(&error) => self.leave(group_id, heard).await,
            Err(_) => Ok(()),
        }
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

    /// Learns the devices of some users, and begins a session with each.
    pub(super) async fn fetch_keys(
        self: &Arc<Self>,
        users: Vec<UserId>,
    ) -> Result<Vec<(UserId, Fetched)>, StoreError> {
        let asked = stream::iter(users).map(async |user_id| {
            let keys = self.keys_of(&user_id).await;
            (user_id, keys)
        });
        let asked: Vec<_> = asked.buffered(FETCHES_AT_ONCE).collect().await;
        // All in one step, as of a group's members: each would wait for the disk.
        let learnt = self.step(move |step, me| {
            let learn = |(user_id, keys)| {
                let fetched = learnt(step, me, (&user_id, keys))?;
                Ok((user_id, fetched))
            };
            asked
                .into_iter()
                .map(learn)
                .collect::<Result<Vec<_>, StoreError>>()
        });
        let learnt = learnt.await?;
        for (user_id, fetched) in &learnt {
            match fetched {
                Fetched::Learnt { is_told: true } => {
                    let user_id = user_id.clone();
                    self.tell(Event::KeysChanged { user_id });
                }
                Fetched::NotThere => self.give_up(user_id).await?,
                _ => {}
            }
        }
        Ok(learnt)
    }

    async fn keys_of(&self, user_id: &UserId) -> Result<Vec<PrekeyBundle>, RequestError> {
        let mut tries = PASSING_TRIES;
        loop {
            let whose = user_id.clone();
            let asked = self.connection.ask(|id| KeysFetch { id, user_id: whose });
            match asked.await {
                Err(error) if tries > 0 && passes_soon(&error) => {
                    tries -= 1;
                    self.clock.sleep_ms(PASSING_MS).await;
                }
                asked => return asked.map(|KeysFetchOk { devices }| devices),
            }
        }
    }
}

/// Takes the answer to who has which keys.
fn learnt(
    step: &Transaction<'_>,
    me: &Me,
    (user_id, asked): (&UserId, Result<Vec<PrekeyBundle>, RequestError>),
) -> Result<Fetched, StoreError> {
    let own = me.address();
    let is_own = *user_id == own.user_id;
    let devices = match asked {
        Ok(devices) if devices.is_empty() && !is_own => return Ok(Fetched::Nothing),
        Ok(devices) => devices,
        Err(error) if error.again() == Again::WhenConnected => return Ok(Fetched::Offline),
        Err(error) if is_not_found(&error) => return Ok(Fetched::NotThere),
        Err(_) => return Ok(Fetched::Nothing),
    };
    match me.learn(step, user_id, &devices) {
        Ok(change) => {
            // Of one's own devices there is none but this that the user does not know of.
            let is_further = devices.iter().any(|it| it.device_id != own.device_id);
            let is_new = change == KeyChange::New && is_own && is_further;
            let is_told = change == KeyChange::Changed || is_new;
            Ok(Fetched::Learnt { is_told })
        }
        Err(BeginError::Store(error)) => Err(error),
        Err(BeginError::Bundle(_)) => Ok(Fetched::Nothing),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeviceAddress;
    use crate::store::{Store, StoreKey};
    use heliograph_protocol::DeviceId;
    use heliograph_protocol::keys::KeySet;

    const NOW_MS: u64 = 1_764_000_000_000;

    /// As where somebody writes before this device has listed the others.
    #[test]
    fn this_device_is_no_further_one() {
        let directory = tempfile::tempdir().unwrap();
        let [store, other] = ["this.db", "other.db"].map(|name| {
            let key = StoreKey::draw().unwrap();
            Store::open(directory.path().join(name), &key).unwrap()
        });
        let address = DeviceAddress {
            user_id: "alice".parse().unwrap(),
            device_id: DeviceId::PRIMARY,
        };
        let [keys, others] = [&store, &other].map(|it| it.step(Me::enrol).unwrap());
        let me = store.step(|step| {
            Me::enrolled(step, &address, NOW_MS)?;
            Me::load(step)
        });
        let me = me.unwrap().unwrap();
        let bundle = |number, keys: &KeySet| PrekeyBundle {
            device_id: DeviceId::new(number).unwrap(),
            registration_id: 1,
            identity_key: keys.identity_key.clone(),
            signed_prekey: keys.signed_prekey.clone(),
            one_time_prekey: None,
            kem_prekey: keys.last_resort_kem_prekey.clone(),
        };
        let (this, further) = (bundle(1, &keys), bundle(2, &others));
        for (devices, expected) in [(vec![this.clone()], false), (vec![this, further], true)] {
            let fetched = store.step(|step| learnt(step, &me, (&address.user_id, Ok(devices))));
            let is_told = matches!(fetched.unwrap(), Fetched::Learnt { is_told: true });
            assert_eq!(is_told, expected);
        }
    }
}

//! Asking how people are, and to be told when that changes.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::ConnectionId;
use crate::privacy::Setting;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::cleanups::Lease;
use crate::tables::connections::{self, Connections, lease_end};
use crate::tables::subscriptions::{self, Watcher};
use crate::tables::users;
use crate::usecases::relation::Circle;
use heliograph_protocol::people::Presence;
use heliograph_protocol::reply::{Empty, PresenceSubscribeOk};
use heliograph_protocol::request::{PresenceSubscribe, PresenceUnsubscribe};
use heliograph_protocol::{ErrorBody, ErrorCode, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Why nobody was subscribed to.
#[derive(Debug, thiserror::Error)]
pub enum PresenceError {
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// The caller asks too often; how long to wait, in milliseconds.
    #[error("too many subscriptions")]
    RateLimited(u64),
    /// The store failed; some may be subscribed to then.
    #[error("subscriptions not stored")]
    Store(#[from] StoreError),
}

impl From<&PresenceError> for ErrorBody {
    fn from(error: &PresenceError) -> Self {
        match error {
            PresenceError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            PresenceError::RateLimited(retry_after_ms) => ErrorBody::rate_limited(*retry_after_ms),
            PresenceError::Store(error) => error.into(),
        }
    }
}

/// Answers how people are, as far as the caller may know, and notes that this connection is to be
/// told of changes.
///
/// It is noted before it is read: a change in between is either read here or told.
///
/// # Errors
/// [`PresenceError`]; subscribing again is safe.
pub async fn subscribe(
    app: &App,
    cx: &Context,
    caller: &Address,
    (connection, connected_at): (&ConnectionId, u64),
    request: PresenceSubscribe,
) -> Result<PresenceSubscribeOk, PresenceError> {
    if let Some(rate) = app.limits.presence_calls {
        let subject = ("presence", &caller.user_id);
        let taken = app.sends.take(subject, rate, cx.now_ms());
        taken.map_err(PresenceError::RateLimited)?;
    }
    let store = &*app.store;
    let circle = Circle::load(app, cx, &caller.user_id, &request.user_ids).await?;
    let circle = circle.filter(|circle| circle.me.device(caller).is_some());
    let circle = circle.ok_or(PresenceError::Revoked)?;
    let is_somebody = |id: &&UserId| **id == caller.user_id || circle.get(id).is_some();
    let ids: BTreeSet<&UserId> = request.user_ids.iter().filter(is_somebody).collect();
    let ids: Vec<UserId> = ids.into_iter().cloned().collect();
    let watcher = Watcher {
        device: caller.clone(),
        connection: connection.clone(),
    };
    let expires_at_s = lease_end(connected_at).div_ceil(1000);
    // Whom the caller blocks is not watched: who hides does not see, and blocks are not asked for
    // again with every change.
    let is_blocked = |id: &&UserId| circle.get(id).is_some_and(|(_, it)| it.i_block());
    let watched: Vec<UserId> = ids.iter().filter(|id| !is_blocked(id)).cloned().collect();
    subscriptions::watch(store, cx, &watcher, &watched, expires_at_s).await?;

    let keys_of = |id| [connections::key(id), subscriptions::seen_key(id)];
    let me = std::iter::once(users::key(&caller.user_id));
    let keys: Vec<Key> = me.chain(ids.iter().flat_map(keys_of)).collect();
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let mut items = items.into_iter();
    // Who is removed meanwhile cleans up behind itself: whoever removed it may have looked before.
    let me = items.next().flatten().as_ref().map(users::from_item);
    if me.transpose()?.is_none_or(|me| me.device(caller).is_none()) {
        subscriptions::clear_device(store, cx, caller, 1).await?;
        return Err(PresenceError::Revoked);
    }
    let (mut known, mut leases) = (BTreeMap::new(), Vec::new());
    for id in &ids {
        let (row, seen) = (items.next().flatten(), items.next().flatten());
        let (user, online_shown, seen_shown) = match circle.get(id) {
            None => (&circle.me, true, true),
            Some((user, relation)) => (
                user,
                relation.i_see(Setting::Online, &circle.me, user),
                relation.i_see(Setting::LastSeen, &circle.me, user),
            ),
        };
        let devices = user.addresses(id);
        let ends_at = Connections::from_item(row).lease_end_of(&devices, cx.now_ms());
        leases.extend(ends_at.map(|ends_at| {
            let user_id = id.clone();
            Lease { user_id, ends_at }.note()
        }));
        let is_online = ends_at.is_some();
        let presence = Presence {
            user_id: id.clone(),
            online: online_shown.then_some(is_online),
            last_seen: subscriptions::seen(seen.as_ref(), user).filter(|_| seen_shown),
        };
        known.insert(id.clone(), presence);
    }
    // Who is there and is watched now is looked after when their lease ends.
    store.batch_write(cx, leases).await?;
    let unknown = |user_id| Presence {
        user_id,
        online: None,
        last_seen: None,
    };
    let asked = request.user_ids.into_iter();
    let presence = asked.map(|id| known.get(&id).cloned().unwrap_or_else(|| unknown(id)));
    Ok(PresenceSubscribeOk {
        presence: presence.collect(),
    })
}

/// Notes that this device is not to be told any more.
///
/// # Errors
/// [`PresenceError`]; some may be noted then.
pub async fn unsubscribe(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: PresenceUnsubscribe,
) -> Result<Empty, PresenceError> {
    let ids: BTreeSet<&UserId> = request.user_ids.iter().collect();
    subscriptions::unwatch(&*app.store, cx, caller, ids).await?;
    Ok(Empty {})
}

//! Removing what belonged to a device or an account that is gone.

use super::{groups, push};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::cleanups::{self, Lease, Subject};
use crate::tables::connections::{self, Connections};
use crate::tables::users::{self, User};
use crate::tables::{contacts, inbox, notifications, prekeys, subscriptions};
use futures_util::future::join_all;
use heliograph_protocol::UserId;

/// How many connections are closed at a time.
const CLOSES_AT_ONCE: usize = 25;

/// How far a clean-up goes before it leaves the rest to the next sweep.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// Pages that are deleted of each kind of rows.
    pub(super) pages: usize,
    /// When nothing more is begun, in milliseconds since the Unix epoch.
    pub(super) until_ms: u64,
    /// When the last lease ends of who is gone, in milliseconds since the Unix epoch: until then
    /// everybody's are looked through. `None` leaves that to the sweep.
    leases_end: Option<u64>,
}

impl Effort {
    /// A sweep's, for what was noted at `due_at`.
    pub(super) fn sweep(due_at: u64) -> Self {
        Self {
            pages: 50,
            until_ms: u64::MAX,
            // Nobody connects any more who was let in before.
            leases_end: Some(connections::lease_end(due_at + cleanups::LATE_MS)),
        }
    }

    /// While somebody waits for an answer, in a function that has 10 s.
    fn prompt(app: &App) -> Self {
        Self {
            pages: 1,
            until_ms: app.clock.now_ms() + 2_000,
            leases_end: None,
        }
    }

    /// Whether nothing more is to be begun.
    pub(super) fn is_spent(self, app: &App) -> bool {
        app.clock.now_ms() >= self.until_ms
    }
}

/// Removes a device from its user; returns the user as it is then, or `None` when it changed
/// meanwhile.
///
/// # Errors
/// The store's; whether the device is removed is not known then.
pub(super) async fn revoke(
    app: &App,
    cx: &Context,
    mut user: User,
    device: &Address,
) -> Result<Option<User>, StoreError> {
    user.devices
        .retain(|kept| kept.address(&device.user_id) != *device);
    let writes = vec![
        users::save(&device.user_id, &user)?,
        cleanups::note(device, cx.now_ms()),
    ];
    if app.store.transact(cx, writes).await? != TransactOutcome::Applied {
        return Ok(None);
    }
    clean_up_promptly(app, cx, &[Subject::Device(device.clone())]).await;
    Ok(Some(user))
}

/// Removes what can be removed while somebody waits: closes the connections, of which there are few,
/// and begins nothing more after two seconds; the notes stay for the sweep, which looks again when
/// nobody can be writing any more.
pub(super) async fn clean_up_promptly(app: &App, cx: &Context, subjects: &[Subject]) {
    let effort = Effort::prompt(app);
    close_all(app, cx, subjects).await;
    for subject in subjects {
        if effort.is_spent(app) {
            tracing::warn!("left to the sweep");
            return;
        }
        let cleaned = match subject {
            Subject::Device(device) => clean_up_device(app, cx, device, effort).await,
            Subject::Account(user_id) => clean_up_account(app, cx, user_id, effort).await,
            // Only the sweep may touch files.
            Subject::Photo(_) => Ok(false),
        };
        if let Err(error) = cleaned {
            tracing::warn!(error = crate::chain(&error), "left to the sweep");
        }
    }
}

/// Closes the connections of all devices among the subjects.
pub(super) async fn close_all(app: &App, cx: &Context, subjects: &[Subject]) {
    let devices = subjects.iter().filter_map(|subject| match subject {
        Subject::Device(device) => Some(device),
        Subject::Account(_) | Subject::Photo(_) => None,
    });
    let devices: Vec<&Address> = devices.collect();
    for some in devices.chunks(CLOSES_AT_ONCE) {
        let closes = some.iter().map(|device| close_connection(app, cx, device));
        for closed in join_all(closes).await {
            if let Err(error) = closed {
                tracing::warn!(error = crate::chain(&error), "left to the sweep");
            }
        }
    }
}

/// Removes what belonged to a device; tells whether nothing is left of it.
///
/// # Errors
/// The store's.
pub(super) async fn clean_up_device(
    app: &App,
    cx: &Context,
    device: &Address,
    effort: Effort,
) -> Result<bool, StoreError> {
    let (store, pages) = (&*app.store, effort.pages);
    let is_closed = close_connection(app, cx, device).await?;
    store.write(cx, notifications::remove(device)).await?;
    // The small ones first: an inbox may be large.
    let is_unsubscribed = subscriptions::clear_device(store, cx, device, pages).await?;
    let is_keyless = prekeys::clear(store, cx, device, pages).await?;
    let is_empty = inbox::clear(store, cx, device, pages).await?;
    Ok(is_closed && is_unsubscribed && is_keyless && is_empty)
}

/// Removes what a former holder of an account left, or all of an account that is gone; tells whether
/// nothing is left of it.
///
/// # Errors
/// The store's.
pub(super) async fn clean_up_account(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    effort: Effort,
) -> Result<bool, StoreError> {
    let (store, pages) = (&*app.store, effort.pages);
    let user = users::get(store, cx, user_id).await?;
    if let Some(user) = &user {
        subscriptions::clear_seen(store, cx, user_id, user).await?;
    }
    let is_clear = contacts::clear(store, cx, user_id, user.as_ref(), pages).await?;
    let has_left = groups::leave_all(app, cx, user_id, user.as_ref(), effort).await;
    let has_left = has_left.map_err(|error| match error {
        groups::GroupError::Store(error) => error,
        // Who is gone is refused nothing but for want of the group.
        _ => StoreError::new(StoreErrorKind::Conflict),
    })?;
    // Its devices' connections are closed by their own notes.
    if user.is_some() {
        return Ok(is_clear && has_left);
    }
    let is_unwatched = subscriptions::clear_user(store, cx, user_id, pages).await?;
    let is_disconnected = connections::forget(store, cx, user_id).await?;
    let has_no_lease = match effort.leases_end {
        Some(end) => cleanups::clear_leases(store, cx, user_id, end, pages).await?,
        None => false,
    };
    Ok(is_clear && has_left && is_unwatched && is_disconnected && has_no_lease)
}

/// Tells whether the device has no connection any more; with it goes the note of its lease.
async fn close_connection(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let key = connections::key(&device.user_id);
    let item = app.store.get(cx, &key, Consistency::Strong).await?;
    match Connections::from_item(item).of(device, cx.now_ms()) {
        Some(connection) => {
            let lease = Lease {
                user_id: device.user_id.clone(),
                ends_at: connections::lease_end(connection.connected_at),
            };
            app.store.write(cx, lease.done()).await?;
            push::close(app, cx, device, &connection).await
        }
        None => Ok(true),
    }
}

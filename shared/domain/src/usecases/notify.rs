//! Waking devices that are away (protocol §4, `urgent`).

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{ConnectionId, NotifyError, NotifyErrorKind, Registration, TargetError};
use crate::store::{Consistency, StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::connections::{self, Connections};
use crate::tables::{inbox, notifications, users};
use heliograph_protocol::reply::{Empty, PushKeyOk};
use heliograph_protocol::request::PushRegister;
use heliograph_protocol::{ErrorBody, ErrorCode};

const TRIES: usize = 5;

/// Why a device is not woken.
#[derive(Debug, thiserror::Error)]
pub enum NotifyFailure {
    /// This deployment cannot wake devices in that way.
    #[error("not accepted")]
    NotAccepted(#[from] TargetError),
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// The service that wakes devices failed.
    #[error("device not woken")]
    Notifier(#[from] NotifyError),
    /// The store failed.
    #[error("registration not read or changed")]
    Store(#[from] StoreError),
}

impl From<&NotifyFailure> for ErrorBody {
    fn from(error: &NotifyFailure) -> Self {
        match error {
            NotifyFailure::NotAccepted(error) => ErrorBody::bad_request(match error {
                TargetError::Kind => "kind: this deployment cannot wake devices in that way",
                TargetError::Endpoint => {
                    "endpoint: expected the address of a push service that is known here"
                }
                TargetError::Keys => {
                    "keys: expected p256dh of 65 bytes and auth of 16, in base64url"
                }
            }),
            NotifyFailure::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            NotifyFailure::Notifier(_) => ErrorBody::unavailable(),
            NotifyFailure::Store(error) => error.into(),
        }
    }
}

/// Notes how a device is woken, in place of what there was.
///
/// # Errors
/// [`NotifyFailure`].
pub async fn register_push(
    app: &App,
    cx: &Context,
    device: &Address,
    request: PushRegister,
) -> Result<Empty, NotifyFailure> {
    app.notifier.accepts(&request.target)?;
    let registration = Registration {
        target: request.target,
        key_id: app.keys.current_id().to_owned(),
    };
    set_registration(app, cx, device, Some(&registration)).await?;
    Ok(Empty {})
}

/// Notes that a device is not to be woken any more.
///
/// # Errors
/// [`NotifyFailure`].
pub async fn unregister_push(
    app: &App,
    cx: &Context,
    device: &Address,
) -> Result<Empty, NotifyFailure> {
    set_registration(app, cx, device, None).await?;
    Ok(Empty {})
}

/// Answers the key that a browser subscribes with.
///
/// # Errors
/// `NotAccepted` where there is no Web Push.
pub fn push_key(app: &App) -> Result<PushKeyOk, NotifyFailure> {
    let key = app.notifier.web_push_key();
    Ok(PushKeyOk {
        vapid_public_key: key.ok_or(TargetError::Kind)?,
    })
}

/// Changes row and user together: who sends reads the user only.
async fn set_registration(
    app: &App,
    cx: &Context,
    device: &Address,
    registration: Option<&Registration>,
) -> Result<(), NotifyFailure> {
    for _ in 0..TRIES {
        let user = users::get(&*app.store, cx, &device.user_id).await?;
        let mut user = user.ok_or(NotifyFailure::Revoked)?;
        let row = user
            .devices
            .iter_mut()
            .find(|row| row.address(&device.user_id) == *device);
        row.ok_or(NotifyFailure::Revoked)?.is_woken = registration.is_some();
        let row = match registration {
            Some(registration) => notifications::put(device, registration, cx.now_ms())?,
            None => notifications::remove(device),
        };
        let writes = vec![users::save(&device.user_id, &user)?, row];
        if app.store.transact(cx, writes).await? == TransactOutcome::Applied {
            return Ok(());
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// Forgets how a device is woken, unless it has said anew how.
async fn drop_registration(
    app: &App,
    cx: &Context,
    device: &Address,
    ended: &Registration,
) -> Result<(), NotifyFailure> {
    let key = notifications::key(device);
    for _ in 0..TRIES {
        let item = app.store.get(cx, &key, Consistency::Strong).await?;
        let row = item.as_ref().map(notifications::from_item).transpose()?;
        let row = row.filter(|row| row.registration == *ended);
        let user = users::get(&*app.store, cx, &device.user_id).await?;
        let (Some(row), Some(mut user)) = (row, user) else {
            return Ok(());
        };
        let mut devices = user.devices.iter_mut();
        let Some(of) = devices.find(|it| it.address(&device.user_id) == *device) else {
            return Ok(());
        };
        of.is_woken = false;
        let drop_row = notifications::drop_row(device, &row);
        let writes = vec![users::save(&device.user_id, &user)?, drop_row];
        if app.store.transact(cx, writes).await? == TransactOutcome::Applied {
            return Ok(());
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// Wakes a device for an entry that waits for it, unless it has been woken since it last synced.
///
/// It is not woken when it has the entry by now, acked or only synced, or is connected by another
/// connection than the one that did not take the entry: then it will sync. Who wakes it says so first, so that
/// of many at once one does; who says so and dies is the one who tries again. What a device was
/// woken for and is gone (acked, or ended unread, as a call does) does not keep it asleep.
///
/// # Errors
/// [`NotifyFailure`]: to be tried again.
pub async fn notify(
    app: &App,
    cx: &Context,
    device: &Address,
    entry: &str,
    tried: Option<&ConnectionId>,
) -> Result<(), NotifyFailure> {
    let store = &*app.store;
    let keys = [
        connections::key(&device.user_id),
        inbox::key(device, entry),
        notifications::key(device),
    ];
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let [connections, waiting, row] = &items[..] else {
        return Ok(());
    };
    let connection = Connections::from_item(connections.clone()).of(device, cx.now_ms());
    let is_back = connection.is_some_and(|connection| Some(&connection.id) != tried);
    let (Some(_), Some(row), false) = (waiting, row, is_back) else {
        return Ok(());
    };
    let row = notifications::from_item(row)?;
    if row.has_synced(entry) {
        return Ok(());
    }
    match &row.claim {
        Some(claim) if claim == entry && row.has_rung => return Ok(()),
        Some(claim) if claim == entry => {}
        Some(claim) if inbox::waits(store, cx, device, claim).await? => return Ok(()),
        _ => {
            if !notifications::claim(store, cx, device, &row, entry).await? {
                return Ok(());
            }
        }
    }
    let Err(error) = app.notifier.notify(&row.registration, cx.now_ms()).await else {
        notifications::rang(store, cx, device, entry).await?;
        return Ok(());
    };
    match error.kind() {
        NotifyErrorKind::Gone => drop_registration(app, cx, device, &row.registration).await,
        NotifyErrorKind::Refused => {
            tracing::warn!(error = crate::chain(&error), "device not woken");
            notifications::unclaim(store, cx, device, entry).await?;
            Ok(())
        }
        NotifyErrorKind::Unavailable => {
            // What comes next is not to find that the device has been woken.
            notifications::unclaim(store, cx, device, entry).await?;
            Err(error.into())
        }
    }
}

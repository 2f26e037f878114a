//! Which devices a user has, and removing one.

use super::cleanup::revoke;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, StoreError, StoreErrorKind};
use crate::tables::connections::{self, Connections};
use crate::tables::users::{self, Device, User};
use futures_util::future::join_all;
use heliograph_protocol::event::Event;
use heliograph_protocol::reply::{DeviceSummary, DevicesListOk, Empty};
use heliograph_protocol::request::{DevicesList, DevicesRemove};
use heliograph_protocol::{DeviceId, ErrorBody, ErrorCode, UserId};

const TRIES: usize = 5;

/// Why devices were not listed or removed.
#[derive(Debug, thiserror::Error)]
pub enum DevicesError {
    /// There is no such user or device.
    #[error("no such user or device")]
    NotFound,
    /// The caller may not remove that device.
    #[error("not the caller's to remove")]
    Forbidden,
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// The store failed.
    #[error("devices not read or changed")]
    Store(#[from] StoreError),
}

impl From<&DevicesError> for ErrorBody {
    fn from(error: &DevicesError) -> Self {
        match error {
            DevicesError::NotFound => ErrorBody::new(ErrorCode::NotFound, "no such user or device"),
            DevicesError::Forbidden => ErrorBody::new(
                ErrorCode::Forbidden,
                "the primary device removes any other, a linked one itself",
            ),
            DevicesError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            DevicesError::Store(error) => error.into(),
        }
    }
}

/// Lists the devices of a user; names and ages to the user's own devices only.
///
/// # Errors
/// `NotFound` for a user who has none.
pub async fn list_devices(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: DevicesList,
) -> Result<DevicesListOk, DevicesError> {
    let user_id = request.user_id.as_ref().unwrap_or(&caller.user_id);
    let user = users::get(&*app.store, cx, user_id).await?;
    let user = user.filter(|user| !user.devices.is_empty());
    let user = user.ok_or(DevicesError::NotFound)?;
    let devices = summaries(&user);
    if *user_id == caller.user_id {
        user.device(caller).ok_or(DevicesError::Revoked)?;
        return Ok(DevicesListOk { devices });
    }
    let public = |device| DeviceSummary {
        name: None,
        created_at: None,
        ..device
    };
    Ok(DevicesListOk {
        devices: devices.into_iter().map(public).collect(),
    })
}

/// Removes a device of the caller's user, and tells the others.
///
/// # Errors
/// [`DevicesError`].
pub async fn remove_device(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: DevicesRemove,
) -> Result<Empty, DevicesError> {
    for _ in 0..TRIES {
        let user = users::get(&*app.store, cx, &caller.user_id).await?;
        let user = user.filter(|user| user.device(caller).is_some());
        let user = user.ok_or(DevicesError::Revoked)?;
        let named = |device: &&Device| device.device_id == request.device_id;
        let device = user.devices.iter().find(named);
        let device = device.ok_or(DevicesError::NotFound)?;
        if !may_remove(caller, device.device_id) {
            return Err(DevicesError::Forbidden);
        }
        let device = device.address(&caller.user_id);
        if let Some(user) = revoke(app, cx, user, &device).await? {
            announce(app, cx, &caller.user_id, &user, None).await;
            return Ok(Empty {});
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// The primary device is removed only together with the account.
fn may_remove(caller: &Address, device_id: DeviceId) -> bool {
    let is_self = caller.device_id == device_id;
    (caller.device_id == DeviceId::PRIMARY) != is_self
}

fn summaries(user: &User) -> Vec<DeviceSummary> {
    let summary = |device: &Device| DeviceSummary {
        device_id: device.device_id,
        registration_id: device.registration_id,
        name: Some(device.name.clone()),
        created_at: Some(device.created_at),
    };
    let mut devices: Vec<DeviceSummary> = user.devices.iter().map(summary).collect();
    devices.sort_by_key(|device| device.device_id);
    devices
}

/// Tells a user's connected devices which devices there are now. Those that are away ask when they
/// come back, or learn of it from `mismatched_devices`.
pub(super) async fn announce(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    user: &User,
    except: Option<&Address>,
) {
    let key = connections::key(user_id);
    let item = match app.store.get(cx, &key, Consistency::Strong).await {
        Ok(item) => item,
        Err(error) => {
            tracing::warn!(error = crate::chain(&error), "devices not announced");
            return;
        }
    };
    let connections = Connections::from_item(item);
    let posts = user.addresses(user_id).into_iter().filter_map(|device| {
        let connection = connections.of(&device, cx.now_ms())?;
        (Some(&device) != except).then_some((device, connection))
    });
    let posts = posts.map(async |(device, connection)| {
        let event = Event::Devices(summaries(user));
        super::push::post(app, cx, &device, &connection, event).await
    });
    join_all(posts).await;
}

//! Taking what sessions with a user's devices begin with.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::prekeys::{self, Taken};
use crate::tables::users::Device;
use crate::tables::{limits, users};
use crate::usecases::push;
use futures_util::future::{join_all, try_join_all, try_join3};
use heliograph_protocol::event::Event;
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::limits::ONE_TIME_KEYS_LOW;
use heliograph_protocol::reply::{KeysFetchOk, KeysUploadOk};
use heliograph_protocol::request::KeysFetch;
use heliograph_protocol::{ErrorBody, ErrorCode, UserId};

/// Why no keys were handed out.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no such user, or no device to talk to.
    #[error("no such user")]
    NotFound,
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// The caller took too many of that user's keys; how long to wait, in milliseconds.
    #[error("too many fetches")]
    RateLimited(u64),
    /// The store failed; keys may be lost then.
    #[error("keys not read")]
    Store(#[from] StoreError),
}

impl From<&FetchError> for ErrorBody {
    fn from(error: &FetchError) -> Self {
        match error {
            FetchError::NotFound => ErrorBody::new(ErrorCode::NotFound, "no such user"),
            FetchError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            FetchError::RateLimited(retry_after_ms) => ErrorBody::rate_limited(*retry_after_ms),
            FetchError::Store(error) => error.into(),
        }
    }
}

/// Hands out one bundle for each device of a user, but the caller's own; tells devices that have few
/// one-time keys left.
///
/// Costs at most 3 units to read and 2 to write for each device, and one more to read the user, and
/// one of each for the limit.
///
/// # Errors
/// [`FetchError`].
pub async fn fetch(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: KeysFetch,
) -> Result<KeysFetchOk, FetchError> {
    let user_id = &request.user_id;
    let store = &*app.store;
    if let Some(rate) = app.limits.key_fetches_per_pair {
        let subject = app.keys.blind(&[caller.user_id.as_str(), user_id.as_str()]);
        let taken = limits::take(store, cx, "key-fetch", &subject, rate).await?;
        taken.map_err(FetchError::RateLimited)?;
    }
    let user = users::get(store, cx, user_id).await?;
    let mut devices = user.map_or_else(Vec::new, |user| user.devices);
    let count = devices.len();
    devices.retain(|device| device.address(user_id) != *caller);
    if *user_id == caller.user_id && devices.len() == count {
        return Err(FetchError::Revoked);
    }
    if devices.is_empty() && *user_id != caller.user_id {
        return Err(FetchError::NotFound);
    }
    devices.sort_by_key(|device| device.device_id);
    let taken = devices.iter().map(|device| take(app, cx, user_id, device));
    let taken: Vec<Bundle> = try_join_all(taken).await?.into_iter().flatten().collect();
    if taken.is_empty() && *user_id != caller.user_id {
        return Err(FetchError::NotFound);
    }
    tell_low(app, cx, user_id, &taken).await;
    Ok(KeysFetchOk {
        devices: taken.into_iter().map(|taken| taken.bundle).collect(),
    })
}

/// A bundle, and how many one-time keys are left of its device.
struct Bundle {
    of: Address,
    bundle: PrekeyBundle,
    left: Option<KeysUploadOk>,
}

/// Takes the keys of one device; `None` when it has just been removed.
async fn take(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    device: &Device,
) -> Result<Option<Bundle>, StoreError> {
    let of = device.address(user_id);
    let (store, ids) = (&*app.store, &*app.ids);
    let (keys, curve, kem) = try_join3(
        prekeys::get(store, cx, &of),
        prekeys::take_one_time(store, cx, &of, ids),
        prekeys::take_one_time_kem(store, cx, &of, ids),
    )
    .await?;
    let Some(keys) = keys else {
        return Ok(None);
    };
    let left = left(&curve, &kem);
    let bundle = PrekeyBundle {
        device_id: device.device_id,
        registration_id: device.registration_id,
        identity_key: keys.identity_key,
        signed_prekey: keys.signed_prekey,
        one_time_prekey: curve.key,
        kem_prekey: kem.key.unwrap_or(keys.last_resort_kem_prekey),
    };
    Ok(Some(Bundle { of, bundle, left }))
}

/// How many are left, when those of a kind are few.
fn left<C, K>(curve: &Taken<C>, kem: &Taken<K>) -> Option<KeysUploadOk> {
    let is_low = curve.left.min(kem.left) < ONE_TIME_KEYS_LOW;
    is_low.then_some(KeysUploadOk {
        one_time_prekeys: curve.left,
        one_time_kem_prekeys: kem.left,
    })
}

/// Tells connected devices that they have few keys left; the others ask when they come back.
async fn tell_low(app: &App, cx: &Context, user_id: &UserId, taken: &[Bundle]) {
    let low = taken
        .iter()
        .filter_map(|taken| Some((&taken.of, taken.left?)));
    let low: Vec<(&Address, KeysUploadOk)> = low.collect();
    if low.is_empty() {
        return;
    }
    let key = connections::key(user_id);
    let Ok(item) = app.store.get(cx, &key, Consistency::Eventual).await else {
        return;
    };
    let connections = Connections::from_item(item);
    let posts = low.into_iter().filter_map(|(device, left)| {
        let connection = connections.of(device, cx.now_ms())?;
        Some(async move { push::post(app, cx, device, &connection, Event::KeysLow(left)).await })
    });
    join_all(posts).await;
}

//! Handing over further keys.
//!
//! A repeated upload must not bring back a one-time key that has been handed out meanwhile. So ids
//! are claimed before keys are stored, by one conditional write, and no id is claimed twice: who
//! dies in between loses keys that nobody has got.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::signatures::{self, ForgedKey};
use crate::store::{StoreError, StoreErrorKind};
use crate::tables::prekeys::{self, DeviceKeys, Held};
use heliograph_protocol::keys::{KemPrekey, OneTimePrekey};
use heliograph_protocol::limits::ONE_TIME_KEYS_MAX;
use heliograph_protocol::reply::KeysUploadOk;
use heliograph_protocol::request::KeysUpload;
use heliograph_protocol::{ErrorBody, ErrorCode};

const TRIES: usize = 5;
/// How long keys may be on their way after their ids were claimed, in milliseconds: longer than any
/// function runs.
const ON_THEIR_WAY_MS: u64 = 30_000;

/// Why keys were not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The device is gone.
    #[error("device revoked")]
    Revoked,
    /// A key is not signed by its device.
    #[error("keys not signed")]
    Keys(#[from] ForgedKey),
    /// More one-time keys of a kind than may be held.
    #[error("too many one-time keys")]
    TooMany,
    /// The store failed.
    #[error("keys not stored")]
    Store(#[from] StoreError),
}

impl From<&UploadError> for ErrorBody {
    fn from(error: &UploadError) -> Self {
        match error {
            UploadError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            UploadError::Keys(error) => error.into(),
            UploadError::TooMany => ErrorBody::bad_request(format!(
                "a device holds at most {ONE_TIME_KEYS_MAX} one-time keys of each kind"
            )),
            UploadError::Store(error) => error.into(),
        }
    }
}

/// Stores further keys of a device; answers how many one-time keys it holds then.
///
/// # Errors
/// [`UploadError`]; uploading again is safe, though one-time keys may be lost.
pub async fn upload(
    app: &App,
    cx: &Context,
    device: &Address,
    request: KeysUpload,
) -> Result<KeysUploadOk, UploadError> {
    let store = &*app.store;
    for _ in 0..TRIES {
        let (keys, held) = futures_util::future::try_join(
            prekeys::get(store, cx, device),
            prekeys::held(store, cx, device),
        )
        .await?;
        let keys = keys.ok_or(UploadError::Revoked)?;
        signatures::check_upload(&keys.identity_key, &request)?;
        let claim = claim(&keys, &held, &request, cx.now_ms())?;
        let mut next = claim.keys;
        if next != keys {
            next.claim = draw(app);
            next.claimed_at = cx.now_ms();
            if !prekeys::save(store, cx, device, &next).await? {
                continue;
            }
            next.version += 1;
        }
        prekeys::put_one_time(store, cx, device, &claim.curve, &claim.kem).await?;
        if has_settled(&keys, cx.now_ms()) {
            let bodies = keys.kem_bodies.difference(&held.kem).copied();
            prekeys::delete_bodies(store, cx, device, bodies).await?;
            if next.version > keys.version {
                // Nothing is on its way any more, unless another upload says so by now.
                next.claimed_at = 0;
                prekeys::save(store, cx, device, &next).await?;
            }
        }
        return Ok(KeysUploadOk {
            one_time_prekeys: count(held.curve.len() + claim.curve.len()),
            one_time_kem_prekeys: count(held.kem.len() + claim.kem.len()),
        });
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// Whether no keys whose ids were claimed can still be on their way, so that they are not held yet.
fn has_settled(keys: &DeviceKeys, now_ms: u64) -> bool {
    keys.claimed_at + ON_THEIR_WAY_MS < now_ms
}

/// What an upload changes.
struct Claim {
    keys: DeviceKeys,
    curve: Vec<OneTimePrekey>,
    kem: Vec<KemPrekey>,
}

/// Decides which keys are new, and what the device's row is then. Pure.
fn claim(
    keys: &DeviceKeys,
    held: &Held,
    request: &KeysUpload,
    now_ms: u64,
) -> Result<Claim, UploadError> {
    let is_new = |max: Option<u32>, id: u32| max.is_none_or(|max| id > max);
    let curve = request.one_time_prekeys.iter();
    let curve: Vec<OneTimePrekey> = curve
        .filter(|key| is_new(keys.curve_max, key.key_id))
        .cloned()
        .collect();
    let kem = request.one_time_kem_prekeys.iter();
    let kem: Vec<KemPrekey> = kem
        .filter(|key| is_new(keys.kem_max, key.key_id))
        .cloned()
        .collect();
    if held.curve.len() + curve.len() > ONE_TIME_KEYS_MAX
        || held.kem.len() + kem.len() > ONE_TIME_KEYS_MAX
    {
        return Err(UploadError::TooMany);
    }
    let mut next = keys.clone();
    if let Some(key) = &request.signed_prekey {
        next.signed_prekey = key.clone();
    }
    if let Some(key) = &request.last_resort_kem_prekey {
        next.last_resort_kem_prekey = key.clone();
    }
    next.curve_max = next.curve_max.max(curve.iter().map(|key| key.key_id).max());
    next.kem_max = next.kem_max.max(kem.iter().map(|key| key.key_id).max());
    if has_settled(keys, now_ms) && !kem.is_empty() {
        next.kem_bodies.clone_from(&held.kem);
    }
    next.kem_bodies.extend(kem.iter().map(|key| key.key_id));
    Ok(Claim {
        keys: next,
        curve,
        kem,
    })
}

fn draw(app: &App) -> u64 {
    let mut bytes = [0; 8];
    app.ids.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn count(keys: usize) -> u32 {
    u32::try_from(keys).unwrap_or(u32::MAX)
}

//! Linking a further device: the primary device asks for a token, the new one registers with it.

use super::devices::announce;
use super::enrol::Enrolment;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::signatures::{self, ForgedKey};
use crate::store::{StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::users::User;
use crate::tables::{cleanups, links, users};
use crate::tokens::ForgedToken;
use heliograph_protocol::http::{LinkRequest, SessionOk};
use heliograph_protocol::limits::{DEVICE_ID_MAX, DEVICES_MAX};
use heliograph_protocol::reply::DevicesLinkOk;
use heliograph_protocol::{DeviceId, ErrorBody, ErrorCode};

/// How long a link token lives, in milliseconds (protocol §1: 10 minutes).
const LIFE_MS: u64 = 10 * 60 * 1000;
const TRIES: usize = 5;

/// Why no device was linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// There is no such token any more: used, too old, or its device is gone.
    #[error("link token ended")]
    Gone,
    /// Only the primary device links others.
    #[error("not the primary device")]
    NotPrimary,
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// The account has all the devices it may have.
    #[error("too many devices")]
    TooMany,
    /// The device's keys are not signed by it.
    #[error("keys not signed")]
    Keys(#[from] ForgedKey),
    /// No token could be signed.
    #[error("token not signed")]
    Token(#[from] ForgedToken),
    /// The store failed.
    #[error("device not stored")]
    Store(#[from] StoreError),
}

impl From<&LinkError> for ErrorBody {
    fn from(error: &LinkError) -> Self {
        match error {
            LinkError::Gone => ErrorBody::new(
                ErrorCode::Gone,
                "this link token has ended, ask for another",
            ),
            LinkError::NotPrimary => {
                ErrorBody::new(ErrorCode::Forbidden, "only the primary device links others")
            }
            LinkError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            LinkError::TooMany => ErrorBody::new(
                ErrorCode::Conflict,
                "the account has 5 devices, remove one first",
            ),
            LinkError::Keys(error) => error.into(),
            LinkError::Token(_) => ErrorBody::internal(),
            LinkError::Store(error) => error.into(),
        }
    }
}

/// Makes a token that links one device.
///
/// # Errors
/// [`LinkError`].
pub async fn link_token(
    app: &App,
    cx: &Context,
    caller: &Address,
) -> Result<DevicesLinkOk, LinkError> {
    if caller.device_id != DeviceId::PRIMARY {
        return Err(LinkError::NotPrimary);
    }
    let user = users::get(&*app.store, cx, &caller.user_id).await?;
    let user = user.filter(|user| user.device(caller).is_some());
    free_device_id(&user.ok_or(LinkError::Revoked)?)?;
    let mut secret = [0; 16];
    app.ids.fill(&mut secret);
    let link_token = links::token(secret, caller);
    let expires_at = cx.now_ms() + LIFE_MS;
    links::put(&*app.store, cx, &link_token, expires_at / 1000).await?;
    Ok(DevicesLinkOk {
        link_token,
        expires_at,
    })
}

/// Makes a further device of the user who gave it the token; tells their other devices.
///
/// # Errors
/// [`LinkError`]; the token is good still, unless only the answer was lost.
pub async fn link(app: &App, cx: &Context, request: LinkRequest) -> Result<SessionOk, LinkError> {
    let store = &*app.store;
    let token = &request.link_token;
    let by = links::get(store, cx, token).await?.ok_or(LinkError::Gone)?;
    signatures::check(&request.device.keys)?;
    for _ in 0..TRIES {
        let user = users::get(store, cx, &by.user_id).await?;
        let user = user.filter(|user| user.device(&by).is_some());
        let mut user = user.ok_or(LinkError::Gone)?;
        let device_id = free_device_id(&user)?;
        let enrolling = (&by.user_id, &mut user);
        let enrolment = Enrolment::begin(app, cx, enrolling, device_id, &request.device).await?;
        let writes = vec![
            links::finish(token),
            users::save(&by.user_id, &user)?,
            cleanups::done(&enrolment.address),
        ];
        match store.transact(cx, writes).await? {
            TransactOutcome::Applied => {
                announce(app, cx, &by.user_id, &user, Some(&enrolment.address)).await;
                return Ok(enrolment.session(app, cx)?);
            }
            TransactOutcome::Refused { index: 0, .. } => return Err(LinkError::Gone),
            TransactOutcome::Refused { .. } => {}
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// The least device id that is free, after the primary device's.
fn free_device_id(user: &User) -> Result<DeviceId, LinkError> {
    if user.devices.len() >= DEVICES_MAX {
        return Err(LinkError::TooMany);
    }
    let is_free = |id: &DeviceId| user.devices.iter().all(|device| device.device_id != *id);
    let mut ids = (DeviceId::PRIMARY.get() + 1..=DEVICE_ID_MAX).filter_map(DeviceId::new);
    ids.find(is_free).ok_or(LinkError::TooMany)
}

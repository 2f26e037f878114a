//! New tokens for an old one.

use super::cleanup::revoke;
use crate::Context;
use crate::app::App;
use crate::store::{StoreError, StoreErrorKind};
use crate::tables::users;
use crate::tokens::{AccessToken, ForgedToken, RefreshToken};
use heliograph_protocol::http::TokensOk;
use heliograph_protocol::{ErrorBody, ErrorCode};

const TRIES: usize = 5;

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is not one of ours.
    #[error("not authenticated")]
    Unauthenticated(#[from] ForgedToken),
    /// The device is gone, or this token was used before, and so the device is gone now.
    #[error("device revoked")]
    Revoked,
    /// The store failed.
    #[error("credential not changed")]
    Store(#[from] StoreError),
}

impl From<&RefreshError> for ErrorBody {
    fn from(error: &RefreshError) -> Self {
        match error {
            RefreshError::Unauthenticated(_) => ErrorBody::new(
                ErrorCode::Unauthenticated,
                "a valid refresh token is needed",
            ),
            RefreshError::Revoked => ErrorBody::new(
                ErrorCode::Forbidden,
                "this device has been removed, or its refresh token was used twice",
            ),
            RefreshError::Store(error) => error.into(),
        }
    }
}

/// Exchanges a refresh token for a new pair; the second use of one removes the device.
///
/// # Errors
/// [`RefreshError`].
pub async fn refresh(app: &App, cx: &Context, token: &str) -> Result<TokensOk, RefreshError> {
    let used = RefreshToken::parse(&app.keys, token)?;
    let next = RefreshToken::draw(&app.keys, &*app.ids, used.address.clone());
    for _ in 0..TRIES {
        let user = users::get(&*app.store, cx, &used.address.user_id).await?;
        let Some(mut user) = user else {
            return Err(RefreshError::Revoked);
        };
        let Some(device) = user.device(&used.address) else {
            return Err(RefreshError::Revoked);
        };
        // Our own write may have been done although another change hides that.
        let is_done = device.credential.proves(&next);
        if !is_done && !device.credential.proves(&used) {
            if revoke(app, cx, user, &used.address).await?.is_some() {
                return Err(RefreshError::Revoked);
            }
            continue;
        }
        for device in &mut user.devices {
            if device.address(&used.address.user_id) == used.address {
                device.credential = next.credential();
            }
        }
        if is_done || users::save_now(&*app.store, cx, &used.address.user_id, &user).await? {
            let access = AccessToken::sign(&app.keys, &used.address, cx.now_ms())?;
            return Ok(TokensOk {
                access_token: access.token,
                access_expires_at: access.expires_at,
                refresh_token: next.into_text(),
            });
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

//! Who may open a socket.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::StoreError;
use crate::tables::users;
use crate::tokens::{AccessToken, ForgedToken};
use heliograph_protocol::{ErrorBody, ErrorCode};

/// Why a socket may not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// No token, or none that holds.
    #[error("not authenticated")]
    Unauthenticated(#[from] ForgedToken),
    /// The token holds, and its device is gone.
    #[error("device revoked")]
    Revoked,
    /// The store failed.
    #[error("users not read")]
    Store(#[from] StoreError),
}

impl From<&AuthorizeError> for ErrorBody {
    fn from(error: &AuthorizeError) -> Self {
        match error {
            AuthorizeError::Unauthenticated(_) => {
                ErrorBody::new(ErrorCode::Unauthenticated, "a valid access token is needed")
            }
            AuthorizeError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            AuthorizeError::Store(error) => error.into(),
        }
    }
}

/// Tells whose access token it is, and that the device is still there. Costs one read.
///
/// # Errors
/// [`AuthorizeError`].
pub async fn authorize(app: &App, cx: &Context, token: &str) -> Result<Address, AuthorizeError> {
    let address = AccessToken::verify(&app.keys, token, cx.now_ms())?;
    let user = users::get(&*app.store, cx, &address.user_id).await?;
    match user.as_ref().and_then(|user| user.device(&address)) {
        Some(_) => Ok(address),
        None => Err(AuthorizeError::Revoked),
    }
}

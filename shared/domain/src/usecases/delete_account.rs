//! Deleting an account: the user is gone in one transaction, and notes say what must follow.

use super::cleanup::clean_up_promptly;
use super::media::photo_goes;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::cleanups::{self, Subject};
use crate::tables::users;
use heliograph_protocol::{ErrorBody, ErrorCode};

const TRIES: usize = 5;

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The asking device, or its user, is gone.
    #[error("device revoked")]
    Revoked,
    /// The store failed.
    #[error("account not deleted")]
    Store(#[from] StoreError),
}

impl From<&DeleteAccountError> for ErrorBody {
    fn from(error: &DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}

/// Deletes the caller's user and everything of theirs.
///
/// User, number and the way to the devices go at once, so that nobody can write to what is left;
/// that is removed while the caller waits, as far as it is small, and else by the sweep. The sweep
/// looks once more when nobody can be writing any more who saw the user before.
///
/// # Errors
/// [`DeleteAccountError`]; deleting again is safe.
pub async fn delete_account(
    app: &App,
    cx: &Context,
    caller: &Address,
) -> Result<(), DeleteAccountError> {
    let user_id = &caller.user_id;
    for _ in 0..TRIES {
        let user = users::get(&*app.store, cx, user_id).await?;
        let user = user.filter(|user| user.device(caller).is_some());
        let user = user.ok_or(DeleteAccountError::Revoked)?;
        let devices = user.addresses(user_id).into_iter().map(Subject::Device);
        let account = std::iter::once(Subject::Account(user_id.clone()));
        let gone: Vec<Subject> = devices.chain(account).collect();
        let mut writes = vec![
            users::remove(user_id, &user),
            users::release_phone(&user.phone_number, user_id),
        ];
        writes.extend(
            gone.iter()
                .map(|subject| cleanups::note_of(subject, cx.now_ms())),
        );
        writes.extend(photo_goes(user_id, &user, cx.now_ms()));
        if app.store.transact(cx, writes).await? == TransactOutcome::Applied {
            clean_up_promptly(app, cx, &gone).await;
            return Ok(());
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

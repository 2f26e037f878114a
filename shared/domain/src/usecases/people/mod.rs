//! Profiles, contacts, blocks and privacy settings (protocol §7).

mod blocks;
mod contacts;
mod privacy;
mod profile;

pub use blocks::{block, list_blocks, unblock};
pub use contacts::{list_contacts, put_contacts, remove_contacts};
pub use privacy::{get_privacy, set_privacy};
pub use profile::{get_profiles, set_profile};

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{StoreError, StoreErrorKind, TransactOutcome, Write};
use crate::tables::media::Referent;
use crate::tables::users::{self, User};
use crate::usecases::media;
use heliograph_protocol::{ErrorBody, ErrorCode};

const TRIES: usize = 5;

/// Why nothing was read or changed.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// The caller named themselves.
    #[error("the caller themselves")]
    Yourself,
    /// The answer would not fit a message.
    #[error("answer too large")]
    TooLarge,
    /// The caller knows as many people as there may be.
    #[error("too many contacts")]
    Full,
    /// Too many numbers were looked for; how long to wait, in milliseconds.
    #[error("too many numbers")]
    RateLimited(u64),
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// The store failed.
    #[error("people not read or changed")]
    Store(#[from] StoreError),
}

impl From<&PeopleError> for ErrorBody {
    fn from(error: &PeopleError) -> Self {
        match error {
            PeopleError::NotFound => ErrorBody::new(ErrorCode::NotFound, "no such user"),
            PeopleError::Yourself => ErrorBody::bad_request("user_id: expected somebody else"),
            PeopleError::TooLarge => ErrorBody::new(
                ErrorCode::TooLarge,
                "the answer would be larger than a message, ask in parts",
            ),
            PeopleError::Full => ErrorBody::bad_request("contacts: expected at most 10,000 in all"),
            PeopleError::RateLimited(retry_after_ms) => ErrorBody::rate_limited(*retry_after_ms),
            PeopleError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            PeopleError::Store(error) => error.into(),
        }
    }
}

/// The caller's user, as long as the calling device is one of theirs.
async fn caller_user(app: &App, cx: &Context, caller: &Address) -> Result<User, PeopleError> {
    let user = users::get(&*app.store, cx, &caller.user_id).await?;
    let user = user.filter(|user| user.device(caller).is_some());
    user.ok_or(PeopleError::Revoked)
}

/// Changes the caller's user, again and again until no other change comes between.
async fn change(
    app: &App,
    cx: &Context,
    caller: &Address,
    change: impl Fn(&mut User),
) -> Result<User, PeopleError> {
    for _ in 0..TRIES {
        let mut user = caller_user(app, cx, caller).await?;
        let before = user.profile.photo_media_id.clone();
        change(&mut user);
        let photos = (before.as_deref(), user.profile.photo_media_id.as_deref());
        let of = Referent::User(caller.user_id.clone());
        let notes = media::note_change(&of, &caller.user_id, photos, cx.now_ms());
        if save(app, cx, caller, &user, notes).await? {
            return Ok(user);
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// Saves the caller's user, with notes of what must follow; `false` when another change came between.
async fn save(
    app: &App,
    cx: &Context,
    caller: &Address,
    user: &User,
    notes: Vec<Write>,
) -> Result<bool, StoreError> {
    let (store, user_id) = (&*app.store, &caller.user_id);
    if notes.is_empty() {
        return users::save_now(store, cx, user_id, user).await;
    }
    let mut writes = vec![users::save(user_id, user)?];
    writes.extend(notes);
    Ok(store.transact(cx, writes).await? == TransactOutcome::Applied)
}

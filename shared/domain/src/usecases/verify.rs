//! Entering the code: an account, or an account taken over.

use super::cleanup::clean_up_promptly;
use super::enrol::Enrolment;
use super::media::photo_goes;
use crate::Context;
use crate::app::App;
use crate::signatures::{self, ForgedKey};
use crate::store::{StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::cleanups::{self, Subject};
use crate::tables::users::User;
use crate::tables::{registrations, users};
use crate::tokens::ForgedToken;
use heliograph_protocol::http::{DeviceInfo, PhoneNumber, SessionOk, VerifyRequest};
use heliograph_protocol::{DeviceId, ErrorBody, ErrorCode, RegistrationId, UserId};

/// How many wrong codes end a registration (protocol §1).
const ATTEMPTS_MAX: i64 = 5;
const TRIES: usize = 5;

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The code is another.
    #[error("wrong code")]
    WrongCode,
    /// The device's keys are not signed by it.
    #[error("keys not signed")]
    Keys(#[from] ForgedKey),
    /// There is no such registration any more: used, too old, or too many wrong codes.
    #[error("registration ended")]
    Gone,
    /// No token could be signed.
    #[error("token not signed")]
    Token(#[from] ForgedToken),
    /// The store failed.
    #[error("account not stored")]
    Store(#[from] StoreError),
}

impl From<&VerifyError> for ErrorBody {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::WrongCode => ErrorBody::new(ErrorCode::Forbidden, "the code is wrong"),
            VerifyError::Gone => ErrorBody::new(
                ErrorCode::Gone,
                "this registration has ended, start a new one",
            ),
            VerifyError::Keys(error) => error.into(),
            VerifyError::Token(_) => ErrorBody::internal(),
            VerifyError::Store(error) => error.into(),
        }
    }
}

/// Makes the account of a verified number, or takes it over: same user, everything else is gone.
///
/// # Errors
/// [`VerifyError`]; the account is as it was then, unless only the answer was lost.
pub async fn verify(
    app: &App,
    cx: &Context,
    id: &RegistrationId,
    request: VerifyRequest,
) -> Result<SessionOk, VerifyError> {
    // Looked for first: signatures take milliseconds, and anybody can ask.
    if !registrations::exists(&*app.store, cx, id).await? {
        return Err(VerifyError::Gone);
    }
    signatures::check(&request.device.keys)?;
    let attempt = registrations::attempt(&*app.store, cx, id).await?;
    let (registration, attempt) = attempt.ok_or(VerifyError::Gone)?;
    if attempt > ATTEMPTS_MAX {
        return Err(VerifyError::Gone);
    }
    if !app.keys.is_code(
        id.as_str(),
        request.code.as_str(),
        &registration.sealed_code,
    ) {
        return Err(if attempt == ATTEMPTS_MAX {
            VerifyError::Gone
        } else {
            VerifyError::WrongCode
        });
    }
    for _ in 0..TRIES {
        let known = users::by_phone(&*app.store, cx, &registration.phone_number).await?;
        let account = Account::of(app, cx, known).await?;
        let number = registration.phone_number.clone();
        if let Some(session) = take_over(app, cx, id, account, number, &request.device).await? {
            return Ok(session);
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// The account that a number leads to, or the one to make.
struct Account {
    user_id: UserId,
    is_known: bool,
    old: Option<User>,
}

impl Account {
    async fn of(app: &App, cx: &Context, known: Option<UserId>) -> Result<Self, StoreError> {
        let is_known = known.is_some();
        let user_id = match known {
            Some(user_id) => user_id,
            None => new_user_id(app)?,
        };
        let old = if is_known {
            users::get(&*app.store, cx, &user_id).await?
        } else {
            None
        };
        Ok(Self {
            user_id,
            is_known,
            old,
        })
    }

    /// The user as it will be, without devices yet: nothing of a former holder is in it, and every
    /// device of theirs is older than it.
    fn taken_over(&self, cx: &Context, number: PhoneNumber) -> User {
        match &self.old {
            None => User::new(number, cx.now_ms()),
            Some(old) => User {
                last_device_at: old.last_device_at,
                version: old.version,
                ..User::new(
                    number,
                    old.next_device_at(cx.now_ms()).max(old.created_at + 1),
                )
            },
        }
    }
}

fn new_user_id(app: &App) -> Result<UserId, StoreError> {
    let id = app.ids.uuid().to_string();
    id.parse()
        .map_err(|_| StoreError::new(StoreErrorKind::Invalid))
}

/// Stores keys and account; `None` when the account changed meanwhile.
async fn take_over(
    app: &App,
    cx: &Context,
    id: &RegistrationId,
    account: Account,
    number: PhoneNumber,
    info: &DeviceInfo,
) -> Result<Option<SessionOk>, VerifyError> {
    let user_id = &account.user_id;
    let mut user = account.taken_over(cx, number);
    let enrolment =
        Enrolment::begin(app, cx, (user_id, &mut user), DeviceId::PRIMARY, info).await?;
    let mut gone = Vec::new();
    if let Some(old) = &account.old {
        gone.extend(old.addresses(user_id).into_iter().map(Subject::Device));
        gone.push(Subject::Account(user_id.clone()));
    }
    let mut writes = vec![
        registrations::finish(id),
        users::claim_phone(user_id, &user, account.is_known),
        users::save(user_id, &user)?,
        cleanups::done(&enrolment.address),
    ];
    writes.extend(
        gone.iter()
            .map(|subject| cleanups::note_of(subject, cx.now_ms())),
    );
    if let Some(old) = &account.old {
        writes.extend(photo_goes(user_id, old, cx.now_ms()));
    }
    match app.store.transact(cx, writes).await? {
        TransactOutcome::Applied => {}
        TransactOutcome::Refused { index: 0, .. } => return Err(VerifyError::Gone),
        TransactOutcome::Refused { .. } => return Ok(None),
    }
    clean_up_promptly(app, cx, &gone).await;
    Ok(Some(enrolment.session(app, cx)?))
}

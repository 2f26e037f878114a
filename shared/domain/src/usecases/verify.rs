//! Entering the code: an account, or an account taken over.

use super::cleanup::{PROMPT_PAGES, clean_up};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::signatures::{self, ForgedKey};
use crate::store::{StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::users::{Audience, Device, User};
use crate::tables::{cleanups, prekeys, registrations, users};
use crate::tokens::{AccessToken, ForgedToken, RefreshToken};
use heliograph_protocol::http::{DeviceInfo, SessionOk, VerifyRequest};
use heliograph_protocol::{DeviceId, ErrorBody, ErrorCode, RegistrationId, UserId};

/// How many wrong codes end a registration (protocol §1).
const ATTEMPTS_MAX: i64 = 5;
/// When the sweep may take it that a device whose keys are stored was never finished.
const BIRTH_MS: u64 = 10 * 60 * 1000;
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
        let user = account.taken_over(cx, &registration);
        if let Some(session) = store_device(app, cx, id, account, user, &request.device).await? {
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

    /// The user as it will be, without devices yet.
    fn taken_over(&self, cx: &Context, registration: &registrations::Registration) -> User {
        User {
            phone_number: registration.phone_number.clone(),
            created_at: self.old.as_ref().map_or(cx.now_ms(), |old| old.created_at),
            devices: Vec::new(),
            read_receipts: Audience::Everyone,
            version: self.old.as_ref().map_or(0, |old| old.version),
        }
    }

    /// The devices that go.
    fn old_devices(&self) -> Vec<Address> {
        let devices = self.old.iter().flat_map(|old| &old.devices);
        devices
            .map(|device| device.address(&self.user_id))
            .collect()
    }

    /// When the new device is made: after any that had its id.
    fn device_created_at(&self, cx: &Context) -> u64 {
        let devices = self.old.iter().flat_map(|old| &old.devices);
        devices
            .map(|device| device.created_at + 1)
            .max()
            .unwrap_or(0)
            .max(cx.now_ms())
    }
}

fn new_user_id(app: &App) -> Result<UserId, StoreError> {
    let id = app.ids.uuid().to_string();
    id.parse()
        .map_err(|_| StoreError::new(StoreErrorKind::Invalid))
}

/// Stores keys and account; `None` when the account changed meanwhile.
async fn store_device(
    app: &App,
    cx: &Context,
    id: &RegistrationId,
    account: Account,
    mut user: User,
    info: &DeviceInfo,
) -> Result<Option<SessionOk>, VerifyError> {
    let store = &*app.store;
    let address = Address {
        user_id: account.user_id.clone(),
        device_id: DeviceId::PRIMARY,
        device_created_at: account.device_created_at(cx),
    };
    let refresh = RefreshToken::draw(&app.keys, &*app.ids, address.clone());
    user.devices.push(Device {
        device_id: address.device_id,
        registration_id: info.registration_id,
        name: info.name.to_string(),
        created_at: address.device_created_at,
        credential: refresh.credential(),
    });

    // The keys first, under a note: whoever sees the account can fetch them.
    store
        .write(cx, cleanups::note(&address, cx.now_ms() + BIRTH_MS))
        .await?;
    prekeys::put(store, cx, &address, &info.keys).await?;

    let old_devices = account.old_devices();
    let mut writes = vec![
        registrations::finish(id),
        users::claim_phone(&user.phone_number, &account.user_id, account.is_known),
        users::save(&account.user_id, &user)?,
        cleanups::done(&address),
    ];
    writes.extend(
        old_devices
            .iter()
            .map(|device| cleanups::note(device, cx.now_ms())),
    );
    match store.transact(cx, writes).await? {
        TransactOutcome::Applied => {}
        TransactOutcome::Refused { index: 0, .. } => return Err(VerifyError::Gone),
        TransactOutcome::Refused { .. } => return Ok(None),
    }
    for device in &old_devices {
        if let Err(error) = clean_up(app, cx, device, PROMPT_PAGES).await {
            tracing::warn!(error = crate::chain(&error), "left to the sweep");
        }
    }
    session(app, cx, &address, refresh).map(Some)
}

fn session(
    app: &App,
    cx: &Context,
    address: &Address,
    refresh: RefreshToken,
) -> Result<SessionOk, VerifyError> {
    let access = AccessToken::sign(&app.keys, address, cx.now_ms())?;
    Ok(SessionOk {
        user_id: address.user_id.clone(),
        device_id: address.device_id,
        access_token: access.token,
        access_expires_at: access.expires_at,
        refresh_token: refresh.into_text(),
    })
}

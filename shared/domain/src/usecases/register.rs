//! Asking for a code to a phone number.

use crate::Context;
use crate::app::App;
use crate::bucket::Rate;
use crate::ports::SmsError;
use crate::store::StoreError;
use crate::tables::limits;
use crate::tables::registrations::{self, Registration};
use heliograph_protocol::http::{PhoneNumber, RegisterOk};
use heliograph_protocol::{ErrorBody, RegistrationId};

/// How long a registration waits for its code, in milliseconds (protocol §1: 5 minutes).
const LIFE_MS: u64 = 5 * 60 * 1000;

/// Why no code was sent.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The number belongs to no country's numbering plan.
    #[error("not a phone number")]
    NotANumber,
    /// Too many codes for the number or from the address; how long to wait, in milliseconds.
    #[error("too many registrations")]
    RateLimited(u64),
    /// The text message was not taken.
    #[error("code not sent")]
    Sms(#[from] SmsError),
    /// The store failed.
    #[error("registration not stored")]
    Store(#[from] StoreError),
}

impl From<&RegisterError> for ErrorBody {
    fn from(error: &RegisterError) -> Self {
        match error {
            RegisterError::NotANumber => {
                ErrorBody::bad_request("phone_number is not a number that can be assigned")
            }
            RegisterError::RateLimited(retry_after_ms) => ErrorBody::rate_limited(*retry_after_ms),
            RegisterError::Sms(_) => ErrorBody::unavailable(),
            RegisterError::Store(error) => error.into(),
        }
    }
}

/// Sends a code to a number.
///
/// Nothing here looks at accounts, so that known and unknown numbers get the same answer in the
/// same time. `source` is the network address that asks, for its limit.
///
/// # Errors
/// [`RegisterError`].
pub async fn register(
    app: &App,
    cx: &Context,
    number: PhoneNumber,
    source: &str,
) -> Result<RegisterOk, RegisterError> {
    if app.limits.only_assignable_numbers && !is_assignable(&number) {
        return Err(RegisterError::NotANumber);
    }
    let limits = &app.limits;
    take(
        app,
        cx,
        "registration-number",
        number.as_str(),
        limits.registrations_per_number,
    )
    .await?;
    take(
        app,
        cx,
        "registration-address",
        source,
        limits.registrations_per_address,
    )
    .await?;

    let id = app.ids.uuid().to_string();
    let code = format!("{:06}", app.ids.below(1_000_000));
    let sealed_code = app.keys.seal_code(&id, &code);
    let registration = Registration {
        phone_number: number.clone(),
        sealed_code,
    };
    let registration_id: RegistrationId = id
        .parse()
        .map_err(|_| StoreError::new(crate::store::StoreErrorKind::Invalid))?;
    let expires_at = cx.now_ms() + LIFE_MS;
    registrations::put(
        &*app.store,
        cx,
        &registration_id,
        &registration,
        expires_at / 1000,
    )
    .await?;
    app.sms.send_code(&number, &code).await?;
    Ok(RegisterOk {
        registration_id,
        expires_at,
    })
}

async fn take(
    app: &App,
    cx: &Context,
    rule: &str,
    subject: &str,
    rate: Option<Rate>,
) -> Result<(), RegisterError> {
    let Some(rate) = rate else { return Ok(()) };
    let subject = app.keys.blind(&[subject]);
    limits::take(&*app.store, cx, rule, &subject, rate)
        .await?
        .map_err(RegisterError::RateLimited)
}

/// The number is E.164 by its type; this asks the numbering plans ([libphonenumber's]).
///
/// [libphonenumber's]: https://github.com/google/libphonenumber
fn is_assignable(number: &PhoneNumber) -> bool {
    phonenumber::parse(None, number.as_str()).is_ok_and(|parsed| phonenumber::is_valid(&parsed))
}

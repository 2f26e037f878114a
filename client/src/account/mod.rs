//! The account's HTTP calls: a number, its devices, their tokens (protocol §1).
//!
//! ```no_run
//! # async fn example(device: heliograph_protocol::http::DeviceInfo) -> Result<(), Box<dyn std::error::Error>> {
//! use heliograph_client::account::Account;
//! use heliograph_client::connection::Tokens;
//!
//! let account = Account::at("https://chat.example.org")?;
//! let registration = account.register(&"+46701234567".parse()?).await?;
//! let code = "123456"; // comes by SMS
//! let session = account.verify(&registration.registration_id, code, device).await?;
//! let tokens = Tokens::from(&session);
//! # Ok(())
//! # }
//! ```
//!
//! Tokens are refreshed by the [`Connection`](crate::transport::Connection): a refresh token is good once, and
//! who uses it twice is out.

mod http;

use crate::connection::{RefreshAnswer, Tokens};
use crate::media::transfer::{Clock, SystemClock};
use futures_util::future::{Either, select};
use heliograph_protocol::http::{
    DeviceInfo, ErrorAnswer, LinkRequest, PhoneNumber, RegisterOk, RegisterRequest, SessionOk,
    TokensOk, TokensRequest, VerifyRequest,
};
use heliograph_protocol::{ErrorBody, RegistrationId};
use http::{Answer, Call, Http};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::pin;

/// How long a call may take, in milliseconds: what API Gateway waits for a function twice, about.
const ANSWER_MS: u64 = 60 * 1_000;

/// Reports that there is no HTTP: TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("no client of HTTP made")]
pub struct AccountUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Reports that a call has not done what it was to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Nothing has left this device.
    #[error("service not reached")]
    NotSent,
    /// It may have been done: no answer came, or none of the service's.
    #[error("no answer of the service")]
    Unknown,
    /// The service refused.
    #[error("refused by the service")]
    Refused(ErrorBody),
}

/// Calls a deployment.
#[derive(Debug)]
pub struct Account {
    http: Http,
    url: String,
}

impl Account {
    /// Takes a deployment's address, as `https://chat.example.org`.
    ///
    /// # Errors
    /// [`AccountUnavailable`].
    pub fn at(url: impl Into<String>) -> Result<Self, AccountUnavailable> {
        let url: String = url.into();
        Ok(Self {
            http: Http::new()?,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    /// Asks for a code by SMS. The answer is the same for known and unknown numbers.
    ///
    /// # Errors
    /// [`AccountError`]; it may be repeated, within the service's limits.
    pub async fn register(&self, number: &PhoneNumber) -> Result<RegisterOk, AccountError> {
        let phone_number = number.clone();
        self.post("/v1/registrations", &RegisterRequest { phone_number })
            .await
    }

    /// Proves the number with the code, and makes this device its account's primary one. An account that
    /// the number has is taken over: its devices are gone.
    ///
    /// # Errors
    /// [`AccountError`]; `gone` after 5 minutes or 5 wrong codes. Where the outcome is unknown, the number
    /// is to be registered anew.
    pub async fn verify(
        &self,
        registration: &RegistrationId,
        code: &str,
        device: DeviceInfo,
    ) -> Result<SessionOk, AccountError> {
        let path = format!("/v1/registrations/{registration}/verify");
        let code = code.to_owned();
        self.post(&path, &VerifyRequest { code, device }).await
    }

    /// Makes this device a further one, by a token that the primary one has asked for within 10 minutes.
    ///
    /// # Errors
    /// [`AccountError`]; where the outcome is unknown, a new token is needed.
    pub async fn link(
        &self,
        link_token: &str,
        device: DeviceInfo,
    ) -> Result<SessionOk, AccountError> {
        let link_token = link_token.to_owned();
        self.post("/v1/devices/link", &LinkRequest { link_token, device })
            .await
    }

    /// Gets the next pair of tokens. The refresh token is good once: a second use revokes the device.
    ///
    /// # Errors
    /// [`AccountError`]; where the outcome is unknown, using the token again may be that second use.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, AccountError> {
        let refresh_token = refresh_token.to_owned();
        let request = TokensRequest { refresh_token };
        let answer: TokensOk = self.post("/v1/tokens", &request).await?;
        Ok(answer.into())
    }

    /// Deletes the account and everything of it.
    ///
    /// # Errors
    /// [`AccountError`]; it may be repeated, and is `unauthenticated` or `forbidden` once it is done.
    pub async fn delete_account(&self, access_token: &str) -> Result<(), AccountError> {
        let answer = self
            .call(Call {
                method: "DELETE",
                url: format!("{}/v1/account", self.url),
                bearer: Some(access_token),
                json: None,
            })
            .await?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(refusal(&answer)),
        }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &impl Serialize,
    ) -> Result<T, AccountError> {
        // Requests are text and numbers: there is nothing that JSON could not hold.
        let json = serde_json::to_string(request).map_err(|_| AccountError::NotSent)?;
        let answer = self
            .call(Call {
                method: "POST",
                url: format!("{}{path}", self.url),
                bearer: None,
                json: Some(json),
            })
            .await?;
        match answer.status {
            200..=299 => serde_json::from_str(&answer.body).map_err(|_| AccountError::Unknown),
            _ => Err(refusal(&answer)),
        }
    }

    async fn call(&self, call: Call<'_>) -> Result<Answer, AccountError> {
        let answer = pin!(self.http.call(call));
        match select(answer, SystemClock.sleep_ms(ANSWER_MS)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(AccountError::Unknown),
        }
    }
}

/// Reads an error of the service. Whatever else answers with an error is not the service, which may have
/// done something all the same.
fn refusal(answer: &Answer) -> AccountError {
    match serde_json::from_str(&answer.body) {
        Ok(ErrorAnswer { error }) if error.code.http_status() == answer.status => {
            AccountError::Refused(error)
        }
        _ => AccountError::Unknown,
    }
}

impl From<Result<Tokens, AccountError>> for RefreshAnswer {
    fn from(refreshed: Result<Tokens, AccountError>) -> Self {
        match refreshed {
            Ok(tokens) => Self::Tokens(tokens),
            Err(AccountError::Refused(error)) => Self::Refused(error),
            Err(AccountError::NotSent) => Self::NotSent,
            Err(AccountError::Unknown) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::ErrorCode;

    fn refusal_of(status: u16, body: &str) -> AccountError {
        let body = body.to_owned();
        refusal(&Answer { status, body })
    }

    #[test]
    fn only_the_services_own_word_is_a_refusal() {
        let body = r#"{"error":{"code":"forbidden","message":"m"}}"#;
        let error = ErrorBody::new(ErrorCode::Forbidden, "m");
        assert_eq!(refusal_of(403, body), AccountError::Refused(error));
        for (status, body) in [
            (403, "<html>blocked</html>"),
            (200, body),
            (502, r#"{"message":"Internal server error"}"#),
            (503, ""),
        ] {
            assert_eq!(refusal_of(status, body), AccountError::Unknown, "{body}");
        }
    }
}

//! The account's HTTP calls (protocol §1).

use crate::http::{Answer, Call};
use crate::site::Site;
use heliograph_protocol::http::{
    DeviceInfo, ErrorAnswer, LinkRequest, PhoneNumber, RegisterOk, RegisterRequest, SessionOk,
    TokensOk, TokensRequest, VerifyRequest,
};
use heliograph_protocol::{ErrorBody, RegistrationId};
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: StatusCode,
    /// What the body said.
    pub error: ErrorBody,
}

/// Draws a number that nobody has: a billion of those that the Chinese plan assigns.
pub fn fresh_number() -> PhoneNumber {
    let number = format!("+8613{:09}", fastrand::u32(0..1_000_000_000));
    number.parse().expect("digits make a number")
}

fn refused(answer: &Answer) -> Refused {
    let ErrorAnswer { error } = answer.json();
    Refused {
        status: answer.status,
        error,
    }
}

impl Site {
    /// `POST /v1/registrations`.
    pub async fn register(&self, number: &PhoneNumber) -> Result<RegisterOk, Refused> {
        let request = RegisterRequest {
            phone_number: number.clone(),
        };
        self.post("/v1/registrations", &request).await
    }

    /// `POST /v1/registrations/{id}/verify`.
    pub async fn verify(
        &self,
        id: &RegistrationId,
        code: &str,
        device: DeviceInfo,
    ) -> Result<SessionOk, Refused> {
        let path = format!("/v1/registrations/{id}/verify");
        let code = code.to_owned();
        self.post(&path, &VerifyRequest { code, device }).await
    }

    /// `POST /v1/tokens`.
    pub async fn tokens(&self, refresh_token: &str) -> Result<TokensOk, Refused> {
        let refresh_token = refresh_token.to_owned();
        self.post("/v1/tokens", &TokensRequest { refresh_token })
            .await
    }

    /// `POST /v1/devices/link`.
    pub async fn link(&self, link_token: &str, device: DeviceInfo) -> Result<SessionOk, Refused> {
        let link_token = link_token.to_owned();
        self.post("/v1/devices/link", &LinkRequest { link_token, device })
            .await
    }

    /// `DELETE /v1/account`, with an access token or without one.
    pub async fn delete_account(&self, access_token: Option<&str>) -> Result<(), Refused> {
        let mut call = Call::delete(format!("{}/v1/account", self.addresses().http));
        if let Some(token) = access_token {
            call = call.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"));
        }
        let answer = call.answer(self.patience).await;
        if answer.status == StatusCode::NO_CONTENT {
            assert_eq!(answer.body, "");
            return Ok(());
        }
        Err(refused(&answer))
    }

    /// The last code that went to a number.
    pub async fn code(&self, number: &PhoneNumber) -> String {
        let digits = number.as_str().trim_start_matches('+');
        let url = format!("{}?phone_number=%2B{digits}", self.addresses().sms);
        let answer = Call::get(url).answer(self.patience).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let json: serde_json::Value = answer.json();
        json["code"].as_str().expect("a code").to_owned()
    }

    /// Posts JSON to one of the calls.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &impl Serialize,
    ) -> Result<T, Refused> {
        let json = serde_json::to_string(request).expect("requests are JSON");
        let answer = self.post_text(path, json).await;
        if answer.status.is_success() {
            return Ok(answer.json());
        }
        Err(refused(&answer))
    }

    /// Posts any text to one of the calls.
    pub async fn post_text(&self, path: &str, text: impl Into<String>) -> Answer {
        let url = format!("{}{path}", self.addresses().http);
        Call::post(url, text).answer(self.patience).await
    }
}

//! Natively: reqwest.

use super::{Answer, Call};
use crate::account::{AccountError, AccountUnavailable};
use crate::tls;
use heliograph_protocol::limits::HTTP_BODY_BYTES_MAX;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, Response, redirect};
use std::time::Duration;

/// How long a connection may take to be there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Is what calls.
#[derive(Debug)]
pub(in crate::account) struct Http(Client);

impl Http {
    pub(in crate::account) fn new() -> Result<Self, AccountUnavailable> {
        let tls = tls::config().map_err(|error| AccountUnavailable(error.into()))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_TIMEOUT)
            // A call on a connection that the server has closed meanwhile has an unknown outcome.
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .build();
        let client = client.map_err(|error| AccountUnavailable(error.without_url().into()));
        client.map(Self)
    }

    pub(in crate::account) async fn call(&self, call: Call<'_>) -> Result<Answer, AccountError> {
        let method = Method::from_bytes(call.method.as_bytes());
        let method = method.map_err(|_| AccountError::NotSent)?;
        let mut request = self.0.request(method, call.url);
        if let Some(token) = call.bearer {
            request = request.bearer_auth(token);
        }
        if let Some(json) = call.json {
            request = request.header(CONTENT_TYPE, "application/json").body(json);
        }
        let answer = request.send().await.map_err(|error| lost(&error))?;
        let status = answer.status().as_u16();
        let body = text(answer).await.ok_or(AccountError::Unknown)?;
        Ok(Answer { status, body })
    }
}

/// Tells whether what failed may have reached the server.
fn lost(error: &reqwest::Error) -> AccountError {
    match error.is_connect() || error.is_builder() {
        true => AccountError::NotSent,
        false => AccountError::Unknown,
    }
}

/// Reads a body that is as long as one may be.
async fn text(mut answer: Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.ok()? {
        body.extend_from_slice(&piece);
        if body.len() > HTTP_BODY_BYTES_MAX {
            return None;
        }
    }
    String::from_utf8(body).ok()
}

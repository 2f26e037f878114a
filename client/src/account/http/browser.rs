//! In a browser: `fetch`.

use super::{Answer, Call};
use crate::account::{AccountError, AccountUnavailable};
use crate::transport::is_offline;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, Request, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect, Response, WorkerGlobalScope,
};

/// Is what calls.
#[derive(Debug)]
pub(in crate::account) struct Http;

/// Ends a call that nobody waits for any more.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Http {
    pub(in crate::account) fn new() -> Result<Self, AccountUnavailable> {
        Ok(Self)
    }

    /// Makes a call. A browser does not say whether one that failed has left it.
    pub(in crate::account) async fn call(&self, call: Call<'_>) -> Result<Answer, AccountError> {
        if is_offline() {
            return Err(AccountError::NotSent);
        }
        let not_sent = |_| AccountError::NotSent;
        let abort = Abort(AbortController::new().map_err(not_sent)?);
        let request = request(&call, &abort).map_err(not_sent)?;
        // Windows and workers fetch alike.
        let global: WorkerGlobalScope = js_sys::global().unchecked_into();
        let answer = JsFuture::from(global.fetch_with_request(&request)).await;
        read(answer).await.map_err(|_| AccountError::Unknown)
    }
}

async fn read(answer: Result<JsValue, JsValue>) -> Result<Answer, JsValue> {
    let answer: Response = answer?.unchecked_into();
    let body = JsFuture::from(answer.text()?).await?;
    Ok(Answer {
        status: answer.status(),
        body: body.as_string().unwrap_or_default(),
    })
}

fn request(call: &Call<'_>, abort: &Abort) -> Result<Request, JsValue> {
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    init.set_method(call.method);
    if let Some(token) = call.bearer {
        headers.append("authorization", &format!("Bearer {token}"))?;
    }
    if let Some(json) = &call.json {
        headers.append("content-type", "application/json")?;
        init.set_body(&JsValue::from_str(json));
    }
    init.set_headers(&headers);
    init.set_signal(Some(&abort.0.signal()));
    init.set_credentials(RequestCredentials::Omit);
    init.set_redirect(RequestRedirect::Error);
    init.set_cache(RequestCache::NoStore);
    Request::new_with_str_and_init(&call.url, &init)
}

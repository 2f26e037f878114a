//! In a browser: `fetch`. A part is put from where it lies, and a file comes through one buffer.

use super::{GetAnswer, HttpUnavailable, PutAnswer, unreachable};
use crate::media::seal::SEALED_CHUNK_BYTES;
use crate::media::transfer::files::Part;
use crate::media::transfer::meter::Meter;
use crate::media::transfer::setback::{Setback, TransferError};
use crate::media::transfer::stream::Reader;
use bytes::Bytes;
use heliograph_protocol::media::SignedRequest;
use std::sync::Arc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, Request, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect, Response, WorkerGlobalScope,
};

/// How long a part may take, in milliseconds: nobody sees it move. 8 MiB at 112 kbit/s, and less than its
/// address is good.
pub(super) const PUT_IDLE_MS: u64 = 10 * 60 * 1_000;

/// How much of a file is asked for at a time, in bytes: what is asked for a browser may read into its memory
/// long before somebody takes it, Chromium 25 MiB and more. Whole chunks, as it is to go on behind them.
const AT_A_TIME_BYTES: u64 = 64 * SEALED_CHUNK_BYTES as u64;

/// Is what asks.
pub(super) struct Client;

/// Is a body as it comes.
pub(super) struct Body {
    reader: Option<Reader>,
    _abort: Abort,
}

/// Ends a request that nobody waits for any more.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Client {
    pub(super) fn new() -> Result<Self, HttpUnavailable> {
        Ok(Self)
    }

    /// Puts a part; it counts when it is there, as nobody sees it go.
    pub(super) async fn put(
        &self,
        to: &SignedRequest,
        part: Part,
        bytes: u64,
        meter: Arc<Meter>,
    ) -> Result<PutAnswer, Setback> {
        let init = RequestInit::new();
        init.set_method("PUT");
        init.set_body(&part);
        let headers = to.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        let (answer, _abort) = fetch(&to.url, &init, headers).await?;
        if answer.ok() {
            meter.add(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        let (etag, retry_after) = (header(&answer, "etag"), header(&answer, "retry-after"));
        let (etag, retry_after) = (etag.as_deref(), retry_after.as_deref());
        Ok(PutAnswer::new(answer.status(), etag, retry_after))
    }

    /// Gets so much of a file from a byte on.
    pub(super) async fn get(&self, url: &str, from: u64) -> Result<GetAnswer, Setback> {
        let range = format!("bytes={from}-{}", from.saturating_add(AT_A_TIME_BYTES - 1));
        let headers = std::iter::once(("range", range.as_str()));
        let (answer, abort) = fetch(url, &RequestInit::new(), headers).await?;
        let reader = answer.body().map(|body| Reader::new(&body)).transpose();
        let body = Body {
            reader: reader.map_err(|_| unreachable())?,
            _abort: abort,
        };
        let range = header(&answer, "content-range");
        let retry_after = header(&answer, "retry-after");
        let (range, retry_after) = (range.as_deref(), retry_after.as_deref());
        Ok(GetAnswer::new(answer.status(), range, retry_after, body))
    }
}

impl Body {
    /// Gives the next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Setback> {
        let Some(reader) = &mut self.reader else {
            return Ok(None);
        };
        let piece = reader.next().await.map_err(|_| unreachable())?;
        Ok(piece.map(Bytes::from))
    }
}

async fn fetch<'a>(
    url: &str,
    init: &RequestInit,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(Response, Abort), Setback> {
    // What is thrown here is of the address or a header.
    let nonsense = |_| Setback::Final(TransferError::Answer);
    let abort = Abort(AbortController::new().map_err(nonsense)?);
    let request = request(url, init, headers, &abort).map_err(nonsense)?;
    let worker: WorkerGlobalScope = js_sys::global().unchecked_into();
    let answer = JsFuture::from(worker.fetch_with_request(&request)).await;
    let answer = answer.map_err(|_| unreachable())?;
    Ok((answer.unchecked_into(), abort))
}

fn request<'a>(
    url: &str,
    init: &RequestInit,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    abort: &Abort,
) -> Result<Request, JsValue> {
    let list = Headers::new()?;
    for (name, value) in headers {
        list.append(name, value)?;
    }
    init.set_headers(&list);
    init.set_signal(Some(&abort.0.signal()));
    init.set_credentials(RequestCredentials::Omit);
    // What is signed is signed for one address, and what comes is kept once.
    init.set_redirect(RequestRedirect::Error);
    init.set_cache(RequestCache::NoStore);
    Request::new_with_str_and_init(url, init)
}

fn header(of: &Response, name: &str) -> Option<String> {
    of.headers().get(name).ok().flatten()
}

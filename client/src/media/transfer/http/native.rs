//! Natively: bodies are streamed.

use super::{GetAnswer, HttpUnavailable, PutAnswer, unreachable};
use crate::media::transfer::files::Part;
use crate::media::transfer::meter::Meter;
use crate::media::transfer::setback::{Setback, TransferError};
use crate::tasks::off_runtime;
use crate::tls;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use heliograph_protocol::media::SignedRequest;
use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, RANGE, RETRY_AFTER,
};
use reqwest::{RequestBuilder, Response, redirect};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to be there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long nothing may go before a request to put is given up, in milliseconds.
pub(super) const PUT_IDLE_MS: u64 = 60 * 1_000;

/// Is what asks.
pub(super) struct Client(reqwest::Client);

/// Is a body as it comes; it goes from thread to thread.
pub(super) struct Body(BoxStream<'static, reqwest::Result<Bytes>>);

impl Client {
    pub(super) fn new() -> Result<Self, HttpUnavailable> {
        let tls = tls::config().map_err(|error| HttpUnavailable(error.into()))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_TIMEOUT)
            // What is signed is signed for one address.
            .redirect(redirect::Policy::none())
            .build();
        let client = client.map_err(|error| HttpUnavailable(error.without_url().into()));
        client.map(Self)
    }

    /// Puts a part, which counts as it goes.
    pub(super) async fn put(
        &self,
        to: &SignedRequest,
        part: Part,
        bytes: u64,
        meter: Arc<Meter>,
    ) -> Result<PutAnswer, Setback> {
        let mut request = self.0.put(&to.url).header(CONTENT_LENGTH, bytes);
        for (name, value) in &to.headers {
            request = request.header(name, value);
        }
        let answer = send(request.body(body(part, meter))).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers());
        let (etag, retry_after) = (text(headers, &ETAG), text(headers, &RETRY_AFTER));
        Ok(PutAnswer::new(status, etag, retry_after))
    }

    /// Gets all of a file from a byte on.
    pub(super) async fn get(&self, url: &str, from: u64) -> Result<GetAnswer, Setback> {
        let mut request = self.0.get(url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let mut answer = send(request).await?;
        let (status, headers) = (
            answer.status().as_u16(),
            std::mem::take(answer.headers_mut()),
        );
        let (range, retry_after) = (text(&headers, &CONTENT_RANGE), text(&headers, &RETRY_AFTER));
        let body = Body(answer.bytes_stream().boxed());
        Ok(GetAnswer::new(status, range, retry_after, body))
    }
}

impl Body {
    /// Gives the next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Setback> {
        let next = self.0.next().await.transpose();
        next.map_err(|_| unreachable())
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Setback> {
    request
        .send()
        .await
        .map_err(|error| match error.is_builder() {
            // No address, or no headers.
            true => Setback::Final(TransferError::Answer),
            false => unreachable(),
        })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Streams a part: no more of it is in memory than is on its way.
fn body(part: Part, meter: Arc<Meter>) -> reqwest::Body {
    let pieces = stream::try_unfold(part, async |mut part| {
        off_runtime(move || Ok::<_, io::Error>(part.next()?.map(|piece| (piece, part)))).await
    });
    let counted = pieces.inspect_ok(move |piece| meter.add(piece.len()));
    reqwest::Body::wrap_stream(counted)
}

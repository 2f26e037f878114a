//! Puts and gets over HTTP.
//!
//! Addresses are secrets: no error that leaves this module holds one.

use super::RetryReason;
use super::clock::{Clock, SystemClock};
use super::download::Head;
use super::files::Part;
use super::meter::Meter;
use super::setback::{Setback, TransferError};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use heliograph_protocol::media::SignedRequest;
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderName, RANGE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response};
use std::pin::pin;
use std::sync::Arc;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use browser::{BodyStream, PUT_IDLE_MS, body, client};
#[cfg(not(target_arch = "wasm32"))]
use native::{BodyStream, PUT_IDLE_MS, body, client};

/// How long nothing may come before a request is given up, in milliseconds.
const IDLE_MS: u64 = 60 * 1_000;

/// Bounds the `Retry-After` that is read, in seconds, so that it is milliseconds too.
const RETRY_AFTER_S_MAX: u64 = u32::MAX as u64;

/// Reports that there is no HTTP: TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("no client of HTTP made")]
pub struct HttpUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Is what the store answers to a part.
#[derive(Debug)]
pub(super) struct PutAnswer {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) retry_after_ms: Option<u64>,
}

/// Is what the store answers to a request for a file, or its rest.
pub(super) struct GetAnswer {
    pub(super) head: Head,
    body: BodyStream<'static, reqwest::Result<Bytes>>,
}

impl GetAnswer {
    /// Gives the next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Setback> {
        let next = in_time(self.body.next(), IDLE_MS, || false).await?;
        next.transpose().map_err(|_| unreachable())
    }
}

/// Is a client of HTTP.
pub(super) struct Http(Client);

impl Http {
    pub(super) fn new() -> Result<Self, HttpUnavailable> {
        client().map(Self)
    }

    /// Puts a part of so many bytes, which `meter` counts as they go.
    pub(super) async fn put(
        &self,
        to: &SignedRequest,
        part: Part,
        bytes: u64,
        meter: &Arc<Meter>,
    ) -> Result<PutAnswer, Setback> {
        let mut request = self.0.put(&to.url);
        for (name, value) in &to.headers {
            request = request.header(name, value);
        }
        let request = body(request, part, bytes, Arc::clone(meter))?;
        let mut before = meter.done_bytes();
        let is_moving = || {
            let now = meter.done_bytes();
            std::mem::replace(&mut before, now) != now
        };
        let answer = in_time(send(request), PUT_IDLE_MS, is_moving).await??;
        let headers = answer.headers();
        Ok(PutAnswer {
            status: answer.status().as_u16(),
            etag: text(headers, &ETAG).map(str::to_owned),
            retry_after_ms: retry_after_ms(headers),
        })
    }

    /// Gets all of a file from a byte on.
    pub(super) async fn get(&self, url: &str, from: u64) -> Result<GetAnswer, Setback> {
        let mut request = self.0.get(url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let answer = in_time(send(request), IDLE_MS, || false).await??;
        let headers = answer.headers();
        Ok(GetAnswer {
            head: Head {
                status: answer.status().as_u16(),
                from: text(headers, &CONTENT_RANGE).and_then(range_start),
                retry_after_ms: retry_after_ms(headers),
            },
            body: Box::pin(answer.bytes_stream()),
        })
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

fn unreachable() -> Setback {
    Setback::passing(RetryReason::Unreachable)
}

/// Waits, unless nothing moves for so long.
async fn in_time<T>(
    work: impl Future<Output = T>,
    idle_ms: u64,
    mut is_moving: impl FnMut() -> bool,
) -> Result<T, Setback> {
    let mut work = pin!(work);
    loop {
        match select(work.as_mut(), SystemClock.sleep_ms(idle_ms)).await {
            Either::Left((done, _)) => return Ok(done),
            Either::Right(_) if is_moving() => {}
            Either::Right(_) => return Err(Setback::passing(RetryReason::Silent)),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Reads the seconds of a `Retry-After`; a date is taken for none ([RFC 9110 §10.2.3]).
///
/// [RFC 9110 §10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = text(headers, &RETRY_AFTER)?.parse().ok()?;
    Some(seconds.min(RETRY_AFTER_S_MAX) * 1_000)
}

/// Reads where the bytes of a `Content-Range` begin ([RFC 9110 §14.4]).
///
/// [RFC 9110 §14.4]: https://www.rfc-editor.org/rfc/rfc9110#section-14.4
fn range_start(range: &str) -> Option<u64> {
    let (start, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    start.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_move_is_given_up() {
        let mut moves = [true, true, false].into_iter();
        let silent = in_time(std::future::pending::<()>(), 1, || {
            moves.next() == Some(true)
        });
        let expected = Setback::passing(RetryReason::Silent);
        assert_eq!(silent.await, Err(expected));
        assert_eq!(moves.next(), None, "it was waited for as long as it moved");
        let done = in_time(std::future::ready(7), 60_000, || false);
        assert_eq!(done.await, Ok(7));
    }

    #[test]
    fn ranges() {
        assert_eq!(range_start("bytes 65552-99/100"), Some(65_552));
        for nonsense in ["", "bytes */100", "bytes -1/2", "65552-99/100"] {
            assert_eq!(range_start(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn when_to_try_again() {
        let of = |value: &'static str| {
            let value = value.parse().unwrap();
            retry_after_ms(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
        };
        assert_eq!(of("7"), Some(7_000));
        assert_eq!(of("18446744073709551615"), Some(RETRY_AFTER_S_MAX * 1_000));
        assert_eq!(of("Fri, 31 Dec 1999 23:59:59 GMT"), None);
    }
}

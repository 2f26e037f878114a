//! Puts and gets over HTTP.
//!
//! Addresses are secrets: no error that leaves this module holds one.

use super::RetryReason;
use super::clock::{Clock, SystemClock};
use super::download::Head;
use super::files::Part;
use super::meter::Meter;
use super::setback::Setback;
use bytes::Bytes;
use futures_util::future::{Either, select};
use heliograph_protocol::media::SignedRequest;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use browser::{Body, Client, PUT_IDLE_MS};
#[cfg(not(target_arch = "wasm32"))]
use native::{Body, Client, PUT_IDLE_MS};

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

impl PutAnswer {
    /// Takes an answer's status, and what its headers `ETag` and `Retry-After` say.
    fn new(status: u16, etag: Option<&str>, retry_after: Option<&str>) -> Self {
        Self {
            status,
            etag: etag.map(str::to_owned),
            retry_after_ms: retry_after.and_then(retry_after_ms),
        }
    }
}

/// Is what the store answers to a request for a file, or its rest.
pub(super) struct GetAnswer {
    pub(super) head: Head,
    body: Body,
}

impl GetAnswer {
    /// Takes an answer's status, what its headers `Content-Range` and `Retry-After` say, and what follows.
    fn new(status: u16, range: Option<&str>, retry_after: Option<&str>, body: Body) -> Self {
        let head = Head {
            status,
            bytes: range.and_then(bytes),
            retry_after_ms: retry_after.and_then(retry_after_ms),
        };
        Self { head, body }
    }

    /// Gives the next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Setback> {
        in_time(self.body.next(), IDLE_MS, || false).await?
    }
}

/// Is a client of HTTP.
pub(super) struct Http(Client);

impl Http {
    pub(super) fn new() -> Result<Self, HttpUnavailable> {
        Client::new().map(Self)
    }

    /// Puts a part of so many bytes, which `meter` counts as they go.
    pub(super) async fn put(
        &self,
        to: &SignedRequest,
        part: Part,
        bytes: u64,
        meter: &Arc<Meter>,
    ) -> Result<PutAnswer, Setback> {
        let mut before = meter.done_bytes();
        let is_moving = || {
            let now = meter.done_bytes();
            std::mem::replace(&mut before, now) != now
        };
        let put = self.0.put(to, part, bytes, Arc::clone(meter));
        in_time(put, PUT_IDLE_MS, is_moving).await?
    }

    /// Gets all of a file from a byte on, or as much of it as is good at a time.
    pub(super) async fn get(&self, url: &str, from: u64) -> Result<GetAnswer, Setback> {
        in_time(self.0.get(url, from), IDLE_MS, || false).await?
    }
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

/// Reads the seconds of a `Retry-After`; a date is taken for none ([RFC 9110 §10.2.3]).
///
/// [RFC 9110 §10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
fn retry_after_ms(value: &str) -> Option<u64> {
    let seconds: u64 = value.parse().ok()?;
    Some(seconds.min(RETRY_AFTER_S_MAX) * 1_000)
}

/// Reads which bytes a `Content-Range` tells of, at least one ([RFC 9110 §14.4]).
///
/// [RFC 9110 §14.4]: https://www.rfc-editor.org/rfc/rfc9110#section-14.4
fn bytes(range: &str) -> Option<Range<u64>> {
    let (range, _) = range.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let range = first..last.checked_add(1)?;
    (!range.is_empty()).then_some(range)
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
        assert_eq!(bytes("bytes 65552-65559/100000"), Some(65_552..65_560));
        assert_eq!(bytes("bytes 0-0/*"), Some(0..1));
        let too_far = "bytes 0-18446744073709551615/*";
        let empty = "bytes 65552-65551/100000";
        for nonsense in [
            "",
            "bytes */100",
            "bytes -1/2",
            "0-9/100",
            "bytes 0-9",
            too_far,
            empty,
            "bytes 7-3/100",
        ] {
            assert_eq!(bytes(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn when_to_try_again() {
        assert_eq!(retry_after_ms("7"), Some(7_000));
        let longest = Some(RETRY_AFTER_S_MAX * 1_000);
        assert_eq!(retry_after_ms("18446744073709551615"), longest);
        assert_eq!(retry_after_ms("Fri, 31 Dec 1999 23:59:59 GMT"), None);
    }
}

//! The HTTP client.

use crate::error::{SendError, SendErrorKind};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::RETRY_AFTER;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as Pool, Error as TransportError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long connecting, sending and the answer may take together.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept: those of a suspended Lambda are dead when it goes on.
const IDLE: Duration = Duration::from_secs(15);

/// How much of an answer's body is read, so that its connection can be used again.
const MAX_ANSWER_BYTES: usize = 4096;

type HttpsPool = Pool<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A client that is made by its first request: reading the machine's root certificates takes
/// milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Client(OnceLock<HttpsPool>);

impl Client {
    /// Posts a request, follows no redirect and forgets the answer's body.
    pub(crate) async fn post(&self, request: Request<Full<Bytes>>) -> Result<(), SendError> {
        let deadline = Instant::now() + TIMEOUT;
        let answer = timeout_at(deadline, self.pool()?.request(request)).await;
        let answer = answer
            .map_err(|_| unavailable("no answer in time"))?
            .map_err(|error| unavailable(describe(&error)))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES);
        // The status has said it all: it does not matter whether the rest arrives.
        timeout_at(deadline, body.collect()).await.ok();
        judge(head.status, &head.headers)
    }

    fn pool(&self) -> Result<&HttpsPool, SendError> {
        match self.0.get() {
            Some(pool) => Ok(pool),
            None => {
                let made = make().map_err(|error| unavailable(error.to_string()))?;
                Ok(self.0.get_or_init(|| made))
            }
        }
    }
}

fn make() -> io::Result<HttpsPool> {
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(Pool::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector))
}

fn judge(status: StatusCode, headers: &HeaderMap) -> Result<(), SendError> {
    let kind = match status {
        _ if status.is_success() => return Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => SendErrorKind::Gone,
        StatusCode::TOO_MANY_REQUESTS => SendErrorKind::Throttled,
        _ if status.is_server_error() => SendErrorKind::Unavailable,
        // A redirect too: what it points to is not what the browser gave.
        _ => SendErrorKind::Refused,
    };
    let error = SendError::because(kind, format!("status {}", status.as_u16()));
    Err(error.retry_after_ms_of(retry_after_ms(headers)))
}

/// Reads the seconds of `Retry-After`; a date is not understood.
fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    seconds.checked_mul(1000)
}

fn unavailable(what: impl Into<Box<dyn Error + Send + Sync>>) -> SendError {
    SendError::because(SendErrorKind::Unavailable, what)
}

/// Names a transport's failure by its kind: its own words can hold addresses and host names.
fn describe(error: &TransportError) -> String {
    let what = match error.is_connect() {
        true => "no connection",
        false => "no answer",
    };
    let first: &(dyn Error + 'static) = error;
    let why = std::iter::successors(Some(first), |error| cause(*error)).filter_map(name);
    match why.last() {
        Some(why) => format!("{what}: {why}"),
        None => what.to_owned(),
    }
}

fn name(error: &(dyn Error + 'static)) -> Option<String> {
    match error.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(_)) => return Some("certificate not valid".into()),
        Some(_) => return Some("TLS failed".into()),
        None => {}
    }
    let error: &io::Error = error.downcast_ref()?;
    Some(error.kind().to_string())
}

/// What an error wraps; an [`io::Error`] hides that behind its own `source`.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

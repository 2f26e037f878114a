//! The rest of a body that nobody read.

use bytes::Bytes;
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::EXPECT;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// How long the rest of a body may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A request's body, whose rest comes back when its reader lets go of it.
pub(super) struct Lent {
    body: Option<Incoming>,
    /// The client sends nothing before it is told to, as it is when the body is first read
    /// ([RFC 9110 §10.1.1]): there is no rest then, and whoever looked for it would ask for all of it.
    ///
    /// [RFC 9110 §10.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
    is_held_back: bool,
    rest: Rest,
}

/// Where the rest comes back to.
#[derive(Clone, Default)]
pub(super) struct Rest(Arc<Mutex<Option<Incoming>>>);

impl Rest {
    /// Lends a request's body out.
    pub(super) fn of(&self, request: Request<Incoming>) -> Request<Lent> {
        let expected = request.headers().get(EXPECT);
        let is_held_back =
            expected.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        request.map(|body| Lent {
            body: Some(body),
            is_held_back,
            rest: self.clone(),
        })
    }

    /// Reads what has come back, as much as a client of ours sends: who closes a connection on which a
    /// body still comes has the client's machine throw the answer away.
    pub(super) async fn read(&self) {
        let rest = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut rest) = rest else { return };
        let reading = async {
            let mut left = MEDIA_PART_BYTES;
            while let Some(Ok(frame)) = rest.frame().await {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                match left.checked_sub(bytes) {
                    Some(after) => left = after,
                    None => return,
                }
            }
        };
        // Whatever comes later is no concern of the answer.
        let _ = tokio::time::timeout(TIMEOUT, reading).await;
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_held_back = false;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut rest = self.rest.0.lock().unwrap_or_else(PoisonError::into_inner);
        let comes = |body: &Incoming| !self.is_held_back && !body.is_end_stream();
        *rest = self.body.take().filter(comes);
    }
}

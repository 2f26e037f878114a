//! HTTP: the account function's calls, files, `/healthz`, `/metrics`, and `/dev` while developing.

use crate::cors::Cors;
use crate::server::Server;
use bytes::Bytes;
use heliograph_lambda::Body as Text;
use heliograph_lambda::http::{HttpEvent, HttpReply, json, refuse};
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::limits::HTTP_BODY_BYTES_MAX;
use heliograph_protocol::{ErrorBody, ErrorCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// An answer to an HTTP request.
pub(crate) type Answer = Response<AnswerBody>;
/// What is in it.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// Makes the body of an answer.
pub(crate) fn body_of<B>(body: B) -> AnswerBody
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// As by the CORS rule of the HTTP API on AWS.
const CORS: Cors = Cors {
    methods: "GET, POST, DELETE",
    headers: "authorization, content-type",
    exposed: None,
    max_age_s: "7200",
};

/// Answers a request.
pub(crate) async fn answer(
    server: Arc<Server>,
    from: SocketAddr,
    request: Request<Incoming>,
) -> Answer {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/ws") => crate::socket::upgrade(server, request).await,
        (&Method::GET, "/metrics") => plain(StatusCode::OK, server.metrics.to_text()),
        (_, path) if path.starts_with("/blobs/") => server.blobs.answer(request).await,
        (method, path) if path.starts_with("/dev/") => {
            let query = request.uri().query().unwrap_or_default();
            dev(&server, method, path, query)
                .await
                .unwrap_or_else(no_such_call)
        }
        (&Method::OPTIONS, _) => CORS.allow(plain(StatusCode::NO_CONTENT, "")),
        _ => CORS.allow(account(&server, from, request).await),
    }
}

/// Calls the account function.
async fn account(server: &Server, from: SocketAddr, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, HTTP_BODY_BYTES_MAX).collect();
    let body = match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            let error = ErrorBody::new(ErrorCode::TooLarge, "the body is too large");
            return into_answer(refuse(error));
        }
        Err(_) => return into_answer(refuse(ErrorBody::bad_request("the body did not come"))),
    };
    let mut event = HttpEvent::default();
    event.raw_path = Some(head.uri.path().to_owned());
    event.body = Some(String::from_utf8_lossy(&body).into_owned());
    event.headers = head.headers;
    let http = &mut event.request_context.http;
    http.method = head.method;
    http.source_ip = Some(from.ip().to_string());
    let cx = server.app.context();
    let reply = heliograph_account::handle(&server.app, &cx, event).await;
    server.metrics.invoked("account", &cx);
    into_answer(reply)
}

/// Answers what only `--dev` has: the last code of a number, a clock that can be turned, and schedules
/// that do not wait for it.
async fn dev(server: &Server, method: &Method, path: &str, query: &str) -> Option<Answer> {
    let dev = server.dev.as_ref()?;
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    match (method, path) {
        (&Method::GET, "/dev/sms") => {
            // An unescaped '+' arrives as a space.
            let number = value("phone_number")?.replace(' ', "+");
            let code = number
                .parse::<PhoneNumber>()
                .ok()
                .and_then(|it| dev.sms.last_code(it.as_str()));
            Some(match code {
                Some(code) => into_answer(json(200, &serde_json::json!({ "code": code }))),
                None => no_such_call(),
            })
        }
        (&Method::POST, "/dev/clock") => {
            dev.clock.advance(value("advance_ms")?.parse().ok()?);
            let now = server.app.clock.now_ms();
            Some(into_answer(json(200, &serde_json::json!({ "now": now }))))
        }
        (&Method::POST, "/dev/sweep") => {
            server.tidy().await;
            Some(into_answer(json(200, &serde_json::json!({}))))
        }
        _ => None,
    }
}

fn no_such_call() -> Answer {
    into_answer(refuse(ErrorBody::new(ErrorCode::NotFound, "no such call")))
}

fn into_answer(reply: HttpReply) -> Answer {
    let body = match reply.body {
        Some(Text::Text(text)) => text,
        _ => String::new(),
    };
    let mut answer = Response::new(body_of(Full::from(body)));
    *answer.status_mut() = u16::try_from(reply.status_code)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *answer.headers_mut() = reply.headers;
    answer
}

/// Makes an answer of plain text.
pub(crate) fn plain(status: StatusCode, text: impl Into<String>) -> Answer {
    let mut answer = Response::new(body_of(Full::from(text.into())));
    *answer.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, text);
    answer
}

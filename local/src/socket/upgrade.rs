//! Opening a socket: authorizer, `$connect`, and only then the 101.

use super::connection::Connection;
use super::dispatch::{Identity, event};
use crate::http::{Answer, plain};
use crate::server::Server;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use heliograph_domain::Address;
use heliograph_domain::ports::ConnectionId;
use heliograph_lambda::authorizer::{AuthorizerEvent, AuthorizerReply, Refusal, is_allowed};
use heliograph_lambda::socket::{caller, context_from};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// How long a client may take to read the answer that opens its socket.
const SWITCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers a request for a socket, and serves the socket once the answer is out.
///
/// It is a task of its own: a client that goes away meanwhile takes the future of its request
/// with it, and what was begun for its socket must be ended all the same.
pub(crate) async fn upgrade(server: Arc<Server>, mut request: Request<Incoming>) -> Answer {
    let Some(accept) = accept_key(request.headers()) else {
        return plain(
            StatusCode::UPGRADE_REQUIRED,
            "a WebSocket upgrade is needed",
        );
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let headers = std::mem::take(request.headers_mut());
    let (answered, answer) = oneshot::channel();
    server
        .tasks
        .spawn(open(server.clone(), headers, accept, upgraded, answered));
    answer
        .await
        .unwrap_or_else(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Lets a client in or not, says so, and begins to serve its socket.
async fn open(
    server: Arc<Server>,
    headers: HeaderMap,
    accept: HeaderValue,
    upgraded: OnUpgrade,
    answered: oneshot::Sender<Answer>,
) {
    let connection = match let_in(&server, &headers).await {
        Ok((connection, protocol)) => {
            let _ = answered.send(switching(accept, protocol));
            connection
        }
        Err(status) => return drop(answered.send(refusal(status))),
    };
    let upgraded = tokio::time::timeout(SWITCH_TIMEOUT, upgraded).await;
    match upgraded.ok().and_then(Result::ok).and_then(parts) {
        // In a task of its own, which keeps nothing of the handshake.
        Some((stream, read)) => drop(server.tasks.spawn(connection.run(stream, read))),
        None => connection.never_opened().await,
    }
}

/// Takes the socket out of hyper's hands, and what was read of it already; nothing else of them is
/// kept, above all not the buffer that the head was read into.
fn parts(upgraded: Upgraded) -> Option<(TcpStream, Vec<u8>)> {
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    Some((parts.io.into_inner(), parts.read_buf.to_vec()))
}

/// Asks the authorizer and `$connect`; the connection, and the subprotocol to answer with.
async fn let_in(
    server: &Arc<Server>,
    headers: &HeaderMap,
) -> Result<(Connection, Option<HeaderValue>), StatusCode> {
    let identity = Arc::new(Identity {
        device: authorize(server, headers).await?,
        id: connection_id(server),
        connected_at: server.app.clock.now_ms(),
    });
    let outbox = server.hub.open(identity.id.clone());
    match connect(server, &identity, headers).await {
        Ok(protocol) => {
            let server = server.clone();
            Ok((
                Connection {
                    server,
                    identity,
                    outbox,
                },
                protocol,
            ))
        }
        Err(status) => {
            server.hub.forget(&identity.id);
            Err(status)
        }
    }
}

fn switching(accept: HeaderValue, protocol: Option<HeaderValue>) -> Answer {
    let mut answer = plain(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = answer.headers_mut();
    headers.clear();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(protocol) = protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    answer
}

fn refusal(status: StatusCode) -> Answer {
    plain(status, status.canonical_reason().unwrap_or_default())
}

/// Checks the handshake of RFC 6455 §4.2.1 and derives its answer.
fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name, token: &str| {
        let values = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut tokens = values.flat_map(|value| value.split(','));
        tokens.any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    if !has(UPGRADE, "websocket") || !has(CONNECTION, "upgrade") {
        return None;
    }
    if headers.get(SEC_WEBSOCKET_VERSION)? != "13" {
        return None;
    }
    let key = headers.get(SEC_WEBSOCKET_KEY)?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()
}

/// Asks the authorizer, as API Gateway does.
async fn authorize(server: &Server, headers: &HeaderMap) -> Result<Address, StatusCode> {
    let mut question = AuthorizerEvent::default();
    question.headers = headers.clone();
    let cx = server.app.context();
    let reply = heliograph_authorizer::handle(&server.app, &cx, question).await;
    server.metrics.invoked("authorizer", &cx);
    match reply {
        Ok(reply) if is_allowed(&reply) => {
            device_of(reply).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Ok(_) => Err(StatusCode::FORBIDDEN),
        Err(Refusal::Unauthorized) => Err(StatusCode::UNAUTHORIZED),
        Err(Refusal::Unavailable) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn device_of(reply: AuthorizerReply) -> Option<Address> {
    let mut event = heliograph_lambda::socket::SocketEvent::default();
    event.request_context.authorizer = context_from(reply.context);
    caller(&event)
}

/// Asks `$connect`; the subprotocol to answer with.
async fn connect(
    server: &Server,
    identity: &Identity,
    headers: &HeaderMap,
) -> Result<Option<HeaderValue>, StatusCode> {
    let mut event = event(server, identity, "$connect", None);
    event.headers = headers.clone();
    let cx = server.app.context();
    let reply = heliograph_connect::handle(&server.app, &cx, event).await;
    server.metrics.invoked("$connect", &cx);
    match u16::try_from(reply.status_code).map(StatusCode::from_u16) {
        Ok(Ok(StatusCode::OK)) => Ok(reply.headers.get("sec-websocket-protocol").cloned()),
        Ok(Ok(status)) => Err(status),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn connection_id(server: &Server) -> ConnectionId {
    let mut bytes = [0; 12];
    server.app.ids.fill(&mut bytes);
    ConnectionId::new(BASE64_URL_SAFE.encode(bytes))
}

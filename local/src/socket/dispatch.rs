//! Route selection: a frame's `action` names the function that takes it.

use super::outbox::{Outbox, Outgoing};
use crate::server::Server;
use heliograph_domain::Address;
use heliograph_domain::ports::ConnectionId;
use heliograph_lambda::Body;
use heliograph_lambda::apigw::ApiGatewayProxyResponse;
use heliograph_lambda::socket::{SocketEvent, context_of};
use heliograph_protocol::peek;
use std::sync::Arc;

/// A socket's identity, as its events carry it.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) device: Address,
    pub(super) id: ConnectionId,
    pub(super) connected_at: u64,
}

/// Runs the function of a frame and queues its reply.
pub(super) async fn dispatch(
    server: Arc<Server>,
    identity: Arc<Identity>,
    outbox: Arc<Outbox>,
    body: String,
) {
    let seen = peek(&body);
    let route = match seen.action.as_deref() {
        Some("send") => "send",
        Some("ack") => "ack",
        Some("sync") => "sync",
        Some("status") => "status",
        _ => "$default",
    };
    let event = event(&server, &identity, route, Some(body));
    let app = &server.app;
    let cx = app.context();
    let answer = match route {
        "send" => heliograph_send::handle(app, &cx, event).await,
        "ack" => heliograph_ack::handle(app, &cx, event).await,
        "sync" | "status" => heliograph_sync::handle(app, &cx, event).await,
        _ => heliograph_default::handle(app, &cx, event),
    };
    server.metrics.invoked(route, &cx);
    if let Some(json) = text(answer) {
        // A socket that has closed needs no reply.
        let _ = outbox.push(Outgoing::Reply(json));
    }
}

/// Makes the event that API Gateway would send.
pub(super) fn event(
    server: &Server,
    identity: &Identity,
    route: &str,
    body: Option<String>,
) -> SocketEvent {
    let mut event = SocketEvent::default();
    event.body = body;
    let context = &mut event.request_context;
    context.route_key = Some(route.to_owned());
    context.connection_id = Some(identity.id.as_str().to_owned());
    context.connected_at = i64::try_from(identity.connected_at).unwrap_or(i64::MAX);
    context.request_time_epoch = i64::try_from(server.app.clock.now_ms()).unwrap_or(i64::MAX);
    context.authorizer = context_of(&identity.device);
    event
}

fn text(answer: ApiGatewayProxyResponse) -> Option<String> {
    match answer.body? {
        Body::Text(text) => Some(text),
        _ => None,
    }
}

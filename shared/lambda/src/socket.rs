//! Socket events: who sent a frame, what it asks, and the reply.

use crate::apigw::{
    ApiGatewayProxyResponse, ApiGatewayRequestAuthorizer, ApiGatewayWebsocketProxyRequest,
};
use crate::log::told;
use heliograph_domain::app::App;
use heliograph_domain::ports::ConnectionId;
use heliograph_domain::{Address, Context};
use heliograph_protocol::reply::Empty;
use heliograph_protocol::request::{Ping, Request};
use heliograph_protocol::{ErrorBody, decode, peek, reply};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::error::Error;

/// A socket event as API Gateway sends it.
pub type SocketEvent = ApiGatewayWebsocketProxyRequest;
/// A function's answer to a socket event: a status, and the reply as body.
pub type SocketReply = ApiGatewayProxyResponse;

/// Opens a frame, gives it to its use case, and makes the reply of what that returned.
pub async fn serve<R, T, E>(
    app: &App,
    cx: &Context,
    event: &SocketEvent,
    use_case: impl AsyncFnOnce(&App, &Context, &Address, R) -> Result<T, E>,
) -> SocketReply
where
    R: Request,
    T: Serialize,
    E: Error + 'static,
    for<'e> ErrorBody: From<&'e E>,
{
    let (caller, request) = match open::<R>(event) {
        Ok(opened) => opened,
        Err(refusal) => return *refusal,
    };
    let id = request.id().to_owned();
    let result = use_case(app, cx, &caller, request).await;
    answer(match result {
        Ok(ok) => reply::ok(&id, &ok),
        Err(error) => reply::error(Some(&id), &told(&error)),
    })
}

/// Reads a frame's sender, as the authorizer found them, and what it asks; or makes the reply for
/// one that is not understood.
fn open<R: Request>(event: &SocketEvent) -> Result<(Address, R), Box<SocketReply>> {
    let body = event.body.as_deref().unwrap_or_default();
    let request = decode::<R>(body).map_err(|rejected| {
        Box::new(answer(reply::error(
            rejected.id.as_deref(),
            &rejected.error,
        )))
    })?;
    match caller(event) {
        Some(caller) => Ok((caller, request)),
        None => {
            tracing::error!("event without the authorizer's context");
            let error = ErrorBody::internal();
            Err(Box::new(answer(reply::error(Some(request.id()), &error))))
        }
    }
}

/// Makes the reply that refuses a frame whose action nobody takes.
pub fn refuse(event: &SocketEvent) -> SocketReply {
    let seen = peek(event.body.as_deref().unwrap_or_default());
    let message = match (seen.is_object, seen.action) {
        (false, _) => "the frame is not a JSON object",
        (true, None) => "action is missing",
        (true, Some(_)) => "unknown action",
    };
    answer(reply::error(
        seen.id.as_deref(),
        &ErrorBody::bad_request(message),
    ))
}

/// Makes the reply to a `ping`, which needs to know nobody.
pub fn reply_to_ping(event: &SocketEvent) -> SocketReply {
    answer(
        match decode::<Ping>(event.body.as_deref().unwrap_or_default()) {
            Ok(ping) => reply::ok(ping.id(), &Empty {}),
            Err(rejected) => reply::error(rejected.id.as_deref(), &rejected.error),
        },
    )
}

/// Makes a reply of JSON text.
fn answer(json: String) -> SocketReply {
    let mut reply = status(200);
    reply.body = Some(json.into());
    reply
}

/// Makes an answer without a body, for `$connect` and `$disconnect`.
pub fn status(code: u16) -> SocketReply {
    let mut reply = SocketReply::default();
    reply.status_code = code.into();
    reply
}

/// Makes the refusal of a connection.
pub fn refuse_connection<E>(error: &E) -> SocketReply
where
    E: Error + 'static,
    for<'e> ErrorBody: From<&'e E>,
{
    status(told(error).code.http_status())
}

/// The device whose socket it is, as the authorizer found it.
pub fn caller(event: &SocketEvent) -> Option<Address> {
    let fields = &event.request_context.authorizer.fields;
    let text = |name| fields.get(name).and_then(Value::as_str);
    Some(Address {
        user_id: text("user_id")?.parse().ok()?,
        device_id: text("device_id")?.parse().ok()?,
        device_created_at: text("device_created_at")?.parse().ok()?,
    })
}

/// Writes down a device as [`caller`] reads it: an authorizer's context holds text only.
pub fn context_of(device: &Address) -> ApiGatewayRequestAuthorizer {
    let mut context = ApiGatewayRequestAuthorizer::default();
    context
        .fields
        .insert("user_id".to_owned(), device.user_id.as_str().into());
    context
        .fields
        .insert("device_id".to_owned(), device.device_id.to_string().into());
    let created_at = device.device_created_at.to_string();
    context
        .fields
        .insert("device_created_at".to_owned(), created_at.into());
    context
}

/// Wraps what an authorizer answered, as later events of the socket carry it.
pub fn context_from(fields: HashMap<String, Value>) -> ApiGatewayRequestAuthorizer {
    let mut context = ApiGatewayRequestAuthorizer::default();
    context.fields = fields;
    context
}

/// The gateway's name of the socket, and when it was opened, in milliseconds since the Unix epoch.
pub fn connection(event: &SocketEvent) -> Option<(ConnectionId, u64)> {
    let context = &event.request_context;
    let id = ConnectionId::new(context.connection_id.as_deref()?);
    Some((id, u64::try_from(context.connected_at).ok()?))
}

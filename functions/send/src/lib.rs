//! `send`: messages to people and groups (protocol §4).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::store::StoreError;
use heliograph_domain::{Address, Context, usecases};
use heliograph_lambda::socket::{SocketEvent, SocketReply, serve};
use heliograph_protocol::reply::SendOk;
use heliograph_protocol::request::Send;

/// Handles a `send` frame.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    serve(app, cx, &event, send).await
}

/// What fails is told of each message for itself.
async fn send(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: Send,
) -> Result<SendOk, StoreError> {
    Ok(usecases::send(app, cx, caller, request).await)
}

//! `sync` and `status`: what waits for a device, and how far its messages got (protocol §5).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, serve};
use heliograph_protocol::request::{Request, Status, Sync};

/// Handles a frame of either route.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(Sync::ACTION) => serve(app, cx, &event, usecases::sync).await,
        Some(Status::ACTION) => serve(app, cx, &event, usecases::status).await,
        _ => refuse(&event),
    }
}

//! `sync` and `status`: what waits for a device, and how far its messages got (protocol §5).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::socket::{Frame, SocketEvent, SocketReply, answer_to};
use heliograph_protocol::request::{Request, Status, Sync};

/// Handles a frame of either route.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(Status::ACTION) => status(app, cx, &event).await,
        _ => sync(app, cx, &event).await,
    }
}

async fn sync(app: &App, cx: &Context, event: &SocketEvent) -> SocketReply {
    let Frame { caller, request } = match Frame::<Sync>::open(event) {
        Ok(frame) => frame,
        Err(refusal) => return *refusal,
    };
    let id = request.id.clone();
    answer_to(&id, usecases::sync(app, cx, &caller, request).await)
}

async fn status(app: &App, cx: &Context, event: &SocketEvent) -> SocketReply {
    let Frame { caller, request } = match Frame::<Status>::open(event) {
        Ok(frame) => frame,
        Err(refusal) => return *refusal,
    };
    let id = request.id.clone();
    answer_to(&id, usecases::status(app, cx, &caller, request).await)
}

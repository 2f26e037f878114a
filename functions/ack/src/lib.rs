//! `ack`: a device has messages, or their reader has read them (protocol §5).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::socket::{SocketEvent, SocketReply, serve};

/// Handles an `ack` frame.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    serve(app, cx, &event, usecases::ack).await
}

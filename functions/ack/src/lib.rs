//! `ack`: a device has messages, or their reader has read them (protocol §5).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::socket::{Frame, SocketEvent, SocketReply, answer_to};
use heliograph_protocol::request::Ack;

/// Handles an `ack` frame.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    let Frame { caller, request } = match Frame::<Ack>::open(&event) {
        Ok(frame) => frame,
        Err(refusal) => return *refusal,
    };
    let id = request.id.clone();
    answer_to(&id, usecases::ack(app, cx, &caller, request).await)
}

//! `send`: messages to people and groups (protocol §4).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::socket::{Frame, SocketEvent, SocketReply, answer_to};
use heliograph_protocol::request::Send;

/// Handles a `send` frame.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    let Frame { caller, request } = match Frame::<Send>::open(&event) {
        Ok(frame) => frame,
        Err(refusal) => return *refusal,
    };
    let id = request.id.clone();
    let sent = usecases::send(app, cx, &caller, request).await;
    answer_to(&id, Ok::<_, heliograph_domain::store::StoreError>(sent))
}

//! `keys.upload` and `keys.fetch`: devices hand over pre-keys, others take them (protocol §6).
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::usecases::keys;
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, serve};
use heliograph_protocol::request::{KeysFetch, KeysUpload, Request};

/// Handles a frame of either route.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(KeysUpload::ACTION) => serve(app, cx, &event, keys::upload).await,
        Some(KeysFetch::ACTION) => serve(app, cx, &event, keys::fetch).await,
        _ => refuse(&event),
    }
}

//! `$connect`: a device's socket opens.
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::HeaderValue;
use heliograph_lambda::authorizer::{SUBPROTOCOL, asks_subprotocol};
use heliograph_lambda::socket::{
    SocketEvent, SocketReply, caller, connection, refuse_connection, status,
};

/// Handles `$connect`: anything but a 200 refuses the connection.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    let (Some(device), Some((id, connected_at))) = (caller(&event), connection(&event)) else {
        return status(500);
    };
    if let Err(error) = usecases::connect(app, cx, &device, &id, connected_at).await {
        return refuse_connection(&error);
    }
    let mut reply = status(200);
    if asks_subprotocol(&event.headers) {
        reply.headers.insert(
            "sec-websocket-protocol",
            HeaderValue::from_static(SUBPROTOCOL),
        );
    }
    reply
}

//! `$default`: frames that no other route takes.
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse};

/// Handles a frame with an unknown action, or one that is no JSON: an error, and the socket stays.
pub async fn handle(_app: &App, _cx: &Context, event: SocketEvent) -> SocketReply {
    refuse(&event)
}

//! `$default` and `ping`: frames that no other function takes (protocol §2).
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, reply_to_ping};
use heliograph_protocol::peek;
use heliograph_protocol::request::{Ping, Request};

/// Handles a `ping`; any other frame here has an unknown action, or is no JSON: an error, and the
/// socket stays.
pub fn handle(_app: &App, _cx: &Context, event: SocketEvent) -> SocketReply {
    let seen = peek(event.body.as_deref().unwrap_or_default());
    if seen.action.as_deref() == Some(Ping::ACTION) {
        reply_to_ping(&event)
    } else {
        refuse(&event)
    }
}

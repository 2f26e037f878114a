//! `$disconnect`: a device's socket has closed.
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::socket::{SocketEvent, SocketReply, caller, connection, status};

/// Handles `$disconnect`, which AWS sends at best: connections also end by lease and by 410.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    if let (Some(device), Some((id, _))) = (caller(&event), connection(&event))
        && let Err(error) = usecases::disconnect(app, cx, &device, &id).await
    {
        tracing::warn!(
            error = heliograph_domain::chain(&error),
            "connection not forgotten"
        );
    }
    status(200)
}

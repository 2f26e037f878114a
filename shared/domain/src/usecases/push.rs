//! Reaching a device's connection, and what follows when it cannot be reached.

use super::presence;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{ConnectionId, PostErrorKind};
use crate::store::{Consistency, StoreError};
use crate::tables::connections::{self, Closed, Connection, Connections};
use heliograph_protocol::event::Event;

/// How long after its opening a connection that seems gone may be one that is still opening, in
/// milliseconds: AWS refuses posts until `$connect` has returned, which takes at most the 29 s of an
/// integration.
const OPENING_MS: u64 = 30_000;

/// More than an envelope's ids, names and token take in JSON.
pub(super) const ENVELOPE_OVERHEAD_BYTES: usize = 768;

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posted {
    /// The gateway took it.
    Taken,
    /// The connection may still be opening: it can be there a moment later.
    Opening,
    /// The connection is lost.
    Lost,
}

/// Posts to a device's connection.
///
/// A connection that is gone is forgotten. One that takes no more, or does not answer, is closed:
/// its client comes back and syncs, and finds in its inbox what was not posted.
pub(super) async fn post(
    app: &App,
    cx: &Context,
    device: &Address,
    connection: &Connection,
    event: Event,
) -> Posted {
    let Err(error) = app.pusher.post(cx, &connection.id, event).await else {
        return Posted::Taken;
    };
    if error.kind() == PostErrorKind::Gone {
        if may_be_opening(cx, connection) {
            return Posted::Opening;
        }
        if let Err(error) = forget(app, cx, device, &connection.id).await {
            tracing::warn!(error = crate::chain(&error), "dead connection kept");
        }
    } else {
        tracing::info!(
            error = crate::chain(&error),
            "connection does not take posts"
        );
        let _ = app.pusher.close(cx, &connection.id).await;
    }
    Posted::Lost
}

/// Posts what has been stored to a connection that the device has opened meanwhile: who connected
/// before that synced too early, and is seen here.
///
/// # Errors
/// The store's.
pub(super) async fn late(
    app: &App,
    cx: &Context,
    device: &Address,
    lost: Option<&ConnectionId>,
    event: Event,
) -> Result<(), StoreError> {
    let key = connections::key(&device.user_id);
    let item = app.store.get(cx, &key, Consistency::Strong).await?;
    let now = Connections::from_item(item).of(device, cx.now_ms());
    if let Some(newer) = now.filter(|now| Some(&now.id) != lost) {
        post(app, cx, device, &newer, event).await;
    }
    Ok(())
}

/// Closes a device's connection for good; tells whether it is gone now.
///
/// One that cannot be closed yet, as it may still be opening or the gateway fails, stays noted.
///
/// # Errors
/// The store's.
pub(super) async fn close(
    app: &App,
    cx: &Context,
    device: &Address,
    connection: &Connection,
) -> Result<bool, StoreError> {
    match app.pusher.close(cx, &connection.id).await {
        Ok(()) => {}
        Err(error) if error.kind() == PostErrorKind::Gone && !may_be_opening(cx, connection) => {}
        Err(error) => {
            tracing::warn!(error = crate::chain(&error), "connection not closed");
            return Ok(false);
        }
    }
    forget(app, cx, device, &connection.id).await?;
    Ok(true)
}

/// Forgets a connection, unless the device has another one; the user may be gone with it.
///
/// # Errors
/// The store's.
pub(super) async fn forget(
    app: &App,
    cx: &Context,
    device: &Address,
    id: &ConnectionId,
) -> Result<(), StoreError> {
    if connections::close(&*app.store, cx, device, id).await? == Closed::Last {
        presence::changed(app, cx, device, cx.now_ms()).await;
    }
    Ok(())
}

fn may_be_opening(cx: &Context, connection: &Connection) -> bool {
    connection.connected_at + OPENING_MS > cx.now_ms()
}

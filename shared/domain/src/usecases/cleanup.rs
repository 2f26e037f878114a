//! Removing what belonged to a device that is gone.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, Store, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::{cleanups, inbox, prekeys};

/// Pages of 200 that one go deletes of an inbox; the sweep does the rest.
const PAGES: usize = 50;

/// Removes a device's connection, inbox and keys, and its note when nothing is left.
///
/// # Errors
/// The store's; the note stays then, and the sweep tries again.
pub(super) async fn clean_up(app: &App, cx: &Context, device: &Address) -> Result<(), StoreError> {
    let store = &*app.store;
    close_connection(app, cx, device).await?;
    let is_empty = inbox::clear(store, cx, device, PAGES).await?
        && prekeys::clear(store, cx, device, PAGES).await?;
    if is_empty {
        store.write(cx, cleanups::done(device)).await?;
    }
    Ok(())
}

async fn close_connection(app: &App, cx: &Context, device: &Address) -> Result<(), StoreError> {
    let store: &dyn Store = &*app.store;
    let key = connections::key(&device.user_id);
    let item = store.get(cx, &key, Consistency::Strong).await?;
    if let Some(connection) = Connections::from_item(item).of(device, cx.now_ms()) {
        let _ = app.pusher.close(cx, &connection.id).await;
        connections::close(store, cx, &device.user_id, device.device_id, &connection.id).await?;
    }
    Ok(())
}

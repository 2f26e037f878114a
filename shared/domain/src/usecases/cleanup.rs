//! Removing what belonged to a device that is gone.

use super::push;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::{cleanups, inbox, prekeys};

/// Pages of 200 that a sweep deletes of an inbox in one go.
pub(super) const SWEEP_PAGES: usize = 50;
/// Pages that are deleted while somebody waits for an answer; the sweep does the rest.
pub(super) const PROMPT_PAGES: usize = 1;

/// Removes a device's connection, inbox and keys, and, when nothing is left, its note; tells
/// whether that is so. Else the sweep goes on.
///
/// # Errors
/// The store's; the note stays then, too.
pub(super) async fn clean_up(
    app: &App,
    cx: &Context,
    device: &Address,
    pages: usize,
) -> Result<bool, StoreError> {
    let store = &*app.store;
    let is_closed = close_connection(app, cx, device).await?;
    let is_empty = inbox::clear(store, cx, device, pages).await?
        && prekeys::clear(store, cx, device, pages).await?;
    let is_done = is_closed && is_empty;
    if is_done {
        store.write(cx, cleanups::done(device)).await?;
    }
    Ok(is_done)
}

/// Tells whether the device has no connection any more.
async fn close_connection(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let key = connections::key(&device.user_id);
    let item = app.store.get(cx, &key, Consistency::Strong).await?;
    match Connections::from_item(item).of(device, cx.now_ms()) {
        Some(connection) => push::close(app, cx, device, &connection).await,
        None => Ok(true),
    }
}

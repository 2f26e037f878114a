//! What a schedule tidies up: notes that a crash left behind.

use super::cleanup::clean_up;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::StoreError;
use crate::tables::{cleanups, users};

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SweepReport {
    /// Devices that were cleaned up after.
    pub cleaned: u64,
    /// Notes of devices that turned out to live.
    pub alive: u64,
}

/// Works through the notes that are due.
///
/// # Errors
/// The store's; the next sweep goes on.
pub async fn sweep(app: &App, cx: &Context) -> Result<SweepReport, StoreError> {
    let mut report = SweepReport::default();
    let mut after = None;
    loop {
        let page = cleanups::due(&*app.store, cx, after).await?;
        for device in &page.due {
            if is_alive(app, cx, device).await? {
                app.store.write(cx, cleanups::done(device)).await?;
                report.alive += 1;
            } else {
                clean_up(app, cx, device).await?;
                report.cleaned += 1;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(report);
        }
    }
}

async fn is_alive(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let user = users::get(&*app.store, cx, &device.user_id).await?;
    Ok(user.is_some_and(|user| user.device(device).is_some()))
}

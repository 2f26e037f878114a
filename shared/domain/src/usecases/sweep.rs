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
    /// Notes that stay for the next sweep.
    pub failed: u64,
}

/// Works through the notes that are due.
///
/// # Errors
/// The store's, when the notes cannot be read.
pub async fn sweep(app: &App, cx: &Context) -> Result<SweepReport, StoreError> {
    let mut report = SweepReport::default();
    let mut after = None;
    loop {
        let page = cleanups::due(&*app.store, cx, after).await?;
        for device in &page.due {
            match tidy(app, cx, device).await {
                Ok(true) => report.alive += 1,
                Ok(false) => report.cleaned += 1,
                // The others are not to wait behind it.
                Err(error) => {
                    tracing::warn!(error = crate::chain(&error), "left to the next sweep");
                    report.failed += 1;
                }
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(report);
        }
    }
}

/// Works off one note; tells whether its device lives.
async fn tidy(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let is_alive = is_alive(app, cx, device).await?;
    if is_alive {
        app.store.write(cx, cleanups::done(device)).await?;
    } else {
        clean_up(app, cx, device).await?;
    }
    Ok(is_alive)
}

async fn is_alive(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let user = users::get(&*app.store, cx, &device.user_id).await?;
    Ok(user.is_some_and(|user| user.device(device).is_some()))
}
